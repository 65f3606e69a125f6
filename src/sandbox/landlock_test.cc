// Each wall in a child that is confined, and the same act in a child that is not.
#include "sandbox/landlock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <functional>
#include <string>

#include "os/files.h"
#include "sandbox/child_process.h"

namespace bailey::sandbox {
namespace {

constexpr int not_confined = 250;

class Landlock : public testing::Test {
 protected:
  void SetUp() override {
    if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    char name[] = "/tmp/landlock-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    for (const char* each : {"/inside", "/inside/sub", "/outside", "/tools"})
      ASSERT_EQ(::mkdir((directory_ + each).c_str(), 0700), 0);
    for (const char* each : {"/inside/file", "/outside/file", "/tools/file"})
      ASSERT_TRUE(os::write_file(directory_ + each, "content"));
    inside_ = directory_ + "/inside";
    outside_ = directory_ + "/outside";
    tools_ = directory_ + "/tools";
  }
  void TearDown() override {
    if (directory_.empty()) return;  // skipped
    EXPECT_TRUE(os::remove_tree(directory_));
  }

  int confined(const std::function<int()>& body) const {
    const LandlockRule rules[] = {{"/usr", FileAccess::read_exec},
                                  {"/bin", FileAccess::read_exec},
                                  {"/etc", FileAccess::read},
                                  {tools_.c_str(), FileAccess::read},
                                  {inside_.c_str(), FileAccess::read_write},
                                  {"/dev/null", FileAccess::device},
                                  {"/proc/self/status", FileAccess::read}};
    return in_child([&] {
      if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return not_confined;
      const LandlockOutcome outcome = landlock_apply({rules, std::size(rules)});
      return outcome.stage == LandlockStage::done && outcome.abi > 0 ? body() : not_confined;
    });
  }
  // The act fails with `error` inside and works outside.
  void expect_only_confined_fails(const std::function<int()>& act, int error, const char* what) const {
    EXPECT_EQ(confined(act), error) << what;
    EXPECT_EQ(in_child(act), 0) << what << ": the control";
  }
  void expect_allowed(const std::function<int()>& act, const char* what) const { EXPECT_EQ(confined(act), 0) << what; }

