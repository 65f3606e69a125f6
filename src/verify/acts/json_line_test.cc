#include "verify/acts/json_line.h"

#include <gtest/gtest.h>

#include <string>

#include "json/read.h"

namespace bailey::verify {
namespace {

TEST(JsonLine, IsReadBackAsWritten) {
  JsonLine line;
  line.text("plain", "a b");
  line.number("number", -12);
  line.text("hostile", "\"}\n\x1b[2J\\\x80");
  const auto value = json::read(line.finish(), "line");
  ASSERT_TRUE(value) << to_lines(value.error());
  EXPECT_EQ(*value->find("plain")->as_string(), "a b");
  EXPECT_EQ(value->find("number")->as_int(), -12);
  EXPECT_EQ(*value->find("hostile")->as_string(), "\"}\n\x1b[2J\\\xc2\x80");
}

TEST(JsonLine, TooMuchTextStillMakesAnObject) {
  const std::string endless(3 * json_line_bytes_max, '\x01');
  JsonLine line;
  for (int i = 0; i < 8; ++i) line.text(std::to_string(i).c_str(), endless.c_str());
  line.number("last", 1);
  const std::string text = line.finish();
  EXPECT_LE(text.size(), json_line_bytes_max + 1);
  EXPECT_TRUE(json::read(text, "line")) << text;
}

}  // namespace
}  // namespace bailey::verify
