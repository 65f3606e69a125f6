#include "gateway/host_name.h"

#include <gtest/gtest.h>

namespace bailey::gateway {
namespace {

using namespace std::string_view_literals;

std::string name_of(std::string_view text) {
  const auto host = parse_host(text);
  return host ? (host->is_literal() ? "literal " : "") + host->text : "refused: " + host.error().why;
}

TEST(HostName, UpperCaseAndOneTrailingDotAreTheSameHost) {
  EXPECT_EQ(name_of("Registry.NPMJS.org"), "registry.npmjs.org");
  EXPECT_EQ(name_of("registry.npmjs.org."), "registry.npmjs.org");
  EXPECT_EQ(name_of("localhost"), "localhost");
  EXPECT_EQ(name_of("r3---sn-a5m.example.com"), "r3---sn-a5m.example.com");
  EXPECT_EQ(name_of("_dmarc.example.com"), "_dmarc.example.com");
  EXPECT_FALSE(parse_host("registry.npmjs.org.."));
}

TEST(HostName, InternationalNamesBecomeALabels) {
  EXPECT_EQ(name_of("B\xC3\x9C"
                    "CHER.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(name_of("fa\xC3\x9F.de"), "xn--fa-hia.de");  // non-transitional: not fass.de
  EXPECT_EQ(name_of("b\xC3\xBC\xE3\x80\x82"
                    "de"),
            "xn--b-eha.de");  // an ideographic full stop is a dot
  EXPECT_EQ(name_of("xn--bcher-kva.example"), "xn--bcher-kva.example");
}

TEST(HostName, LookAlikesStayOtherNamesAndAreShownInPunycode) {
  const auto cyrillic = parse_host("\xD1\x80\xD0\xB0\xD1\x83\xD1\x80\xD0\xB0l.com");  // looks like paypal
  ASSERT_TRUE(cyrillic);
  EXPECT_EQ(cyrillic->text, "xn--l-7sba6dbr.com");
  EXPECT_EQ(to_display(cyrillic->text), "xn--l-7sba6dbr.com");
  EXPECT_EQ(to_display("p\xD0\xB0y.com\x1b[2J"), "p\\xd0\\xb0y.com\\x1b[2J");
}

TEST(HostName, InvalidALabelsAreRefused) {
  for (const auto* text : {"xn--zzzzzz999.com", "xn--a.com", "xn--.com", "xn--ls8h.com",
                           "a\xE2\x80\x8D"
                           "b.com"}) {
    EXPECT_FALSE(parse_host(text)) << text;
  }
}

TEST(HostName, TextThatCouldMeanAnotherHostElsewhereIsRefused) {
  for (const auto text : {""sv,
                          "."sv,
                          ".."sv,
                          "allowed.com\0.evil.com"sv,
                          "allowed.com\n"sv,
                          "allowed.com\r\nHost: evil.com"sv,
                          "a b.com"sv,
                          " a.com"sv,
                          "a.com "sv,
                          "a\t.com"sv,
                          "user@a.com"sv,
                          "a.com:443"sv,
                          "a%2ecom"sv,
                          "a.com/x"sv,
                          "a.com\\x"sv,
                          "a.com#x"sv,
                          "a.com?x"sv,
                          ".a.com"sv,
                          "a..com"sv,
                          "-a.com"sv,
                          "a-.com"sv,
                          "*.a.com"sv,
                          "a.com\x7f"sv,
                          "\xff.com"sv,
                          "a\xE2\x80\xAE.com"sv,
                          "a\xC2\xA0.com"sv,
                          "a\xEF\xBC\x8F.com"sv,
                          "a\xEF\xBC\x9A"
                          "443.com"sv,
                          "::1"sv}) {
    EXPECT_FALSE(parse_host(text)) << to_display(text);
  }
}

TEST(HostName, LimitsAreEnforced) {
  const auto label = std::string(63, 'a');
  EXPECT_TRUE(parse_host(label + ".com"));
  EXPECT_FALSE(parse_host(label + "a.com"));
  std::string longest;
  while (longest.size() < 252) longest += "a.";
  longest += 'z';
  ASSERT_EQ(longest.size(), 253u);
  EXPECT_TRUE(parse_host(longest));
  EXPECT_TRUE(parse_host(longest + "."));
  EXPECT_FALSE(parse_host("a" + longest));
  EXPECT_FALSE(parse_host(std::string(1 << 20, 'a')));
}

TEST(HostName, DisguisedAddressesAreRefused) {
  for (const auto* text : {"2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1",
                           "1.2.3.4.", "1.2.3.256", "0X7F.0.0.1", "127.0.0.0x1", "a.1", "0x", "1.2.3.4.5", "127.0.0.01",
                           "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97\xE3\x80\x82\xEF\xBC\x90\xE3\x80\x82\xEF\xBC\x90\xE3"
                           "\x80\x82\xEF\xBC\x91"}) {
    EXPECT_EQ(name_of(text), "refused: disguised address") << text;
  }
  // Positive control: numbers anywhere but at the end are names.
  EXPECT_EQ(name_of("1.2.3.com"), "1.2.3.com");
  EXPECT_EQ(name_of("0x7f.example"), "0x7f.example");
}

TEST(HostName, CanonicalLiteralsAreLiterals) {
  EXPECT_EQ(name_of("127.0.0.1"), "literal 127.0.0.1");
  EXPECT_EQ(name_of("[::1]"), "literal ::1");
  EXPECT_EQ(name_of("[2606:4700:0:0::1111]"), "literal 2606:4700::1111");
  EXPECT_EQ(name_of("[::ffff:169.254.169.254]"), "literal 169.254.169.254");
  EXPECT_EQ(classify(*parse_host("[::ffff:169.254.169.254]")->address), AddressClass::metadata);
  EXPECT_EQ(classify(*parse_host("[64:ff9b::7f00:1]")->address), AddressClass::loopback);
  for (const auto* text : {"[::1", "[]", "[1.2.3.4]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1].com", "[a.com]"}) {
    EXPECT_FALSE(parse_host(text)) << text;
  }
}

TEST(HostAndPort, PortsAreDigitsOnly) {
  const auto parsed = parse_host_and_port("A.com:8443");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->host.text, "a.com");
  EXPECT_EQ(parsed->port, 8443);
  EXPECT_FALSE(parse_host_and_port("a.com")->port);
  EXPECT_EQ(parse_host_and_port("[::1]:443")->port, 443);
  EXPECT_FALSE(parse_host_and_port("[::1]")->port);
  for (const auto* text : {"a.com:", "a.com:0", "a.com:65536", "a.com:+443", "a.com: 443", "a.com:443x", "a.com:443:80",
                           "::1:443", "[::1]443", "[::1:443", ":443", "a.com:-1", "u:p@a.com:443"}) {
    EXPECT_FALSE(parse_host_and_port(text)) << text;
  }
}

}  // namespace
}  // namespace bailey::gateway
