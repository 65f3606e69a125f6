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
#include "guest/text.h"
#include "guest/whole_io.h"

namespace bailey::guest {
namespace {

constexpr std::size_t command_bytes_max = 1024;
constexpr std::size_t relay_bytes = 64 << 10;

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
    if (count <= 0 || !write_whole(to, {buffer, static_cast<std::size_t>(count)})) return;
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

int connect_service(std::string_view service, const std::string& key) {
  const Fd host = connect_to_host();
  const std::string line = std::string(service) + (key.empty() ? "" : " " + key) + '\n';
  if (!host || !write_whole(host.get(), line)) {
    std::fprintf(stderr, "bailey: the session's git service can't be reached: %s\n", std::strerror(errno));
    return 128;
  }
  if (!write_whole(1, "\n")) return 128;
  return relay_both(host);
}

// Another repository whose address begins like ours: git's helper for its scheme takes over.
int run_plain_helper(const std::string& name, const std::string& address) {
  const auto colon = address.find("://");
  const std::string scheme = address.substr(0, colon);
  if (scheme != "https" && scheme != "http") {
    std::fprintf(stderr, "bailey: %s: only https and http lead out of the sandbox\n", visible(address).c_str());
    return 128;
  }
  const std::string helper = "remote-" + scheme;
  ::execlp("git", "git", helper.c_str(), name.c_str(), address.c_str(), nullptr);
  std::fprintf(stderr, "bailey: git can't be started: %s\n", std::strerror(errno));
  return 128;
}

}  // namespace

HelperAddress parse_helper_address(std::string_view address) {
  if (address == "local") return {};
  const auto first = address.find('#');
  const auto second = first == std::string_view::npos ? first : address.find('#', first + 1);
  if (second == std::string_view::npos) return {std::string(address), {}};
  const auto suffix = address.substr(second + 1);
  if (suffix.empty() || suffix == "/" || suffix == ".git" || suffix == ".git/")
    return {std::string(address.substr(0, first)), {}};
  return {{}, std::string(address.substr(first + 1, second - first - 1)).append(suffix)};
}

int remote_helper(std::span<const std::string_view> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto address = parse_helper_address(arguments.size() < 2 ? std::string_view("local") : arguments[1]);
  if (!address.plain.empty()) return run_plain_helper(std::string(arguments[0]), address.plain);
  std::string line;
  while (read_line(line)) {
    if (line.empty()) return 0;
    if (line == "capabilities") {
      if (!write_whole(1, "connect\n\n")) return 128;
    } else if (line == "connect git-receive-pack" || line == "connect git-upload-pack") {
      return connect_service(std::string_view(line).substr(8), address.key);
    } else if (line.starts_with("connect ")) {
      if (!write_whole(1, "fallback\n")) return 128;  // git archive --remote and the like: not offered
    } else {
      std::fprintf(stderr, "bailey: unknown command of git: the remote offers push and fetch only\n");
      return 128;
    }
  }
  return 0;
}

}  // namespace bailey::guest
