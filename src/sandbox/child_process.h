// For tests: what changes a process for good happens in a child of its own.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace bailey::sandbox {

inline constexpr int killed_by_signal = 1000;  // plus the signal

// The body's result (0 to 255), or killed_by_signal + n. The body must not touch the test framework.
template <typename Body>
int in_child(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(body());
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : killed_by_signal + WTERMSIG(status);
}

// For a body: 0 or the errno of a call that returns -1 when it fails.
inline int error_of(long result) { return result == -1 ? errno : 0; }

}  // namespace bailey::sandbox
