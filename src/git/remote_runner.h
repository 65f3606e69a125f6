// The second and last profile of git on the host (the other: runner.h): talking to a remote with the user's own
// credentials.
//
// How it works: git runs in the bare quarantine, whose config we wrote, with the user's home, agent sockets and
// credential settings, because a helper, a key or a proxy may be named anywhere there. What it is told to do is ours
// alone: the remote's address is the one recorded when the session started and reaches git through the environment
// (process lists show arguments to everybody), refs are given as full names and object names that were checked. No
// hooks, no submodules, no signing, no gc, no prompt on a terminal or in a window, only the transports below.
// What it relies on: the user's own configuration files are the user's; nothing of the repository's or the agent's
// configuration is read. It is not confined by Landlock: a credential helper is any program of the user's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/guarded_remote.h"
#include "os/process.h"

namespace bailey::git {

struct RemoteLimits {
  std::chrono::seconds time_max{900};
  std::uint64_t file_bytes_max = std::uint64_t{8} << 30;  // of one file that git writes: a fetched pack
  std::size_t output_bytes_max = std::size_t{128} << 20;
  std::size_t words_bytes_max = std::size_t{64} << 10;  // of stderr
};

// "NAME=value" of what programs need to find the user's credentials; from the whole environment of the user.
[[nodiscard]] std::vector<std::string> credential_environment(const std::vector<std::string>& environment);
[[nodiscard]] std::vector<std::string> own_environment();

// The remote's name in the command lines: `url` and `pushurl` belong to it.
inline constexpr std::string_view remote_argument = "bailey-remote";

struct RemoteOutput {
  int exit_status = 0;  // as in shells
  std::string out;
  std::string words;  // stderr, its beginning
};

class RemoteRunner {
 public:
  // Of all arguments of one run together.
  [[nodiscard]] static std::size_t argument_bytes_max();

  // `environment`: credential_environment().
  RemoteRunner(std::string git_program, std::string quarantine, GuardedRemote remote,
               std::vector<std::string> environment, RemoteLimits limits = {});

  // `arguments` after "git". `on_line` gets each line of stderr as it comes, progress too, without logins. A status
  // other than 0 is no error here; running into a limit is.
  using OnLine = std::function<void(std::string_view line)>;
  [[nodiscard]] Result<RemoteOutput> run(const std::vector<std::string>& arguments, std::string_view input = {},
                                         const OnLine& on_line = {}) const;

  [[nodiscard]] const GuardedRemote& remote() const { return remote_; }
  // Without the logins that stand in the remote's addresses.
  [[nodiscard]] std::string without_logins(std::string_view text) const;
  // The whole environment of the git process, for tests.
  [[nodiscard]] std::vector<std::string> environment() const;

 private:
  std::string git_program_;
  std::string quarantine_;
  GuardedRemote remote_;
  std::vector<std::string> environment_;
  RemoteLimits limits_;
  std::vector<std::string> logins_;
};

// Why git could not do it, in words for the agent and the user: from its exit status and stderr.
[[nodiscard]] Error remote_failure(std::string_view action, const RemoteOutput& output);

}  // namespace bailey::git