  std::string directory_, inside_, outside_, tools_;
};

int open_for(const std::string& path, int flags) { return error_of(::open(path.c_str(), flags | O_CLOEXEC, 0600)); }

TEST_F(Landlock, FilesOutsideCanNotBeReadWrittenOrMade) {
  expect_only_confined_fails([&] { return open_for(outside_ + "/file", O_RDONLY); }, EACCES, "read");
  expect_only_confined_fails([&] { return open_for(outside_ + "/file", O_WRONLY); }, EACCES, "write");
  expect_only_confined_fails([&] { return open_for(outside_, O_RDONLY | O_DIRECTORY); }, EACCES, "list");
  expect_only_confined_fails([&] { return open_for(outside_ + "/new", O_WRONLY | O_CREAT); }, EACCES, "create");
  expect_only_confined_fails([&] { return open_for(tools_ + "/file", O_WRONLY); }, EACCES, "write what is read-only");
  expect_only_confined_fails([&] { return error_of(::mkdir((tools_ + "/made").c_str(), 0700)); }, EACCES, "mkdir");
  expect_only_confined_fails([&] { return error_of(::unlink((tools_ + "/file").c_str())); }, EACCES, "unlink");
  expect_allowed([&] { return open_for(tools_, O_RDONLY | O_DIRECTORY); }, "list what is read-only");
  expect_allowed([&] { return open_for(inside_ + "/made", O_RDWR | O_CREAT | O_TRUNC); }, "create inside");
  expect_allowed([&] { return error_of(::mkfifo((inside_ + "/fifo").c_str(), 0600)); }, "fifo inside");
}

TEST_F(Landlock, ASymbolicLinkDoesNotLeadOutside) {
  ASSERT_EQ(::symlink((outside_ + "/file").c_str(), (inside_ + "/link").c_str()), 0);
  expect_only_confined_fails([&] { return open_for(inside_ + "/link", O_RDONLY); }, EACCES, "read through a link");
}

TEST_F(Landlock, RenamingAcrossTheWallIsRefusedAndInsideItWorks) {
  if (landlock_abi() < 2) GTEST_SKIP() << "ABI 1 refuses every rename between directories";
  const auto rename = [](const std::string& from, const std::string& to) {
    return error_of(::rename(from.c_str(), to.c_str()));
  };
  expect_allowed([&] { return rename(inside_ + "/file", inside_ + "/sub/file"); }, "between directories inside");
  EXPECT_EQ(confined([&] { return rename(inside_ + "/sub/file", outside_ + "/stolen"); }), EACCES);
  EXPECT_EQ(confined([&] { return rename(tools_ + "/file", inside_ + "/file"); }), EACCES);
  EXPECT_EQ(in_child([&] { return rename(inside_ + "/sub/file", outside_ + "/stolen"); }), 0) << "the control";
}

TEST_F(Landlock, TruncationNeedsTheRight) {
  if (landlock_abi() < 3) GTEST_SKIP() << "truncation can be restricted from ABI 3 on";
  expect_only_confined_fails([&] { return error_of(::truncate((tools_ + "/file").c_str(), 0)); }, EACCES, "truncate");
  expect_allowed([&] { return error_of(::truncate((inside_ + "/file").c_str(), 0)); }, "truncate inside");
}

TEST_F(Landlock, DevicesNeedTheirOwnClass) {
  expect_allowed([] { return open_for("/dev/null", O_RDWR | O_TRUNC); }, "/dev/null");
  expect_only_confined_fails([] { return open_for("/dev/zero", O_RDONLY); }, EACCES, "/dev/zero");
}

TEST_F(Landlock, ExecutionNeedsTheRight) {
  ASSERT_TRUE(os::write_file(tools_ + "/tool", "#!/bin/sh\nexit 0\n", 0700));
  const auto run = [](const std::string& path) {
    char* const argv[] = {const_cast<char*>(path.c_str()), nullptr};
    ::execv(path.c_str(), argv);
    return errno;
  };
  expect_only_confined_fails([&] { return run(tools_ + "/tool"); }, EACCES, "execute what is only readable");
  expect_allowed([&] { return run("/bin/true"); }, "execute a system tool");
}

sockaddr_un abstract_address(const std::string& name, socklen_t& size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

TEST_F(Landlock, AbstractSocketsOfTheHostAreOutOfReach) {
  if (landlock_abi() < 6) GTEST_SKIP() << "abstract sockets can be restricted from ABI 6 on";
  socklen_t size = 0;
  const sockaddr_un address = abstract_address("bailey-test-" + std::to_string(::getpid()), size);
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(listener, name, size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  const auto connect = [&] { return error_of(::connect(::socket(AF_UNIX, SOCK_STREAM, 0), name, size)); };
  expect_only_confined_fails(connect, EPERM, "connect");
  ::close(listener);
  expect_allowed(
      [&] {
        const int own = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::bind(own, name, size) != 0 || ::listen(own, 1) != 0) return errno;
        return connect();
      },
      "a socket of our own");
}

TEST_F(Landlock, SignalsStayInside) {
  if (landlock_abi() < 6) GTEST_SKIP() << "signals can be restricted from ABI 6 on";
  const pid_t test = ::getpid();
  expect_only_confined_fails([test] { return error_of(::kill(test, 0)); }, EPERM, "signal to a process outside");
  expect_allowed(
      [] {
        const pid_t child = ::fork();
        if (child == 0) {
          ::pause();
          ::_exit(0);
        }
        return error_of(::kill(child, SIGKILL));
      },
      "signal to a child");
}

// Where Yama does not forbid it anyway.
TEST_F(Landlock, ProcessesOutsideCanNotBeTraced) {
  const pid_t outside = ::fork();
  if (outside == 0) {
    ::pause();
    ::_exit(0);
  }
  const std::string memory = "/proc/" + std::to_string(outside) + "/mem";
  const LandlockRule rules[] = {{"/proc", FileAccess::read}};
  const auto open_memory = [&] { return open_for(memory, O_RDONLY); };
  EXPECT_EQ(in_child([&] {
              ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
              return landlock_apply({rules, 1}).error == 0 ? open_memory() : not_confined;
            }),
            EACCES);
  const int control = in_child(open_memory);
  EXPECT_TRUE(control == 0 || control == EACCES) << "EACCES: Yama allows ancestors only";
  ::kill(outside, SIGKILL);
  ::waitpid(outside, nullptr, 0);
}

TEST_F(Landlock, FailuresNameTheirStageAndRule) {
  const auto outcome_in_child = [](const LandlockPlan& plan, LandlockStage stage, int error, std::size_t rule) {
    return in_child([&] {
      const LandlockOutcome outcome = landlock_apply(plan);
      return outcome.stage == stage && outcome.error == error && outcome.rule == rule ? 0 : 1;
    });
  };
  const LandlockRule missing[] = {{"/etc", FileAccess::read}, {"/no/such/path", FileAccess::read}};
  EXPECT_EQ(outcome_in_child({missing, 2}, LandlockStage::path, ENOENT, 1), 0);
  EXPECT_EQ(outcome_in_child({missing, 1, 1000}, LandlockStage::version, ENOTSUP, 0), 0);
  EXPECT_EQ(in_child([&] {  // without no_new_privs, as a user
              if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 1;
              const LandlockOutcome outcome = landlock_apply({missing, 1});
              return outcome.stage == LandlockStage::restrict && outcome.error == EPERM ? 0 : 2;
            }),
            0);
}

TEST(LandlockWords, EveryOlderAbiSaysWhatIsMissing) {
  for (int abi = 0; abi < 6; ++abi) EXPECT_STRNE(landlock_missing_at(abi), "") << abi;
  EXPECT_STREQ(landlock_missing_at(6), "");
  EXPECT_STREQ(landlock_missing_at(landlock_abi_newest), "");
}

}  // namespace
}  // namespace bailey::sandbox
