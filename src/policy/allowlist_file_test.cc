#include "policy/allowlist_file.h"

#include <gtest/gtest.h>

#include <set>

#include "policy/builtin_allowlist.h"

namespace bailey::policy {
namespace {

using namespace std::string_literals;

std::string error_of(std::string_view text) {
  const auto list = parse_allowlist(text, "allowlist.txt");
  return list ? "no error" : to_lines(list.error());
}

TEST(AllowlistFile, OnePatternALine) {
  const auto list = parse_allowlist("# mine\n\n  Registry.npmjs.org\n*.example.com:8443 # why\r\na.com#x\n", "f");
  ASSERT_TRUE(list) << to_lines(list.error());
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].value, "registry.npmjs.org");
  EXPECT_EQ((*list)[0].place, "f:3:3");
  EXPECT_EQ((*list)[1].value, "*.example.com:8443");
  EXPECT_EQ((*list)[2].value, "a.com");
}

TEST(AllowlistFile, AFileWithoutPatternsAllowsNothing) {
  for (const auto* text : {"", "\n\n", "# nothing", " \t\r\n"})
    EXPECT_TRUE(parse_allowlist(text, "f")->empty()) << text;
}

TEST(AllowlistFile, MistakesHaveTheirPlaceAndARemedy) {
  EXPECT_EQ(error_of("a.com\n\n  *.co.uk\n"),
            "allowlist.txt:3:3: domain '*.co.uk': anybody can have a host below co.uk, it is a public suffix\n"
            "  name the domain that is meant: *.NAME.co.uk");
  EXPECT_TRUE(error_of("a.com b.com").starts_with("allowlist.txt:1:1: domain 'a.com b.com'"));
  EXPECT_NE(error_of("a.com\0.evil.com"s), "no error");
  EXPECT_NE(error_of("*"), "no error");
  EXPECT_NE(error_of("10.0.0.1"), "no error");
  EXPECT_NE(error_of("\xEF\xBB\xBF"
                     "a.com"),
            "no error");
}

TEST(AllowlistFile, LimitsAreEnforced) {
  std::string text;
  for (std::size_t at = 0; at < allowlist_entries_max; ++at) text += "a.com\n";
  EXPECT_EQ(error_of(text), "no error");
  EXPECT_NE(error_of(text + "a.com\n"), "no error");
  EXPECT_NE(error_of(std::string(allowlist_bytes_max + 1, '#')), "no error");
}

TEST(BuiltinAllowlist, IsWholeWithoutDoublesAndSaysWhy) {
  const auto list = builtin_allowlist();
  ASSERT_TRUE(list) << to_lines(list.error());
  EXPECT_GT(list->size(), 100u);
  std::set<std::string> known;
  for (const auto& [pattern, reason, takes] : *list) {
    EXPECT_TRUE(known.insert(pattern).second) << pattern;
    EXPECT_GT(reason.size(), 10u) << pattern;
    EXPECT_TRUE(takes == Takes::nothing || takes == Takes::pushes);
  }
}

}  // namespace
}  // namespace bailey::policy
