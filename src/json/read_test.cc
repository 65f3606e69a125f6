#include "json/read.h"

#include <gtest/gtest.h>

#include <string>

#include "json/write.h"

namespace bailey::json {
namespace {

std::string error_of(std::string_view text, const ReadLimits& limits = {}) {
  const auto value = read(text, "t.json", limits);
  return value ? "no error" : to_lines(value.error());
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(JsonRead, ReadsEveryKindAndKeepsTheOrderOfMembers) {
  const auto value = read(R"({"z":1,"a":[null,true,-2,18446744073709551615,1.5,"\u00e9\n"],"m":{}})", "t.json");
  ASSERT_TRUE(value) << to_lines(value.error());
  ASSERT_EQ(value->as_object()->size(), 3u);
  EXPECT_EQ(value->as_object()->front().first, "z");
  const auto& array = *value->find("a")->as_array();
  EXPECT_TRUE(array[0].is_null());
  EXPECT_EQ(array[1].as_bool(), true);
  EXPECT_EQ(array[2].as_int(), -2);
  EXPECT_EQ(array[2].as_uint(), std::nullopt);
  EXPECT_EQ(array[3].as_uint(), 18446744073709551615U);
  EXPECT_EQ(array[3].as_int(), std::nullopt);
  EXPECT_EQ(array[4].as_double(), 1.5);
  EXPECT_EQ(*array[5].as_string(), "\xC3\xA9\n");
  EXPECT_TRUE(value->find("m")->as_object()->empty());
  EXPECT_EQ(value->find("q"), nullptr);
}

TEST(JsonRead, DuplicateKeyIsRefusedWhereItStands) {
  EXPECT_EQ(error_of("{\"a\":1,\n  \"a\":2}").substr(0, 11), "t.json:2:3:");
  // The same key in another spelling, and with a quote in it.
  EXPECT_NE(error_of(R"({"a\"":1,"\u0061\"":2})").find("t.json:1:10: the key"), std::string::npos);
  EXPECT_EQ(error_of(R"({"a":{"a":1},"b":{"a":1}})"), "no error");
}

TEST(JsonRead, DuplicateKeyIsRefusedInLargeObjectsToo) {
  std::string text = "{";
  for (int i = 0; i < 200; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(error_of(text + "\"x\":0}"), "no error");
  EXPECT_NE(error_of(text + "\"k3\":0}").find("there twice"), std::string::npos);
  EXPECT_NE(error_of(text + "\"k199\":0}").find("there twice"), std::string::npos);
}

TEST(JsonRead, EveryLimitIsEnforcedAndReachable) {
  const ReadLimits limits{.bytes_max = 200, .depth_max = 4, .string_bytes_max = 10, .members_max = 5, .values_max = 8};
  EXPECT_EQ(error_of("\"" + std::string(10, 'x') + "\"", limits), "no error");
  EXPECT_NE(error_of("\"" + std::string(11, 'x') + "\"", limits).find("more than 10 bytes"), std::string::npos);
  EXPECT_NE(error_of("{\"" + std::string(11, 'x') + "\":1}", limits).find("a key of more"), std::string::npos);
  EXPECT_EQ(error_of("[[[[]]]]", limits), "no error");
  EXPECT_NE(error_of("[[[[[]]]]]", limits).find("deeper than 4"), std::string::npos);
  EXPECT_EQ(error_of("[1,2,3,4,5]", limits), "no error");
  EXPECT_NE(error_of("[1,2,3,4,5,6]", limits).find("array of more than 5"), std::string::npos);
  EXPECT_NE(error_of(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1})", limits).find("object of more"), std::string::npos);
  EXPECT_NE(error_of("[[1,2,3,4],[1,2,3,4]]", limits).find("more than 8 values"), std::string::npos);
  EXPECT_EQ(error_of(std::string(199, ' ') + "1", limits), "no error");
  EXPECT_NE(error_of(std::string(200, ' ') + "1", limits).find("larger than 200"), std::string::npos);
}

TEST(JsonRead, NestingBombIsRefusedUnderAnyLimits) {
  const ReadLimits limits{.bytes_max = 10'000'000, .depth_max = 5'000'000};
  EXPECT_NE(error_of(repeated("[", 1'000'000), limits).find("nested deeper than 256"), std::string::npos);
  EXPECT_NE(error_of(repeated("{\"a\":", 1'000'000), limits).find("nested deeper than 256"), std::string::npos);
}

TEST(JsonRead, WhatIsNotJsonIsRefusedWithItsPlace) {
  EXPECT_EQ(error_of("{\n \"a\": tru }").substr(0, 9), "t.json:2:");
  for (const auto* text :
       {"",         " ",         "{",        "[1,]",         "{\"a\":1,}",       "// c\n1",     "/* c */1",
        "1 2",      "'a'",       "{a:1}",    "NaN",          "Infinity",         "01",          "+1",
        "\"\x01\"", "\"\\x41\"", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\\ud800\"", "nul",
        "1e999",    "[1"}) {
    EXPECT_EQ(error_of(text).substr(0, 7), "t.json:") << text;
  }
}

TEST(JsonRead, NothingHidesBehindANul) {
  EXPECT_EQ(error_of(std::string_view("1\0", 2)), "t.json:1:2: a NUL character");
  EXPECT_EQ(error_of(std::string_view("{\"a\":1}\n\0{\"a\":2}", 16)), "t.json:2:1: a NUL character");
}

TEST(JsonRead, WholeNumbersNeverLoseDigitsSilently) {
  EXPECT_NE(error_of("18446744073709551616").find("64 bits"), std::string::npos);
  EXPECT_NE(error_of("-9223372036854775809").find("64 bits"), std::string::npos);
  EXPECT_EQ(error_of("-9223372036854775808"), "no error");
  EXPECT_EQ(error_of("18446744073709551616.0"), "no error");
}

}  // namespace
}  // namespace bailey::json
