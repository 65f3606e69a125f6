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
                          "a.com:443"sv,  "https://a.com"sv,
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
  EXPECT_FALSE(covers("*.a.com", "a.com"));
  EXPECT_FALSE(covers("*.a.com", "evila.com"));
  EXPECT_FALSE(covers("*.b.a.com", "*.a.com"));
  EXPECT_FALSE(covers("a.com", "*.a.com"));
  EXPECT_FALSE(covers("a.com", "b.a.com"));
}

}  // namespace
}  // namespace bailey::policy
