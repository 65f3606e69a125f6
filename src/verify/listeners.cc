#include "verify/listeners.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <memory>

#include "os/socket.h"

namespace bailey::verify {
namespace {

constexpr int backlog = 16;
constexpr std::size_t datagram_bytes_max = 2048;

struct Bound {
  Fd fd;
  std::uint16_t port = 0;
};

Result<Bound> bind_inet(const char* host, int type) {
  Bound bound{Fd(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), 0};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, host, &address.sin_addr) != 1) return fail("listen on the host", "no such address");
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!bound.fd || ::bind(bound.fd.get(), generic, size) != 0 ||
      (type == SOCK_STREAM && ::listen(bound.fd.get(), backlog) != 0) ||
      ::getsockname(bound.fd.get(), generic, &size) != 0)
    return fail_errno("listen on the host");
  bound.port = ntohs(address.sin_port);
  return bound;
}

Result<Fd> listen_abstract(const std::string& name) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd.get(), backlog) != 0)
    return fail_errno("listen on an abstract socket");
  return fd;
}

std::string own_address() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(first, ::freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    if ((entry->ifa_flags & IFF_LOOPBACK) != 0 || (entry->ifa_flags & IFF_UP) == 0) continue;
    char text[INET_ADDRSTRLEN];
    const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    if (::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != nullptr) return text;
  }
  return {};
}

}  // namespace

Result<Listeners> Listeners::open(const Fixture& fixture) {
  Listeners result;
  result.token_ = "bailey-" + fixture.process_marker();
  result.abstract_ = "@" + result.token_;
  result.address_ = own_address();
  auto loopback = TRY(bind_inet("127.0.0.1", SOCK_STREAM));
  result.loopback_port_ = loopback.port;
  result.streams_.push_back(std::move(loopback.fd));
  if (!result.address_.empty()) {
    auto tcp = TRY(bind_inet(result.address_.c_str(), SOCK_STREAM));
    auto udp = TRY(bind_inet(result.address_.c_str(), SOCK_DGRAM));
    result.tcp_port_ = tcp.port;
    result.udp_port_ = udp.port;
    result.streams_.push_back(std::move(tcp.fd));
    result.datagrams_ = std::move(udp.fd);
  }
  result.streams_.push_back(TRY(listen_abstract(result.token_)));
  for (const auto name : {fixture_path::control_socket, fixture_path::engine_socket})
    result.streams_.push_back(TRY(os::listen_unix(fixture.path(name), os::SocketKind::stream)));
  return result;
}

void Listeners::add_to(std::vector<pollfd>& polled) const {
  for (const auto& stream : streams_) polled.push_back({stream.get(), POLLIN, 0});
  if (datagrams_) polled.push_back({datagrams_.get(), POLLIN, 0});
}

void Listeners::serve(const pollfd& ready) {
  if ((ready.revents & POLLIN) == 0) return;
  if (ready.fd == datagrams_.get()) {
    // An echo: it holds the token, and a DNS question's number.
    char bytes[datagram_bytes_max];
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* generic = reinterpret_cast<sockaddr*>(&peer);
    const ssize_t count = ::recvfrom(ready.fd, bytes, sizeof bytes, MSG_DONTWAIT, generic, &size);
    if (count > 0) (void)::sendto(ready.fd, bytes, static_cast<std::size_t>(count), MSG_DONTWAIT, generic, size);
    return;
  }
  for (const auto& stream : streams_) {
    if (stream.get() != ready.fd) continue;
    Fd client(::accept4(ready.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    (void)::send(client.get(), token_.data(), token_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    clients_.push_back(std::move(client));  // open until the trial ends: whoever came in may still want to send
    return;
  }
}

}  // namespace bailey::verify
