#include "cli/token_sweep.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "cli/command.h"
#include "credentials/minter.h"
#include "credentials/token_store.h"
#include "os/files.h"
#include "os/process.h"

namespace bailey::cli {
namespace {

constexpr std::chrono::minutes sweep_time_max{2};

std::string minter() {
  const auto installed = installation();
  return installed ? os::join(installed->helpers, credentials::minter_program_name) : std::string();
}

// Async-signal-safe. Nothing of ours stays open: a pipe that somebody reads to its end must not wait for this.
[[noreturn]] void become(char* const* argv) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (int number = 0; number < 3; ++number) ::dup2(null, number);
  (void)::close_range(3, ~0U, 0);
  (void)!::chdir("/");
  ::signal(SIGPIPE, SIG_DFL);
  ::execve(argv[0], argv, environ);
  ::_exit(127);
}

}  // namespace

void sweep_tokens_later(const os::UserDirectories& user) {
  if (credentials::TokenStore(user.state).is_empty()) return;
  std::string program = minter();
  if (program.empty()) return;
  std::string word = "sweep";
  std::string state = user.state;
  char* const argv[] = {program.data(), word.data(), state.data(), nullptr};
  // Twice, so that it is nobody's child and nobody has to reap it.
  const pid_t first = ::fork();
  if (first == 0) {
    if (::fork() == 0) become(argv);
    ::_exit(0);
  }
  while (first > 0 && ::waitpid(first, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void sweep_tokens_of(const os::UserDirectories& user, const std::string& session) {
  if (credentials::TokenStore(user.state).is_empty()) return;
  const std::string program = minter();
  if (program.empty()) return;
  os::Command command{.argv = {program, "sweep", user.state, session}, .environment = {}, .directory = "/"};
  for (char** entry = environ; *entry != nullptr; ++entry) command.environment.emplace_back(*entry);
  const auto done = os::run(command, {}, sweep_time_max);
  if (!done || done->exit_status != 0)
    std::fprintf(stderr,
                 "bailey: a token of %s could not be revoked: it is tried again by the next `bailey ls` or `run`\n",
                 session.c_str());
}

}  // namespace bailey::cli
