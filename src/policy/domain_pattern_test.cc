#include "policy/domain_pattern.h"

#include <gtest/gtest.h>

namespace bailey::policy {
namespace {

using namespace std::string_view_literals;

TEST(DomainPattern, HostsAndWildcardsInLowerCase) {
  EXPECT_EQ(parse_domain_pattern("Registry.NPMJS.org").value(), "registry.npmjs.org");
  EXPECT_EQ(parse_domain_pattern("*.npmjs.org").value(), "*.npmjs.org");
  EXPECT_EQ(parse_domain_pattern("localhost").value(), "localhost");
  EXPECT_EQ(parse_domain_pattern("xn--bcher-kva.example").value(), "xn--bcher-kva.example");
}

TEST(DomainPattern, WaysAroundAnAllowListAreRefused) {
  for (const auto text : {""sv,           "*"sv,
                          "*."sv,         "*.com"sv,
                          "a.*.com"sv,    "**.a.com"sv,
                          "*a.com"sv,     "a.com."sv,
                          ".a.com"sv,     "a..com"sv,
                          "a.com:"sv,     "https://a.com"sv,
                          "a.com:0"sv,    "a.com:65536"sv,
                          "a.com:0443"sv, "a.com:443x"sv,
                          "a.com:1:2"sv,  ":443"sv,
                          "a.com/x"sv,    "a.com\0.evil.org"sv,
                          "a.com\n"sv,    "b\xC3\xBC.com"sv,
                          "127.0.0.1"sv,  "0x7f.1"sv,
                          "2130706433"sv, "[::1]"sv,
                          "-a.com"sv,     "a-.com"sv,
                          "a b.com"sv,    "user@a.com"sv,
                          "a_b.com"sv}) {
    EXPECT_FALSE(parse_domain_pattern(text)) << text;
  }
}

TEST(DomainPattern, AStarOverAPublicSuffixIsRefusedWithWhatToWrite) {
  for (const auto text : {"*.com", "*.co.uk", "*.github.io", "*.s3.amazonaws.com", "*.xn--p1ai", "*.foo.kawasaki.jp",
                          "*.internal", "*.COM:8443"}) {
    const auto pattern = parse_domain_pattern(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_NE(pattern.error().why.find("public suffix"), std::string::npos) << text;
    EXPECT_NE(pattern.error().remedy.find("*.NAME."), std::string::npos) << text;
  }
  // Positive control: a domain below one, and the host itself.
  for (const auto text : {"*.example.com", "*.example.co.uk", "*.me.github.io", "github.io", "com"}) {
    EXPECT_TRUE(parse_domain_pattern(text)) << text;
  }
}

TEST(DomainPattern, EveryHostIsNoPattern) {
  EXPECT_NE(parse_domain_pattern("*").error().remedy.find("allow-all"), std::string::npos);
}

TEST(DomainPattern, APortIsPartOfThePattern) {
  EXPECT_EQ(parse_domain_pattern("*.A.com:8443").value(), "*.a.com:8443");
  const auto parts = parts_of("*.a.com:8443");
  EXPECT_EQ(parts.host, "a.com");
  EXPECT_EQ(parts.reach, Reach::domain);
  EXPECT_EQ(parts.port, 8443);
  EXPECT_FALSE(parts_of("a.com").port);
  EXPECT_EQ(parts_of("a.com").reach, Reach::host);
}

TEST(DomainPattern, LimitsAreEnforced) {
  const auto label = std::string(domain_label_bytes_max, 'a');
  EXPECT_TRUE(parse_domain_pattern(label + ".com"));
  EXPECT_FALSE(parse_domain_pattern(label + "a.com"));
  std::string longest;
  while (longest.size() < domain_bytes_max - 1) longest += "a.";
  longest.resize(domain_bytes_max - 1);
  longest += 'z';
  EXPECT_EQ(longest.size(), domain_bytes_max);
  EXPECT_TRUE(parse_domain_pattern(longest));
  EXPECT_FALSE(parse_domain_pattern("a" + longest));
  EXPECT_FALSE(parse_domain_pattern(std::string(1 << 20, 'a')));
}

TEST(DomainPattern, ABoundCoversOnlyWhatItAllows) {
  EXPECT_TRUE(covers("a.com", "a.com"));
  EXPECT_TRUE(covers("*.a.com", "b.a.com"));
  EXPECT_TRUE(covers("*.a.com", "*.a.com"));
  EXPECT_TRUE(covers("*.a.com", "*.b.a.com"));
  EXPECT_TRUE(covers("*.a.com", "a.com"));
  EXPECT_TRUE(covers("a.com", "a.com:443"));
  EXPECT_TRUE(covers("*.a.com:8443", "b.a.com:8443"));
  EXPECT_FALSE(covers("a.com", "a.com:22"));
  EXPECT_FALSE(covers("a.com:8443", "a.com"));
  EXPECT_FALSE(covers("*.a.com", "com"));
  EXPECT_FALSE(covers("*.a.com", "evila.com"));
  EXPECT_FALSE(covers("*.b.a.com", "*.a.com"));
  EXPECT_FALSE(covers("a.com", "*.a.com"));
  EXPECT_FALSE(covers("a.com", "b.a.com"));
}

}  // namespace
}  // namespace bailey::policy
