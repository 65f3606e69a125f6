// What processes do to a log: write at once, die at any moment, meet a full disk. Each runs in a child.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <random>

#include "audit/test_support.h"

namespace bailey::audit {
namespace {

using testing::LogFixture;
using testing::sample_event;

pid_t in_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  EXPECT_GT(pid, 0);
  return pid;
}

int exit_status(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Processes, TwoAppendAtOnceAndNothingIsLost) {
  LogFixture log;
  constexpr int events = 2000;
  const auto write_events = [&log] {
    auto writer = log.open({.segment_bytes_max = 300'000});
    if (!writer) return 1;
    for (int i = 0; i < events; ++i)
      if (!writer->append(sample_event(i))) return 2;
    return writer->close() && writer->sync() ? 0 : 3;
  };
  const pid_t first = in_child(write_events), second = in_child(write_events), third = in_child(write_events);
  EXPECT_EQ(exit_status(first), 0);
  EXPECT_EQ(exit_status(second), 0);
  EXPECT_EQ(exit_status(third), 0);
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_EQ(report.events - report.checkpoints, 3u * events);
  EXPECT_EQ(report.unsigned_events, 0u);
}

TEST(Processes, KilledAtAnyMomentFiftyTimesTheLogVerifiesAndContinues) {
  LogFixture log;
  std::mt19937 random(20261124);
  std::uint64_t events_before = 0;
  for (int round = 0; round < 50; ++round) {
    const pid_t child = in_child([&log] {
      auto writer = log.open({.segment_bytes_max = 400'000});
      if (!writer) return 1;
      for (int i = 0;; ++i) {
        if (!writer->append(sample_event(i))) return 2;
        if (i % 50 == 49 && !writer->checkpoint()) return 3;
        if (i % 200 == 199) {
          if (!writer->close()) return 4;
          writer = log.open({.segment_bytes_max = 400'000});
          if (!writer) return 5;
        }
      }
    });
    ::usleep(static_cast<useconds_t>(random() % 50'000));
    ::kill(child, SIGKILL);
    ASSERT_EQ(exit_status(child), 128 + SIGKILL) << "the writer failed in round " << round;
    if (!os::exists(log.log_path()) || !os::exists(public_key_path(log.keys_dir))) continue;
    const auto report = log.verify_now();
    ASSERT_TRUE(report.is_intact()) << to_text(report);
    ASSERT_GE(report.events, events_before) << "recorded events were lost";
    events_before = report.events;
  }
  log.write_events(3);
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_GT(report.events, 50u);
}

TEST(Processes, AStoppedLockHolderDoesNotStopTheWriter) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer);
  const Fd holder = *os::lock_file(log.log_path());
  const auto refused = writer->append(sample_event(1));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remedy.find("lsof"), std::string::npos);
}

// A tmpfs of that size at `path`, in namespaces of the calling (child) process. False: not possible here.
bool mount_small_disk(const std::string& path, const char* size) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (!os::write_file("/proc/self/setgroups", "deny") ||
      !os::write_file("/proc/self/uid_map", std::to_string(uid) + " " + std::to_string(uid) + " 1") ||
      !os::write_file("/proc/self/gid_map", std::to_string(gid) + " " + std::to_string(gid) + " 1"))
    return false;
  return ::mount("tmpfs", path.c_str(), "tmpfs", 0, size) == 0;
}

bool fill_disk(const std::string& path) {
  const auto fd = os::open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (!fd) return false;
  const std::string block(4096, 'x');
  Status written;
  while (written) written = os::write_all(fd->get(), block);
  return written.error().code == ENOSPC;
}

enum Outcome { fine = 0, cannot_mount = 90 };

void expect_fine(pid_t child) {
  const int status = exit_status(child);
  if (status == cannot_mount) GTEST_SKIP() << "no user namespace with a tmpfs on this machine";
  EXPECT_EQ(status, fine) << "step " << status << " of the child failed";
}

TEST(FullDisk, StopsTheStart) {
  LogFixture log;
  const auto start_on = [&log](bool full) {
    return in_child([&log, full]() -> int {
      if (!mount_small_disk(log.session_dir, "size=4m")) return cannot_mount;
      if (full && !fill_disk(log.session_dir + "/filler")) return 1;
      const auto writer = log.open();
      if (!full) return writer ? fine : 2;
      return !writer && writer.error().code == ENOSPC && !writer.error().remedy.empty() ? fine : 3;
    });
  };
  expect_fine(start_on(false));  // the control
  expect_fine(start_on(true));
}

TEST(FullDisk, DoesNotStopTheRecord) {
  LogFixture log;
  expect_fine(in_child([&log]() -> int {
    if (!mount_small_disk(log.session_dir, "size=4m")) return cannot_mount;
    auto writer = log.open();
    if (!writer || !writer->append(sample_event(0))) return 1;
    if (!fill_disk(log.session_dir + "/filler")) return 2;
    Status status;
    int recorded = 0;
    for (; status && recorded < 20'000; ++recorded) status = writer->append(sample_event(recorded));
    if (status || !is_log_full(status.error()) || !writer->full()) return 3;
    if (recorded < 100) return 4;  // the reserve took these
    if (!writer->append({.category = Category::session, .action = "stopped"})) return 5;
    if (!writer->close() || !writer->sync()) return 6;
    const auto report = log.verify_now();
    if (!report.is_intact() || report.unsigned_events != 0) return 7;
    if (log.read_log().find("\"action\":\"audit_full\"") == std::string::npos) return 8;
    if (log.read_log().find("\"number\":" + std::to_string(recorded - 1) + ",") == std::string::npos) return 9;
    // The record can be opened again on the disk that is still full: recovery has to work.
    auto recovery = log.open();
    if (!recovery || !recovery->full()) return 10;
    return recovery->append({.category = Category::session, .action = "removed"}) ? fine : 11;
  }));
}

TEST(FullDisk, DoesNotStopTheNextSegment) {
  LogFixture log;
  expect_fine(in_child([&log]() -> int {
    if (!mount_small_disk(log.session_dir, "size=4m")) return cannot_mount;
    auto writer = log.open({.segment_bytes_max = 70'000});
    if (!writer) return 1;
    if (!fill_disk(log.session_dir + "/filler")) return 2;
    Status status;
    for (int i = 0; status && i < 20'000; ++i) status = writer->append(sample_event(i));
    if (status || !is_log_full(status.error())) return 3;
    return writer->close() && writer->sync() && log.verify_now().is_intact() ? fine : 4;
  }));
}

}  // namespace
}  // namespace bailey::audit
