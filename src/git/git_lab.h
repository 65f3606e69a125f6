// For tests: a host repository, a quarantine and a work tree as the sandbox has it, in a private directory, with real
// git on both ends and a process that stands for the supervisor.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "git/receive.h"
#include "git/remote_service.h"
#include "git/repository.h"
#include "git/runner.h"
#include "git/service.h"
#include "os/process.h"

namespace bailey::git {

class GitLab {
 public:
  GitLab();
  GitLab(const GitLab&) = delete;
  GitLab& operator=(const GitLab&) = delete;
  ~GitLab();

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string path(std::string_view name) const { return root_ + '/' + std::string(name); }
  // Runs a shell script in the root with a small environment of its own.
  os::Output sh(const std::string& script) const;
  // The same; the output without its last newline; a failure fails the test.
  std::string out(const std::string& script) const;

  // host/: a repository with one commit on main (file a). Options for git init.
  void make_host(const std::string& init_options = "");
  // quarantine/ for `branch`, started at the host's HEAD.
  void make_quarantine(const std::string& branch);
  // work/: a clone as the sandbox has it, on `branch`, with the remote `local`.
  void make_work(const std::string& branch);
  // All three, for shell/one, and the supervisor.
  void make_session();

  // Serves connections to `socket()` until the end of the test: one process a connection, confined as in production.
  enum class Land { yes, no };
  void serve(Land land = Land::yes);
  // Stops it, and starts it again with what `config` is then.
  void restart_server();
  [[nodiscard]] std::string socket() const { return path("guest.sock"); }
  // The JSON lines of all services so far.
  [[nodiscard]] std::string reports() const;
  // The questions that services asked; each is answered by the text of the file `answer` ("approved", "denied",
  // "expired", "pending"; absent: not at all).
  [[nodiscard]] std::string asks() const;
  void answer_with(const std::string& state) const;

  [[nodiscard]] HostRepository host() const;
  [[nodiscard]] GitRunner runner() const;
  ServiceConfig config;
  // What the guest can use of the host's remotes.
  std::vector<RemoteService> remotes;
  std::vector<std::string> host_environment;  // of the services that use them
  // Put in front of PATH inside: where git-remote-bailey is.
  std::string guest_bin;
  Confiner confiner;
  RunLimits limits;

 private:
  [[noreturn]] void server_main(int listener) const;
  void serve_connection(int fd) const;
  int run_service(const ServiceRequest& wanted, const ServiceFds& fds) const;
  void play_supervisor(int service) const;

  std::string root_;
  pid_t server_ = -1;
};

}  // namespace bailey::git
