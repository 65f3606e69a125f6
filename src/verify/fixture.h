// The host as the attacker would like to find it, made for one verification and removed with it: a session directory, a
// repository, a secret, a program and a process, all reachable for the user outside.
#pragma once

#include <string>

#include "base/result.h"
#include "os/process.h"
#include "sandbox/plan.h"

namespace bailey::verify {

class Fixture {
 public:
  // A new directory below `state` (the user's $XDG_STATE_HOME/bailey). `ids` own what is bound into the sandbox.
  [[nodiscard]] static Result<Fixture> create(const std::string& state, const sandbox::HostIds& ids);
  Fixture(Fixture&& other) noexcept = default;
  Fixture& operator=(Fixture&&) = delete;
  ~Fixture();

  [[nodiscard]] std::string path(std::string_view name) const;
  [[nodiscard]] pid_t process() const { return process_.pid(); }
  [[nodiscard]] const std::string& process_marker() const { return marker_; }  // a word of its command line

 private:
  Fixture() = default;
  Status fill(const sandbox::HostIds& ids);

  std::string directory_;
  std::string marker_;
  os::Child process_;
};

// Below the fixture's directory.
namespace fixture_path {
inline constexpr std::string_view home = "home";            // bound at /home/agent
inline constexpr std::string_view workspace = "workspace";  // bound at /workspace
inline constexpr std::string_view secret = "user/secret";
inline constexpr std::string_view secret_directory = "user";
inline constexpr std::string_view startup_file = "user/profile";
inline constexpr std::string_view program = "user/program";
inline constexpr std::string_view session = "session";
inline constexpr std::string_view audit_log = "session/audit.jsonl";
inline constexpr std::string_view control_socket = "session/control.sock";
inline constexpr std::string_view engine_socket = "user/engine.sock";
inline constexpr std::string_view repository_file = "repository/README";
inline constexpr std::string_view git_config = "repository/.git/config";
inline constexpr std::string_view git_hook = "repository/.git/hooks/pre-commit";
}  // namespace fixture_path

// For os::Command::before_exec: becomes `ids` where we are root, else nothing. Async-signal-safe; 0 or an errno.
[[nodiscard]] int become(const sandbox::HostIds& ids);

}  // namespace bailey::verify
