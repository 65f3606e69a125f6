#include "gateway/client_hello.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace bailey::gateway {
namespace {

std::string number(std::size_t value, int width) {
  std::string out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}
std::string vector(int width, const std::string& content) { return number(content.size(), width) + content; }
std::string extension(std::size_t type, const std::string& content) { return number(type, 2) + vector(2, content); }
std::string name_list(const std::string& name) { return vector(2, std::string(1, '\0') + vector(2, name)); }
std::string hello(const std::string& extensions) {
  const std::string body = "\x03\x03" + std::string(32, 'r') + vector(1, "") + vector(2, "\x13\x01") +
                           vector(1, std::string(1, '\0')) + vector(2, extensions);
  return "\x01" + vector(3, body);
}
std::string records(const std::string& handshake, std::size_t bytes_each) {
  std::string out;
  for (std::size_t at = 0; at < handshake.size(); at += bytes_each)
    out += "\x16\x03\x01" + vector(2, handshake.substr(at, bytes_each));
  return out;
}
std::string sni(const std::string& name) { return extension(0, name_list(name)); }

TEST(ClientHello, IsReadWhetherInOneRecordOrInMany) {
  const std::string alpn = extension(16, vector(2, vector(1, "h2") + vector(1, "http/1.1")));
  const std::string bytes = hello(sni("WWW.example.org") + alpn);
  for (const std::size_t each : {1U, 3U, 100U, 16384U}) {
    const std::string stream = records(bytes, each);
    for (std::size_t size = 0; size < stream.size(); ++size)
      ASSERT_EQ(scan_client_hello(stream.substr(0, size)).value().state, HelloState::need_more) << size;
    const auto scan = scan_client_hello(stream + "later").value();
    ASSERT_EQ(scan.state, HelloState::complete);
    EXPECT_EQ(scan.hello.server_name, "www.example.org");
    EXPECT_EQ(scan.hello.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
    EXPECT_FALSE(scan.hello.has_encrypted_hello);
  }
}

TEST(ClientHello, AnEncryptedOneAndOneWithoutANameAreReported) {
  const auto encrypted = scan_client_hello(records(hello(sni("a.example") + extension(0xfe0d, "x")), 16384)).value();
  EXPECT_TRUE(encrypted.hello.has_encrypted_hello);
  EXPECT_EQ(scan_client_hello(records(hello(extension(10, "x")), 16384)).value().hello.server_name, "");
}

TEST(ClientHello, OtherProtocolsAreToldApartAtTheFirstByte) {
  for (const std::string bytes : {"GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "\x80\x2e\x01\x03\x01", "\x15\x03\x01"})
    EXPECT_EQ(scan_client_hello(bytes).value().state, HelloState::not_tls) << bytes;
}

TEST(ClientHello, WhatLiesOrNamesTwoHostsIsRefused) {
  ASSERT_EQ(scan_client_hello(records(hello(sni("a.example")), 16384)).value().state, HelloState::complete);
  const std::string two = std::string(1, '\0') + vector(2, "a.example") + std::string(1, '\0') + vector(2, "b.example");
  for (const std::string& extensions :
       {extension(0, vector(2, two)), sni("a.example") + sni("b.example"), sni(""), sni("a example"), sni("a.example."),
        sni(std::string("a\0b", 3)), sni("a\nb"), sni("\xc3\xa4.example"), sni(std::string(256, 'a')),
        extension(0, vector(2, "\x01" + vector(2, "a.example"))), extension(0, name_list("a.example") + "x"),
        extension(16, vector(2, vector(1, ""))), std::string("\0\0\0\xff", 4)})
    EXPECT_FALSE(scan_client_hello(records(hello(extensions), 16384)));
  EXPECT_FALSE(scan_client_hello(std::string("\x16\x03\x01\x00\x00", 5))) << "an empty record";
  EXPECT_FALSE(scan_client_hello("\x16\x03\x01\x7f\xff")) << "a record too large";
  EXPECT_FALSE(scan_client_hello(std::string("\x16\x03\x01\x00\x04\x02\x01\x01\x01", 9))) << "another message";
  EXPECT_FALSE(scan_client_hello(records(hello(""), 20).substr(0, 25) + "\x17\x03\x03")) << "data in between";
  const std::string endless =
      "\x01" + number(client_hello_bytes_max - 100, 3) + std::string(client_hello_bytes_max, 'x');
  EXPECT_FALSE(scan_client_hello(records(endless.substr(0, client_hello_bytes_max - 200), 1))) << "more than 64 KiB";
}

TEST(ClientHello, OfRealClientsAreUnderstood) {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(BAILEY_SOURCE_DIR "/fuzz/corpus/client_hello_fuzz")) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const auto scan = scan_client_hello(text.str());
    ASSERT_TRUE(scan) << entry.path();
    ASSERT_EQ(scan->state, HelloState::complete) << entry.path();
    EXPECT_EQ(scan->hello.server_name, "www.example.org") << entry.path();
    ++read;
  }
  EXPECT_GE(read, 3);
}

}  // namespace
}  // namespace bailey::gateway
