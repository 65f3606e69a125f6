#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "os/files.h"
#include "os/process.h"
#include "os/socket.h"
#include "os/user.h"

namespace bailey::os {
namespace {

class OsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/bailey-os-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(directory_)); }
  std::string directory_;
};

TEST_F(OsTest, RemoveTreeOpensReadOnlyDirectoriesAndFollowsNoLink) {
  const std::string outside = join(directory_, "outside");
  ASSERT_TRUE(write_file(outside, "keep"));
  ASSERT_TRUE(make_directories(join(directory_, "a/b")));
  ASSERT_TRUE(write_file(join(directory_, "a/b/f"), "x"));
  ASSERT_EQ(::symlink(outside.c_str(), join(directory_, "a/b/link").c_str()), 0);
  ASSERT_EQ(::symlink(directory_.c_str(), join(directory_, "a/dirlink").c_str()), 0);
  ::chmod(join(directory_, "a/b").c_str(), 0);
  EXPECT_TRUE(remove_tree(join(directory_, "a")));
  EXPECT_FALSE(exists(join(directory_, "a")));
  EXPECT_EQ(read_file(outside).value(), "keep");
}

TEST_F(OsTest, OpenBeneathRefusesLinksAndDotDot) {
  const Fd root = open_file(directory_, O_PATH | O_DIRECTORY).value();
  ASSERT_EQ(::symlink("/etc/passwd", join(directory_, "l").c_str()), 0);
  EXPECT_EQ(open_beneath(root.get(), "l", O_RDONLY).error().code, ELOOP);
  EXPECT_EQ(open_beneath(root.get(), "../x", O_RDONLY).error().code, EXDEV);
  EXPECT_TRUE(open_beneath(root.get(), "f", O_WRONLY | O_CREAT, 0600));
}

TEST_F(OsTest, AtomicWriteReplacesAndLeavesNothingBeside) {
  const std::string path = join(directory_, "f");
  ASSERT_TRUE(write_file_atomic(path, "one"));
  ASSERT_TRUE(write_file_atomic(path, "two"));
  EXPECT_EQ(read_file(path).value(), "two");
  EXPECT_EQ(list_directory(directory_).value().size(), 1U);
}

TEST_F(OsTest, ReadRefusesMoreThanItsLimit) {
  ASSERT_TRUE(write_file(join(directory_, "f"), std::string(100, 'x')));
  EXPECT_FALSE(read_file(join(directory_, "f"), 99));
  EXPECT_TRUE(read_file(join(directory_, "f"), 100));
}

TEST_F(OsTest, LockIsExclusive) {
  const Fd held = lock_file(join(directory_, "lock")).value();
  EXPECT_FALSE(try_lock_file(join(directory_, "lock")).value());
}

TEST(Process, RunsWithOnlyTheGivenEnvironmentAndDescriptors) {
  const auto output = run({.argv = {"/bin/sh", "-c", "env; ls /proc/self/fd | tr '\\n' ' '; cat"},
                           .environment = {"A=b", "PATH=/usr/bin:/bin"}},
                          "typed")
                          .value();
  EXPECT_EQ(output.exit_status, 0);
  EXPECT_NE(output.out.find("A=b\n"), std::string::npos);
  EXPECT_EQ(output.out.find("HOME="), std::string::npos);
  EXPECT_NE(output.out.find("0 1 2 3 typed"), std::string::npos) << output.out;  // 3 is ls's own
}
TEST(Process, ReportsAMissingProgramAndSignals) {
  EXPECT_EQ(run({.argv = {"/nonexistent"}}).error().code, ENOENT);
  EXPECT_EQ(run({.argv = {"/bin/sh", "-c", "kill -9 $$"}}).value().exit_status, 137);
}
TEST(Process, StopsAtTimeAndOutputLimits) {
  EXPECT_FALSE(run({.argv = {"/bin/sleep", "60"}}, {}, std::chrono::milliseconds(50)));
  EXPECT_FALSE(run({.argv = {"/usr/bin/yes"}}, {}, std::chrono::seconds(20), 1 << 20));
}

TEST_F(OsTest, SocketsInDeepDirectoriesPassDescriptors) {
  const std::string deep = join(directory_, std::string(100, 'd') + "/" + std::string(100, 'e'));
  ASSERT_TRUE(make_directories(deep));
  const std::string path = join(deep, "s.sock");
  const Fd listener = listen_unix(path, SocketKind::packet).value();
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const Fd client = connect_unix(path, SocketKind::packet).value();
  const Fd server = accept_unix(listener.get()).value();
  ASSERT_TRUE(send_message(client.get(), "hello", {0}));
  const auto message = receive_message(server.get(), 100).value();
  EXPECT_EQ(message.bytes, "hello");
  EXPECT_EQ(message.fds.size(), 1U);
  EXPECT_EQ(peer_credentials(server.get()).value().uid, ::getuid());
  ASSERT_TRUE(send_message(client.get(), "too long for the limit"));
  EXPECT_FALSE(receive_message(server.get(), 4));
}

TEST(User, FollowsXdgAndIgnoresRelativePaths) {
  const auto directories = user_directories([](const char* name) -> const char* {
                             const std::string_view variable(name);
                             if (variable == "HOME") return "/home/u";
                             if (variable == "XDG_STATE_HOME") return "/s";
                             if (variable == "XDG_CACHE_HOME") return "relative";
                             return nullptr;
                           }).value();
  EXPECT_EQ(directories.config, "/home/u/.config/bailey");
  EXPECT_EQ(directories.state, "/s/bailey");
  EXPECT_EQ(directories.cache, "/home/u/.cache/bailey");
}
TEST(User, ReadsSubordinateRangesByNameOrNumber) {
  const auto ranges = subordinate_ranges("a:100000:65536\n0:7:1\nbad\nroot:x:1\nroot:200000:65536\n", "root", 0);
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[1].first, 200000U);
}

}  // namespace
}  // namespace bailey::os
