#include "toml/parse.h"

#include <gtest/gtest.h>

#include <string>

namespace bailey::toml {
namespace {

std::string error_of(std::string_view text) {
  const auto node = parse(text, "c.toml");
  return node ? "no error" : to_lines(node.error());
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(TomlParse, EveryNodeKnowsItsPlaceAndTheOrderIsThatOfTheText) {
  const auto root = parse("zeta = 1\n\n[limits]\n  memory = '8g'\n  list = [true, 2.5]\n", "c.toml");
  ASSERT_TRUE(root) << to_lines(root.error());
  EXPECT_EQ(std::get<Table>(root->data).front().key, "zeta");
  const auto* memory = root->find("limits")->find("memory");
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(std::get<std::string>(memory->data), "8g");
  EXPECT_EQ(to_string(memory->position), "c.toml:4:12");
  EXPECT_EQ(to_string(std::get<Table>(root->find("limits")->data).front().position), "c.toml:4:3");
  const auto& list = std::get<Array>(root->find("limits")->find("list")->data);
  EXPECT_EQ(std::get<bool>(list[0].data), true);
  EXPECT_EQ(std::get<double>(list[1].data), 2.5);
}

TEST(TomlParse, WhatIsNotTomlIsRefusedWithItsPlace) {
  EXPECT_EQ(error_of("a = 1\nb = = 2\n").substr(0, 9), "c.toml:2:");
  EXPECT_EQ(error_of("a = 1\na = 2\n").substr(0, 9), "c.toml:2:");
  EXPECT_EQ(error_of("[a]\n[a]\n").substr(0, 9), "c.toml:2:");
  EXPECT_EQ(error_of(std::string_view("a = 1\n\0b = 2", 12)), "c.toml:2:1: a NUL character");
  EXPECT_NE(error_of("a = '\xff'"), "no error");
  EXPECT_NE(error_of("a = 99999999999999999999"), "no error");
}

TEST(TomlParse, InputThatMakesTheLibraryAbortIsAnError) {
  EXPECT_EQ(error_of("[$sreects_\nnetwo[secretse"), "read c.toml: not TOML");
  EXPECT_NE(error_of("[[[[[[\nname = \"shell\"\n"), "no error");
  EXPECT_NE(error_of("[a.$]\n"), "no error");
  // Letters where the library looks for white space: undefined behaviour as it comes.
  EXPECT_NE(error_of("a \xC3\x98 = 1"), "no error");
  EXPECT_NE(error_of("a = 1 \xC3\x98"), "no error");
  EXPECT_EQ(error_of("a = \"\"\"\\\n  \xC3\x98\"\"\" # \xC3\x98\n\"\xC3\x98\" = '\xC3\x98'"), "no error");
}

TEST(TomlParse, EveryLimitIsEnforced) {
  EXPECT_EQ(error_of(std::string(text_bytes_max, '\n')), "no error");
  EXPECT_NE(error_of(std::string(text_bytes_max + 1, '\n')).find("larger than"), std::string::npos);
  EXPECT_EQ(error_of("a = [" + repeated("1,", nodes_max - 10) + "]"), "no error");
  EXPECT_NE(error_of("a = [" + repeated("1,", nodes_max) + "]").find("values"), std::string::npos);
  EXPECT_EQ(error_of(repeated("a.", depth_max - 1) + "a = 1"), "no error");
  EXPECT_NE(error_of(repeated("a.", depth_max) + "a = 1").find("nested deeper"), std::string::npos);
}

TEST(TomlParse, NestingBombsOfARepositoryDoNotReachTheStacksEnd) {
  EXPECT_NE(error_of("a = " + repeated("[", 100'000)), "no error");
  EXPECT_NE(error_of("a = " + repeated("{a=", 50'000)), "no error");
  EXPECT_NE(error_of(repeated("a.", 100'000) + "a = 1").find("dots on a line"), std::string::npos);
  EXPECT_NE(error_of("[" + repeated("a.", 100'000) + "a]").find("dots on a line"), std::string::npos);
  // The most that passes the first check: dotted keys inside inline tables, a line each.
  const auto dotted = repeated("a.", line_dots_max) + "a=[\n{";
  EXPECT_NE(error_of(repeated(dotted, 400)), "no error");
}

}  // namespace
}  // namespace bailey::toml
