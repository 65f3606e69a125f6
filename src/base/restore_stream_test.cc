#include "base/restore_stream.h"

#include <gtest/gtest.h>

namespace bailey {
namespace {

using Kind = RestoreOperation::Kind;

TEST(RestoreStream, ReadsWhatItWrites) {
  const RestoreOperation link{.kind = Kind::link, .mode = 0777, .mtime_ns = -5, .path = "a\nb/c", .target = "../x"};
  const auto text = encode(link);
  const auto parsed = parse_restore_line(text.substr(0, text.find('\n')));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->kind, Kind::link);
  EXPECT_EQ(parsed->path.size(), link.path.size());
  EXPECT_EQ(parsed->target.size(), 4U);
  EXPECT_EQ(parsed->mtime_ns, -5);
  EXPECT_EQ(text.substr(text.find('\n') + 1), "a\nb/c../x");
}

TEST(RestoreStream, RefusesMalformedLines) {
  for (const char* line :
       {"", "F", "F 644 0 1 1", "F 644 0 1 1 0 0", "X 644 0 1 1 0", "F 999 0 1 1 0", "F 7777 0 1 1 0", "D 700 0 1 1 0",
        "F 644 0 -1 1 0", "F 644 0 1 99999 0", "F  644 0 1 1", "FF 644 0 1 1 0", "F 644 0 18446744073709551616 1 0"})
    EXPECT_FALSE(parse_restore_line(line)) << line;
  EXPECT_TRUE(parse_restore_line("E 0 0 0 0 0"));
}

TEST(RestoreStream, PathsThatLeadOut) {
  for (const std::string path : {"", "/a", "a/", "a//b", "..", "a/../b", ".", "./a"})
    EXPECT_EQ(is_plain_relative_path(path), path == "a") << path;
  EXPECT_FALSE(is_plain_relative_path(std::string("a\0b", 3)));
  EXPECT_TRUE(is_plain_relative_path("a/..b/.c"));
}

}  // namespace
}  // namespace bailey
