#include "gateway/introduction.h"

#include <gtest/gtest.h>

#include "gateway/socks.h"

namespace bailey::gateway {
namespace {

using namespace std::string_literals;

Introduction::Step hear(Entrance entrance, std::string bytes) {
  Introduction introduction(entrance);
  return introduction.hear(bytes);
}

Authority authority_of(Entrance entrance, const std::string& bytes) {
  const auto step = hear(entrance, bytes);
  EXPECT_TRUE(step.introduced) << (step.refused ? step.refused->why : "waits for more");
  return step.introduced ? step.introduced->authority : Authority{};
}

std::string why_refused(Entrance entrance, const std::string& bytes) {
  const auto step = hear(entrance, bytes);
  EXPECT_FALSE(step.introduced);
  EXPECT_TRUE(step.refused) << "not refused";
  return step.refused ? step.refused->why : "";
}

std::string socks_to_name(const std::string& name, std::uint16_t port, char command = '\x01') {
  return "\x05\x01\x00"s + "\x05"s + command + "\x00\x03"s + static_cast<char>(name.size()) + name +
         static_cast<char>(port >> 8) + static_cast<char>(port);
}

TEST(HttpProxy, ConnectNamesTheAuthority) {
  const auto authority =
      authority_of(Entrance::proxy, "CONNECT Example.COM:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
  EXPECT_EQ(authority.host, "example.com");
  EXPECT_EQ(authority.port, 443);
  EXPECT_EQ(authority.learned_from, LearnedFrom::connect);
  EXPECT_FALSE(authority.is_literal);
}

TEST(HttpProxy, BytesBehindConnectAreKept) {
  const auto step = hear(Entrance::proxy, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n\x16\x03");
  ASSERT_TRUE(step.introduced);
  EXPECT_EQ(step.introduced->first_bytes, "\x16\x03");
  EXPECT_FALSE(step.introduced->is_http_request);
}

TEST(HttpProxy, TheAbsoluteFormBecomesOneRequestInOriginForm) {
  const auto step =
      hear(Entrance::proxy, "GET http://a.example/x?y=1 HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\n\r\n");
  ASSERT_TRUE(step.introduced);
  EXPECT_TRUE(step.introduced->is_http_request);
  EXPECT_EQ(step.introduced->authority.host, "a.example");
  EXPECT_EQ(step.introduced->authority.port, 80);
  EXPECT_EQ(step.introduced->authority.learned_from, LearnedFrom::absolute);
  EXPECT_EQ(step.introduced->first_bytes,
            "GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

TEST(HttpProxy, HeadsThatComeInPiecesAreAwaited) {
  const std::string whole = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto step = hear(Entrance::proxy, whole.substr(0, i));
    ASSERT_FALSE(step.introduced);
    ASSERT_FALSE(step.refused) << i;
  }
}

TEST(HttpProxy, AddressesInDisguiseAreAddresses) {
  EXPECT_TRUE(authority_of(Entrance::proxy, "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n").is_literal);
  for (const char* const host : {"2130706433", "0x7f.1", "0177.0.0.1", "127.1"}) {
    const std::string line = "CONNECT "s + host + ":80 HTTP/1.1\r\nHost: " + host + ":80\r\n\r\n";
    const auto step = hear(Entrance::proxy, line);
    EXPECT_TRUE(!step.introduced || step.introduced->authority.is_literal) << host;
  }
  EXPECT_EQ(
      authority_of(Entrance::proxy, "CONNECT [::ffff:127.0.0.1]:80 HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:80\r\n\r\n")
          .host,
      "127.0.0.1");
}

TEST(HttpProxy, WhatIsNoProxyRequestIsRefusedWithAReason) {
  for (const char* const head :
       {"GET / HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n\r\n", "CONNECT a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "CONNECT a.example:0 HTTP/1.1\r\nHost: a.example:0\r\n\r\n",
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nContent-Length: 5\r\n\r\nhello",
        "GET https://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n",
        "GET http://u:p@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "CONNECT a.example\x01:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"}) {
    const auto step = hear(Entrance::proxy, head);
    EXPECT_TRUE(step.refused) << head;
    EXPECT_TRUE(step.answer.starts_with("HTTP/1.1 400 ")) << step.answer;
    EXPECT_NE(step.answer.find("blocked_by_bailey"), std::string::npos);
  }
}

TEST(HttpProxy, ANulOrNewlineInAHostNameIsRefused) {
  why_refused(Entrance::proxy, "CONNECT a.example\0.evil.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"s);
  why_refused(Entrance::socks, socks_to_name("a.example\0.evil.example"s, 443));
  why_refused(Entrance::socks, socks_to_name("a.example\nevil.example", 443));
}

TEST(Socks, ConnectNamesTheAuthority) {
  const auto named = authority_of(Entrance::socks, socks_to_name("Example.com.", 8443));
  EXPECT_EQ(named.host, "example.com");
  EXPECT_EQ(named.port, 8443);
  EXPECT_EQ(named.learned_from, LearnedFrom::socks);
  EXPECT_TRUE(authority_of(Entrance::socks, "\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"s).is_literal);
  EXPECT_EQ(
      authority_of(Entrance::socks, "\x05\x01\x00\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01\x00\x50"s).host,
      "::1");
  EXPECT_TRUE(authority_of(Entrance::socks, socks_to_name("10.0.0.1", 80)).is_literal) << "an address as a name";
}

TEST(Socks, TheGreetingIsAnsweredBeforeTheRequestComes) {
  Introduction introduction(Entrance::socks);
  std::string input = "\x05\x02\x02\x00"s;
  EXPECT_EQ(introduction.hear(input).answer, "\x05\x00"s);
  input += socks_to_name("a.example", 443).substr(3);
  EXPECT_TRUE(introduction.hear(input).introduced);
  EXPECT_EQ(introduction.welcome(), "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s);
}

TEST(Socks, OtherCommandsAndVersionsAreRefused) {
  EXPECT_NE(why_refused(Entrance::socks, socks_to_name("a.example", 53, '\x03')).find("CONNECT"), std::string::npos);
  why_refused(Entrance::socks, socks_to_name("a.example", 53, '\x02'));
  why_refused(Entrance::socks, "\x04\x01\x00\x50\x01\x02\x03\x04\x00"s);
  EXPECT_EQ(hear(Entrance::socks, "\x05\x01\x02"s).answer, "\x05\xff"s);
}

TEST(Socks, HostileShapesAreErrors) {
  EXPECT_FALSE(parse_socks_greeting("\x05\x00"s));
  EXPECT_FALSE(parse_socks_request("\x05\x09\x00\x01\x01\x02\x03\x04\x00\x50"s));
  EXPECT_FALSE(parse_socks_request("\x05\x01\x07\x01\x01\x02\x03\x04\x00\x50"s));
  EXPECT_FALSE(parse_socks_request("\x05\x01\x00\x02\x01\x02\x03\x04\x00\x50"s));
  EXPECT_FALSE(parse_socks_request("\x05\x01\x00\x03\x00\x00\x50"s));
  EXPECT_FALSE(parse_socks_request("\x05\x01\x00\x01\x01\x02\x03\x04\x00\x00"s));
  const std::string whole = socks_to_name("a.example", 443).substr(3);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto parsed = parse_socks_request(whole.substr(0, i));
    ASSERT_TRUE(parsed);
    ASSERT_FALSE(*parsed) << i;
  }
}

}  // namespace
}  // namespace bailey::gateway
