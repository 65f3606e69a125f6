// Child processes of the trusted side: never through a shell, always with an explicit environment.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::os {

struct Command {
  std::vector<std::string> argv;               // argv[0] is an absolute path
  std::vector<std::string> environment;        // "NAME=value"; nothing is inherited
  std::string directory;                       // empty: the caller's
  int stdin_fd = -1;                           // borrowed; -1: /dev/null
  int stdout_fd = -1;                          // borrowed; -1: /dev/null
  int stderr_fd = -1;                          // borrowed; -1: /dev/null
  std::vector<std::pair<int, int>> extra_fds;  // {ours, number in the child}; everything else is closed
  // Runs in the child just before exec, in the caller's memory (vfork(2)): async-signal-safe only, changes nothing that
  // is the caller's, returns 0 or an errno.
  std::function<int()> before_exec;
  bool changes_user = false;  // before_exec does: then in memory of its own, which the kernel makes undumpable
};

// A started child. Destruction kills and reaps it, so that no path of ours leaves a zombie or an orphan behind.
class Child {
 public:
  Child() = default;
  Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}
  Child& operator=(Child&& other) noexcept;
  ~Child() { end(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  [[nodiscard]] explicit operator bool() const { return pid_ > 0; }
  void kill(int signal) const;
  // waitpid status; blocks.
  [[nodiscard]] Result<int> wait();
  // nullopt while it still runs.
  [[nodiscard]] Result<std::optional<int>> try_wait();

 private:
  void end();

  pid_t pid_ = -1;
  Fd pidfd_;
};

// The child dies with the calling thread (PR_SET_PDEATHSIG SIGKILL).
[[nodiscard]] Result<Child> spawn(const Command& command);

struct Output {
  int exit_status = 0;  // as in shells: 128+n by signal n
  std::string out;
  std::string err;
};
inline constexpr std::size_t output_bytes_max = std::size_t{64} << 20;
// Runs to the end with both outputs captured; killed past `limit` or when an output exceeds `bytes_max`. Room for
// `output_bytes_expected` is made at once: it costs much to find it bit by bit.
[[nodiscard]] Result<Output> run(const Command& command, std::string_view input = {},
                                 std::chrono::milliseconds limit = std::chrono::minutes(10),
                                 std::size_t bytes_max = output_bytes_max, std::size_t output_bytes_expected = 0);

// Exit status as in shells from a waitpid status.
[[nodiscard]] int shell_status(int wait_status);

}  // namespace bailey::os
