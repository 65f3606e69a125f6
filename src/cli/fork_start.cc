#include "cli/fork_start.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "cli/command.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"
#include "os/process.h"
#include "os/socket.h"

namespace bailey::cli {
namespace {

constexpr std::size_t introduction_bytes_max = 8192;

[[noreturn]] void be_the_child(pid_t parent, Fd connection, Fd introduction,
                               const std::function<int(Fd, const Introduce&)>& child) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent) ::_exit(exit_not_started);
  const int status = child(std::move(connection), [&](const Introduction& who) {
    // A parent that was killed just now has no use for it; the session goes on without a terminal.
    (void)os::write_all(introduction.get(), encode(who));
    introduction.reset();
  });
  (void)std::fflush(nullptr);
  ::_exit(status);
}

int status_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return exit_not_started;
  return WIFEXITED(status) ? WEXITSTATUS(status) : exit_not_started;
}

}  // namespace

void leave_parent() {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

std::string encode(const Introduction& introduction) {
  json::Value value;
  value.set("session", introduction.session);
  value.set("branch", introduction.branch);
  value.set("detached", introduction.stay == Stay::detached);
  return json::write(value);
}

Result<Introduction> decode_introduction(std::string_view text) {
  const auto value = TRY(json::read(text, "introduction"));
  const auto* session = value.find("session");
  const auto* branch = value.find("branch");
  const auto* detached = value.find("detached");
  if (session == nullptr || session->as_string() == nullptr || branch == nullptr || branch->as_string() == nullptr ||
      detached == nullptr || !detached->as_bool())
    return fail("start the session", "its supervisor did not say who it is");
  return Introduction{*session->as_string(), *branch->as_string(),
                      *detached->as_bool() ? Stay::detached : Stay::attached};
}

Result<std::variant<StartedApart, int>> start_apart(const std::function<int(Fd, const Introduce&)>& child) {
  auto [ours, theirs] = TRY(os::socket_pair(os::SocketKind::stream));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  const Fd heard(ends[0]);
  Fd said(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("fork the supervisor");
  if (pid == 0) {
    ours.reset();
    be_the_child(parent, std::move(theirs), std::move(said), child);
  }
  theirs.reset();
  said.reset();
  const std::string text = TRY(os::read_all(heard.get(), introduction_bytes_max));
  if (text.empty()) return std::variant<StartedApart, int>(status_of(pid));
  return std::variant<StartedApart, int>(StartedApart{TRY(decode_introduction(text)), std::move(ours)});
}

}  // namespace bailey::cli
