#include "guest/remote_helper.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "guest/host_socket.h"

namespace bailey::guest {
namespace {

constexpr std::size_t command_bytes_max = 1024;
constexpr std::size_t relay_bytes = 64 << 10;

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// A byte at a time: what follows the line belongs to the service.
bool read_line(std::string& line) {
  line.clear();
  char c = 0;
  while (line.size() < command_bytes_max) {
    const ssize_t count = ::read(0, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    if (c == '\n') return true;
    line += c;
  }
  return false;
}

void relay(int from, int to) {
  char buffer[relay_bytes];
  while (true) {
    const ssize_t count = ::read(from, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || !write_all(to, {buffer, static_cast<std::size_t>(count)})) return;
  }
}

// One process a direction: neither can keep the other waiting. What the host says last ends both: git runs us below a
// process that holds the same pipes, so git sees the end only when we are gone, also when the service was killed.
int relay_both(const Fd& host) {
  const pid_t pid = ::fork();
  if (pid < 0) return 128;
  if (pid == 0) {
    relay(0, host.get());
    ::shutdown(host.get(), SHUT_WR);
    ::_exit(0);
  }
  relay(host.get(), 1);
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return 0;
}

int connect_service(std::string_view service) {
  const Fd host = connect_to_host();
  if (!host || !write_all(host.get(), std::string(service) + '\n')) {
    std::fprintf(stderr, "bailey: the session's git service can't be reached: %s\n", std::strerror(errno));
    return 128;
  }
  if (!write_all(1, "\n")) return 128;
  return relay_both(host);
}

}  // namespace

int remote_helper() {
  std::signal(SIGPIPE, SIG_IGN);
  std::string line;
  while (read_line(line)) {
    if (line.empty()) return 0;
    if (line == "capabilities") {
      if (!write_all(1, "connect\n\n")) return 128;
    } else if (line == "connect git-receive-pack" || line == "connect git-upload-pack") {
      return connect_service(std::string_view(line).substr(8));
    } else if (line.starts_with("connect ")) {
      if (!write_all(1, "fallback\n")) return 128;  // git archive --remote and the like: not offered
    } else {
      std::fprintf(stderr, "bailey: unknown command of git: the remote `local` offers push and fetch only\n");
      return 128;
    }
  }
  return 0;
}

}  // namespace bailey::guest
