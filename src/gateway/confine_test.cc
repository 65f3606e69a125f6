// Each act runs in a child of its own, once confined and once, as the control, not.
#include "gateway/confine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

namespace bailey::gateway {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;  // their memory would not fit the limit, nor their system calls the list
#else
constexpr bool is_sanitized = false;
#endif

enum class Walls { up, down };
constexpr int done = 0;
constexpr int not_confined = 125;

// The exit status; 128+n by signal n.
int run(Walls walls, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (walls == Walls::up && !confine()) ::_exit(not_confined);
    ::_exit(act());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int outcome(bool succeeded) { return succeeded ? done : errno; }

void expect_refused(const char* what, const std::function<int()>& act) {
  if (is_sanitized) GTEST_SKIP() << "a sanitizer's runtime can't be confined";
  EXPECT_EQ(run(Walls::down, act), done) << "the control of: " << what;
  const int confined = run(Walls::up, act);
  EXPECT_TRUE(confined == EPERM || confined == EACCES || confined == 128 + SIGSYS) << what << ": " << confined;
}

void expect_possible(const std::function<int()>& act) {
  if (is_sanitized) GTEST_SKIP() << "a sanitizer's runtime can't be confined";
  EXPECT_EQ(run(Walls::up, act), done);
}

TEST(Confine, NoFileCanBeOpened) {
  expect_refused("open", [] { return outcome(::open("/etc/passwd", O_RDONLY) >= 0); });
  expect_refused("open a directory", [] { return outcome(::open("/", O_PATH | O_DIRECTORY) >= 0); });
  expect_refused("create", [] { return outcome(::open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0); });
  expect_refused("stat", [] { return outcome(::access("/etc/passwd", R_OK) == 0); });
  expect_refused("memfd", [] { return outcome(::memfd_create("x", 0) >= 0); });
}

TEST(Confine, NoProgramAndNoProcessCanBeStarted) {
  expect_refused("exec", [] {
    ::execl("/bin/true", "true", nullptr);
    return errno;
  });
  expect_refused("fork", [] {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    return outcome(child > 0);
  });
}

TEST(Confine, NoProcessCanBeTouched) {
  expect_refused("ptrace", [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0); });
  expect_refused("kill", [] { return outcome(::kill(::getppid(), 0) == 0); });
  expect_refused("prctl", [] { return outcome(::prctl(PR_SET_DUMPABLE, 1) == 0); });
}

TEST(Confine, OnlySocketsToTheInternetCanBeMade) {
  expect_refused("unix socket", [] { return outcome(::socket(AF_UNIX, SOCK_STREAM, 0) >= 0); });
  expect_refused("netlink", [] { return outcome(::socket(AF_NETLINK, SOCK_DGRAM, 0) >= 0); });
  expect_refused("listen", [] {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    return outcome(::listen(fd, 1) == 0);
  });
  expect_possible([] { return outcome(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0); });
}

TEST(Confine, NoCodeCanBeLoaded) {
  const auto map = [](int protection) {
    return outcome(::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  };
  expect_refused("executable memory", [&] { return map(PROT_READ | PROT_EXEC); });
  expect_possible([&] { return map(PROT_READ | PROT_WRITE); });
}

TEST(Confine, MemoryHasALimit) {
  if (is_sanitized) GTEST_SKIP() << "a sanitizer's runtime can't be confined";
  const auto take = [] {
    return outcome(::mmap(nullptr, 2 * gateway_memory_bytes_max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                          -1, 0) != MAP_FAILED);
  };
  EXPECT_EQ(run(Walls::down, take), done);
  EXPECT_EQ(run(Walls::up, take), ENOMEM);
}

}  // namespace
}  // namespace bailey::gateway
