#include "policy/quantity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailey::policy {
namespace {

TEST(Size, UnitsArePowersOf1024) {
  EXPECT_EQ(parse_size("1024").value(), 1024u);
  EXPECT_EQ(parse_size("0").value(), 0u);
  EXPECT_EQ(parse_size("4k").value(), 4096u);
  EXPECT_EQ(parse_size("512m").value(), std::uint64_t{512} << 20);
  EXPECT_EQ(parse_size("8G").value(), std::uint64_t{8} << 30);
  EXPECT_EQ(parse_size("2t").value(), std::uint64_t{2} << 40);
}

TEST(Size, AnythingElseIsRefused) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv, "g"sv, "8gb"sv, "8 g"sv, " 8g"sv, "-1"sv, "+1"sv, "1.5g"sv, "0x10"sv, "8gg"sv, "8p"sv,
                          "1e3"sv, "8g\0"sv, "\xC2\xB2g"sv, "1\n"sv, "8\0g"sv}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
  EXPECT_EQ(to_lines(parse_size("8gb").error()),
            "size '8gb': not a size\n  write a whole number and k, m, g or t, like 512m or 8g");
}

TEST(Size, OverflowIsRefusedAtTheLimit) {
  EXPECT_EQ(parse_size("1048576t").value(), size_bytes_max);
  EXPECT_FALSE(parse_size("1048577t"));
  EXPECT_FALSE(parse_size("18446744073709551616"));
  EXPECT_FALSE(parse_size("17179869184g"));  // 2^64 bytes: zero when it wraps
  EXPECT_FALSE(parse_size(std::string(100'000, '9')));
}

RC_GTEST_PROP(Size, FormatIsReadBackAsTheSameNumber, ()) {
  const auto shift = *rc::gen::inRange(0, 50);
  const auto bytes = (*rc::gen::inRange<std::uint64_t>(0, 1024)) << shift;
  RC_ASSERT(parse_size(format_size(bytes)).value() == bytes);
}

TEST(Cpus, PlainDecimalNumbersOnly) {
  EXPECT_EQ(parse_cpus("2").value(), 2.0);
  EXPECT_EQ(parse_cpus("0.5").value(), 0.5);
  for (const auto* text :
       {"", ".", ".5", "1.", "-1", "+1", "1e3", "nan", "inf", "0x1", "1,5", "1.2345", " 1", "1.5.5"}) {
    EXPECT_FALSE(parse_cpus(text)) << text;
  }
}

TEST(Count, DigitsOnly) {
  EXPECT_EQ(parse_count("4096").value(), 4096u);
  for (const auto* text : {"", "-1", "4k", "1.0", "99999999999999999999"}) EXPECT_FALSE(parse_count(text)) << text;
}

}  // namespace
}  // namespace bailey::policy
