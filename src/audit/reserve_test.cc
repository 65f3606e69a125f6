#include "audit/reserve.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "audit/test_support.h"

namespace bailey::audit {
namespace {

using testing::TemporaryDirectory;
constexpr std::uint64_t bytes = 512 << 10;

std::int64_t allocated(int fd) {
  struct stat status {};
  EXPECT_EQ(::fstat(fd, &status), 0);
  return status.st_blocks * 512;
}

TEST(Reserve, AllocatesAheadWithoutChangingTheSize) {
  TemporaryDirectory directory;
  const auto fd = os::open_file(directory.file("log"), O_RDWR | O_CREAT | O_APPEND, 0600);
  ASSERT_TRUE(fd);
  Reserve reserve(directory.path(), bytes);
  ASSERT_EQ(reserve.keep_ahead(fd->get(), 0), Reserve::Room::enough);
  if (os::exists(directory.file("audit.reserve"))) GTEST_SKIP() << "this file system has no fallocate";
  EXPECT_EQ(reserve.ahead(0), bytes);
  EXPECT_GE(allocated(fd->get()), static_cast<std::int64_t>(bytes));
  EXPECT_EQ(os::read_all(fd->get()), "");
  // Half used up: more is allocated, not before.
  ASSERT_EQ(reserve.keep_ahead(fd->get(), bytes / 2), Reserve::Room::enough);
  EXPECT_EQ(reserve.ahead(bytes / 2), bytes / 2);
  ASSERT_EQ(reserve.keep_ahead(fd->get(), bytes / 2 + 1), Reserve::Room::enough);
  EXPECT_EQ(reserve.ahead(bytes / 2 + 1), bytes);
  EXPECT_FALSE(reserve.use_spare_file());
}

// A pipe has no fallocate (ESPIPE); /dev/null says ENODEV: errors, not "no room".
TEST(Reserve, WhatCannotHoldALogIsAnError) {
  const auto fd = os::open_file("/dev/null", O_WRONLY);
  Reserve reserve("/", bytes);
  EXPECT_FALSE(reserve.keep_ahead(fd->get(), 0));
}

// /proc files refuse fallocate(2) with EOPNOTSUPP, as file systems without it do.
TEST(Reserve, WritesASpareFileWhereNothingCanBeAllocated) {
  TemporaryDirectory directory;
  const auto fd = os::open_file("/proc/self/comm", O_RDWR);
  ASSERT_TRUE(fd);
  Reserve reserve(directory.path(), bytes);
  ASSERT_EQ(reserve.keep_ahead(fd->get(), 0), Reserve::Room::enough);
  EXPECT_EQ(os::read_file(directory.file("audit.reserve"))->size(), bytes);
  EXPECT_GT(reserve.ahead(123'456'789), bytes);
  EXPECT_TRUE(reserve.use_spare_file());
  EXPECT_FALSE(os::exists(directory.file("audit.reserve")));
  EXPECT_EQ(reserve.ahead(0), 0u);
  EXPECT_FALSE(reserve.use_spare_file());
}

}  // namespace
}  // namespace bailey::audit
