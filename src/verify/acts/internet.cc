#include "verify/acts/internet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

namespace bailey::verify {
namespace {

constexpr int patience_ms = 2000;

}  // namespace

bool parse_address(const char* host, long long port, Address& out) {
  if (host == nullptr || port < 0 || port > UINT16_MAX) return false;
  auto* four = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, host, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    out.size = sizeof *four;
    return true;
  }
  if (::inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(port));
    out.size = sizeof *six;
    return true;
  }
  return false;
}

int wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  return ::poll(&waiting, 1, patience_ms) == 1 ? 0 : ETIMEDOUT;
}

int connect_to(const Address& address, int type, int& fd) {
  fd = ::socket(address.storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (const int error = wait_for(fd, POLLOUT); error != 0) return error;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

ActResult hear(int fd, const void* expected, std::size_t size) {
  if (const int error = wait_for(fd, POLLIN); error != 0) return refused(error, "no answer");
  char bytes[512];
  const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
  if (count < 0) return refused(errno, "no answer");
  if (static_cast<std::size_t>(count) < size || std::memcmp(bytes, expected, size) != 0)
    return refused(EPROTO, "somebody else answered");
  return succeeded("the other side answered");
}

std::size_t dns_question(const char* name, unsigned char* out, std::size_t size_max) {
  constexpr unsigned char header[] = {0xba, 0x11, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  constexpr unsigned char tail[] = {0, 0, 1, 0, 1};
  if (std::strlen(name) + sizeof header + sizeof tail + 1 > size_max) return 0;
  std::memcpy(out, header, sizeof header);
  std::size_t at = sizeof header;
  while (*name != '\0') {
    const std::size_t label = std::strcspn(name, ".");
    if (label == 0 || label > 63) return 0;
    out[at++] = static_cast<unsigned char>(label);
    std::memcpy(out + at, name, label);
    at += label;
    name += label;
    if (*name == '.') ++name;
  }
  std::memcpy(out + at, tail, sizeof tail);
  return at + sizeof tail;
}

}  // namespace bailey::verify
