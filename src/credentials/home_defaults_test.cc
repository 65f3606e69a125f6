#include "credentials/home_defaults.h"

#include <gtest/gtest.h>

#include "json/read.h"

namespace bailey::credentials {
namespace {

Keep keep() {
  Keep keep;
  keep.secrets.push_back({.id = "key",
                          .value = SecretText("sk-real-0123456789"),
                          .placeholder = "sk-fake-abcdefghij",
                          .hosts = {},
                          .methods = {},
                          .paths = {},
                          .uses = {}});
  return keep;
}

json::Value made(std::string_view text, std::string_view defaults) {
  const auto file = with_defaults(text, "a.json", defaults, keep());
  EXPECT_TRUE(file) << to_lines(file.error());
  const auto value = json::read(file.value_or("null"), "made");
  EXPECT_TRUE(value);
  return value.value_or(json::Value());
}

json::Value json_of(std::string_view text) { return json::read(text, "wanted").value(); }

TEST(HomeDefaults, AreTheFileWhereThereIsNone) {
  EXPECT_EQ(made("", R"({"a": {"b": true}})"), json_of(R"({"a": {"b": true}})"));
  EXPECT_EQ(with_defaults("\n", "a.json", R"({"key": "${other}"})", keep()).value(), "") << "nothing to say: no file";
}

TEST(HomeDefaults, AddWhatIsMissingAndChangeNothing) {
  EXPECT_EQ(
      made(R"({"a": {"x": 1, "list": [1]}, "b": "mine"})", R"({"a": {"x": 2, "y": 3, "list": [2]}, "b": {}, "c": 4})"),
      json_of(R"({"a": {"x": 1, "list": [1], "y": 3}, "b": "mine", "c": 4})"));
  EXPECT_EQ(made("[1]", R"({"a": 1})"), json_of("[1]")) << "a file of another kind stays as it is";
}

TEST(HomeDefaults, NamePlaceholdersNeverValues) {
  EXPECT_EQ(made("", R"({"whole": "Bearer ${key}", "end": ["${key:-4}"], "more": "${key:-99}", "plain": "$x {y} ${"})"),
            json_of(R"({"whole": "Bearer sk-fake-abcdefghij", "end": ["ghij"], "more": "sk-fake-abcdefghij",
                        "plain": "$x {y} ${"})"));
}

TEST(HomeDefaults, AnAnswerAboutASecretThatIsNotThereIsLeftOut) {
  EXPECT_EQ(made("", R"({"a": "${other}", "l": ["${other:-4}", "x"], "n": {"o": "${key:-x}", "p": 1}})"),
            json_of(R"({"l": ["x"], "n": {"p": 1}})"));
}

TEST(HomeDefaults, WhatIsNoJsonIsAnError) {
  EXPECT_FALSE(with_defaults("{", "a.json", "{}", keep()));
  EXPECT_FALSE(with_defaults("", "a.json", "{", keep()));
}

}  // namespace
}  // namespace bailey::credentials
