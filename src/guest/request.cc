#include "guest/request.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "guest/host_socket.h"
#include "guest/text.h"

namespace bailey::guest {
namespace {

constexpr std::size_t answer_bytes_max = 1024;
constexpr std::size_t host_bytes_max = 260;  // a name of RFC 1035, a star and a port

std::string ask(const std::string& line) {
  const Fd host = connect_to_host();
  if (!host || ::send(host.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return {};
  std::string answer;
  char buffer[256];
  while (answer.size() < answer_bytes_max) {
    const ssize_t count = ::read(host.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return answer;
}

bool is_printable(std::string_view text) {
  for (const char c : text)
    if (c <= ' ' || c == 0x7f) return false;
  return true;
}

}  // namespace

int request(std::span<const std::string_view> arguments) {
  if (arguments.size() != 2 || arguments[0] != "domain" || arguments[1].size() > host_bytes_max ||
      !is_printable(arguments[1])) {
    std::fprintf(stderr, "bailey: usage: bailey request domain HOST\n");
    return 2;
  }
  const std::string host(arguments[1]);
  const std::string answer = ask("request-domain " + host + '\n');
  if (answer.starts_with("asked")) {
    std::printf(
        "The human was asked to allow %s. Nothing is granted yet: go on with other work, and try again later.\n",
        host.c_str());
    return 0;
  }
  if (answer.starts_with("allowed")) {
    std::printf("%s is allowed: the human said so before. Try again.\n", host.c_str());
    return 0;
  }
  std::fprintf(stderr,
               "bailey: request: %s\nGo on without it and say in your result what you needed; "
               "`bailey explain network` has more.\n",
               answer.empty() ? "nobody can be asked" : visible(answer.substr(0, answer.find('\n'))).c_str());
  return 1;
}

}  // namespace bailey::guest
