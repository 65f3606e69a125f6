#include "stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace bench {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10;

}  // namespace

void die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::_Exit(1);
}

Stream::~Stream() {
  if (tls_ != nullptr) {
    SSL_shutdown(tls_);
    SSL_free(tls_);
  }
  ::close(socket_);
}

void Stream::start_tls_client(SSL_CTX* context, const std::string& host) {
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, socket_);
  SSL_set_tlsext_host_name(tls_, host.c_str());
  if (SSL_connect(tls_) != 1) die("TLS handshake with the server");
}

void Stream::start_tls_server(SSL_CTX* context) {
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, socket_);
  // A client that goes away is the client's business.
  if (SSL_accept(tls_) != 1) ::shutdown(socket_, SHUT_RDWR);
}

void Stream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // reading finds out
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Stream::receive(char* buffer, std::size_t bytes_max) {
  if (!ahead_.empty()) {
    const std::size_t bytes = std::min(bytes_max, ahead_.size());
    std::memcpy(buffer, ahead_.data(), bytes);
    ahead_.erase(0, bytes);
    return bytes;
  }
  const auto count =
      tls_ != nullptr ? SSL_read(tls_, buffer, static_cast<int>(bytes_max)) : ::recv(socket_, buffer, bytes_max, 0);
  return count <= 0 ? 0 : static_cast<std::size_t>(count);
}

std::string Stream::receive_until(std::string_view end) {
  std::string text;
  char buffer[4096];
  while (true) {
    const std::size_t count = receive(buffer, sizeof buffer);
    if (count == 0) return {};
    text.append(buffer, count);
    if (const auto at = text.find(end); at != std::string::npos) {
      ahead_.insert(0, text.substr(at + end.size()));
      text.resize(at + end.size());
      return text;
    }
  }
}

void Stream::skip(std::uint64_t bytes) {
  static thread_local std::vector<char> buffer(buffer_bytes);
  while (bytes > 0) {
    const std::size_t count =
        receive(buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer.size())));
    if (count == 0) die("the connection ended before the answer did");
    bytes -= count;
  }
}

int connect_to(const std::string& address, std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &target.sin_addr) != 1) die("address " + address);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&target), sizeof target) != 0) die("connect to " + address);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

}  // namespace bench
