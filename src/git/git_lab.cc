#include "git/git_lab.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/text.h"
#include "git/confine.h"
#include "git/quarantine.h"
#include "git/refs.h"
#include "git/remote_channel.h"
#include "git/remote_receive.h"
#include "git/remote_runner.h"
#include "git/service.h"
#include "os/files.h"
#include "os/socket.h"

namespace bailey::git {

GitLab::GitLab() : confiner(landlock_confiner()) {
  std::signal(SIGPIPE, SIG_IGN);
  std::string pattern = "/tmp/bailey-git-XXXXXX";
  root_ = ::mkdtemp(pattern.data());
  config.git_program = find_git();
  config.quarantine = path("quarantine");
  config.session = "shell-one";
  config.branch = "shell/one";
  EXPECT_FALSE(config.git_program.empty());
}

GitLab::~GitLab() {
  if (server_ > 0) {
    ::kill(-server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
  }
  (void)os::remove_tree(root_);
}

os::Output GitLab::sh(const std::string& script) const {
  os::Command command;
  command.argv = {"/bin/sh", "-c", script};
  command.directory = root_;
  command.environment = {"PATH=" + guest_bin + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                         "HOME=" + root_,
                         "GIT_CONFIG_NOSYSTEM=1",
                         "BAILEY_GUEST_SOCKET=" + socket(),
                         "BAILEY_SESSION=" + config.session,
                         "BAILEY_BRANCH=" + config.branch,
                         "BAILEY_AUDIT_HEAD=0123abcd",
                         "BAILEY_NETWORK=restricted",
                         "GIT_AUTHOR_DATE=2026-11-24T03:05:06Z",
                         "GIT_COMMITTER_DATE=2026-11-24T03:05:06Z"};
  auto output = os::run(command, {}, std::chrono::minutes(2));
  EXPECT_TRUE(output) << script;
  return output ? *output : os::Output{255, "", ""};
}

std::string GitLab::out(const std::string& script) const {
  auto output = sh(script);
  EXPECT_EQ(output.exit_status, 0) << script << '\n' << output.out << output.err;
  while (output.out.ends_with('\n')) output.out.pop_back();
  return output.out;
}

void GitLab::make_host(const std::string& init_options) {
  out("git config --global user.name tester; git config --global user.email tester@localhost;"
      "git config --global init.defaultBranch main; git config --global advice.detachedHead false;"
      "git init -q " +
      init_options + " host && cd host && echo a >a && git add a && git commit -q -m first");
}

HostRepository GitLab::host() const {
  const std::string dot_git = path("host/.git");
  auto repository = open_host_repository(os::exists(dot_git) ? dot_git : path("host"));
  EXPECT_TRUE(repository) << to_lines(repository.error());
  return *repository;
}

GitRunner GitLab::runner() const { return GitRunner(config.git_program, confiner, limits); }

void GitLab::make_quarantine(const std::string& branch) {
  const auto repository = host();
  const auto refs = RefStore::open(repository);
  ASSERT_TRUE(refs);
  config.branch = branch;
  const auto made = create_quarantine(
      {config.quarantine, repository.format, repository.object_stores, branch, refs->head()->oid, repository.shallow});
  ASSERT_TRUE(made) << to_lines(made.error());
}

void GitLab::make_work(const std::string& branch) {
  out("git clone -q --shared host work 2>/dev/null; cd work && (git checkout -q -b " + branch +
      " || git symbolic-ref HEAD refs/heads/" + branch +
      ") && git remote remove origin &&"
      "git remote add local bailey::local && git config remote.pushDefault local && git config push.default current");
}

void GitLab::make_session() {
  make_host();
  make_quarantine("shell/one");
  make_work("shell/one");
  serve();
}

void GitLab::serve(Land land) {
  if (land == Land::yes) config.target = LandingTarget{host().git_dir};
  else config.target.reset();
  restart_server();
}

void GitLab::restart_server() {
  if (server_ > 0) {
    ::kill(-server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
    ::unlink(socket().c_str());
  }
  auto listener = os::listen_unix(socket(), os::SocketKind::stream);
  ASSERT_TRUE(listener);
  server_ = ::fork();
  if (server_ == 0) server_main(listener->get());
  ::setpgid(server_, server_);
}

void GitLab::server_main(int listener) const {
  ::setpgid(0, 0);
  // Nothing of the test's may stay open here: it waits for the end of its own pipes.
  constexpr int kept = 3;
  ::dup2(listener, kept);
  ::syscall(SYS_close_range, kept + 1U, ~0U, 0U);
  listener = kept;
  std::signal(SIGCHLD, SIG_IGN);
  while (true) {
    pollfd waiting{listener, POLLIN, 0};
    ::poll(&waiting, 1, -1);
    auto connection = os::accept_unix(listener);
    if (!connection || !*connection) continue;
    if (::fork() != 0) continue;
    std::signal(SIGCHLD, SIG_DFL);
    serve_connection(connection->get());
    ::_exit(0);
  }
}

void GitLab::serve_connection(int fd) const {
  ::fcntl(fd, F_SETFL, 0);  // as the supervisor hands it over: blocking
  std::string line;
  for (char c = 0; line.size() < request_line_bytes_max && ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  const auto wanted = parse_service_request(line);
  auto channel = os::socket_pair(os::SocketKind::stream);
  if (!wanted || !channel) ::_exit(2);
  const pid_t service = ::fork();
  if (service == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    channel->first.reset();
    ::_exit(run_service(*wanted, {fd, fd, channel->second.get()}));
  }
  ::close(fd);
  channel->second.reset();
  play_supervisor(channel->first.get());
  ::waitpid(service, nullptr, 0);
}

int GitLab::run_service(const ServiceRequest& wanted, const ServiceFds& fds) const {
  const SystemClock clock;
  const auto end = [](const Result<int>& status) {
    if (!status) std::fprintf(stderr, "service: %s\n", to_lines(status.error()).c_str());
    return status.value_or(1);
  };
  const bool pushes = wanted.service == Service::receive_pack;
  if (wanted.remote.empty())
    return end(pushes ? serve_receive(runner(), config, fds, clock) : serve_upload(runner(), config, fds, clock));
  for (const auto& service : remotes) {
    if (service.remote.key != wanted.remote) continue;
    const auto own = runner();
    const RemoteRunner remote(config.git_program, config.quarantine, service.remote, host_environment);
    const Guard guard{own, remote, config, service, {}};
    return end(pushes ? serve_remote_receive(guard, fds, clock) : serve_remote_upload(guard, fds, clock));
  }
  return 3;
}

void GitLab::play_supervisor(int service) const {
  const auto append = [this](const char* file, const std::string& line) {
    const Fd log(::open(path(file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    (void)os::write_all(log.get(), line);
  };
  std::string line;
  for (char c = 0; ::read(service, &c, 1) == 1;) {
    line += c;
    if (c != '\n') continue;
    if (!line.starts_with("{\"ask\"")) {
      append("reports", line);
    } else {
      append("asks", line);
      (void)os::write_all(service, waiting_line(7));
      const auto state = approval::state_of(trim(os::read_file(path("answer")).value_or("")));
      if (state) (void)os::write_all(service, answer_line({.state = *state, .by = "terminal"}));
    }
    line.clear();
  }
}

std::string GitLab::asks() const { return os::read_file(path("asks")).value_or(""); }
void GitLab::answer_with(const std::string& state) const { EXPECT_TRUE(os::write_file(path("answer"), state)); }

std::string GitLab::reports() const { return os::read_file(path("reports")).value_or(""); }

}  // namespace bailey::git
