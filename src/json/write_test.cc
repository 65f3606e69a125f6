#include "json/write.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "base/text.h"
#include "json/read.h"

namespace bailey::json {
using namespace std::string_view_literals;
namespace {

TEST(JsonWrite, LineAndIndentedLayouts) {
  const Value value = Object{{"b", Array{1, 2.5, "x"}}, {"a", Object{}}, {"n", nullptr}, {"t", true}};
  EXPECT_EQ(write(value), R"({"b":[1,2.5,"x"],"a":{},"n":null,"t":true})");
  EXPECT_EQ(write(value, Layout::indented),
            "{\n  \"b\": [\n    1,\n    2.5,\n    \"x\"\n  ],\n  \"a\": {},\n  \"n\": null,\n  \"t\": true\n}");
}

TEST(JsonWrite, NumbersAreExactAndKeepTheirKind) {
  EXPECT_EQ(write(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(write(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(write(4.0), "4.0");
  EXPECT_EQ(write(0.1), "0.1");
  EXPECT_EQ(write(1e300), "1e+300");
  EXPECT_EQ(write(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_FALSE(write_exact(std::numeric_limits<double>::infinity()));
}

TEST(JsonWrite, TerminalControlOfAnAttackerIsEscaped) {
  // Escape sequence, C1 control sequence introducer, right-to-left override, line separator, DEL, NUL.
  EXPECT_EQ(write("\x1b]52;c\x07\xC2\x9b\xE2\x80\xAE\xE2\x80\xA8\x7f\0\n\"\\"sv),
            R"("\u001b]52;c\u0007\u009b\u202e\u2028\u007f\u0000\n\"\\")");
  EXPECT_EQ(write("gr\xC3\xBC\xC3\x9F"), "\"gr\xC3\xBC\xC3\x9F\"");
}

TEST(JsonWrite, BytesThatAreNotUtf8AreReplacedOrRefused) {
  for (const auto* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    const Value value = std::string("a") + bad;
    EXPECT_TRUE(is_utf8(write(value)));
    EXPECT_NE(write(value).find("a\xEF\xBF\xBD"), std::string::npos);
    EXPECT_FALSE(write_exact(value)) << visible(bad);
  }
  EXPECT_FALSE(write_exact(Object{{"\xff", 1}}));
  EXPECT_TRUE(write_exact("\xF0\x9F\x98\x80"));
}

TEST(JsonWrite, AppendQuotedAppends) {
  std::string out = "a:";
  append_quoted(out, "b\"c");
  EXPECT_EQ(out, "a:\"b\\\"c\"");
}

TEST(JsonValue, SetReplacesAndPointersAreNoBooleans) {
  Value value;
  value.set("a", 1);
  value.set("b", 2);
  value.set("a", "x");
  EXPECT_EQ(write(value), R"({"a":"x","b":2})");
  static_assert(!std::is_constructible_v<Value, int*>);
}

Value any_value(int depth) {
  const auto kind = *rc::gen::inRange(0, depth > 0 ? 8 : 6);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<std::uint64_t>();
    case 4:
      return *rc::gen::arbitrary<double>();
    case 5: {
      std::string text;
      for (const auto point : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 0x80))) {
        text += static_cast<char>(point);
      }
      return text + *rc::gen::element<std::string>("", "\xE2\x80\xAE", "\xF0\x9F\x98\x80", "\xC2\x85");
    }
    default: {
      Value container = kind == 6 ? Value(Array{}) : Value(Object{});
      const auto size = *rc::gen::inRange(0, 5);
      for (int i = 0; i < size; ++i) {
        kind == 6 ? container.push(any_value(depth - 1)) : container.set("k" + std::to_string(i), any_value(depth - 1));
      }
      return container;
    }
  }
}

RC_GTEST_PROP(JsonWrite, EveryValueReadsBackTheSame, ()) {
  const auto value = any_value(3);
  for (const auto layout : {Layout::line, Layout::indented}) {
    const auto text = write_exact(value, layout);
    RC_ASSERT(text.has_value());
    RC_ASSERT(*text == write(value, layout));
    RC_ASSERT(!has_control_characters(layout == Layout::line ? *text : ""));
    const auto again = read(*text, "t");
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == value);
  }
}

}  // namespace
}  // namespace bailey::json
