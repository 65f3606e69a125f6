#include "gateway/dns_server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bailey::gateway {
namespace {

Status make_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno("make a DNS socket non-blocking");
  return {};
}

// accept(2): these say something about the connection that was lost, not about the listener.
bool is_about_one_connection(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM;
}

}  // namespace

Result<std::unique_ptr<DnsServer>> DnsServer::open(event::Loop& loop, DnsSockets sockets, DecideName decide,
                                                   NameTable& names, Observer& observer, ForbidName forbid) {
  std::unique_ptr<DnsServer> server(new DnsServer(loop, std::move(decide), names, observer, std::move(forbid)));
  for (Fd& fd : sockets.udp) TRY_STATUS(server->serve_datagrams(std::move(fd)));
  for (Fd& fd : sockets.tcp) TRY_STATUS(server->listen(std::move(fd)));
  server->summaries_ = loop.every(log_summary_period, [self = server.get()] { self->responder_.log().summarise(); });
  return server;
}

Status DnsServer::serve_datagrams(Fd fd) {
  TRY_STATUS(make_non_blocking(fd.get()));
  Socket& socket = sockets_.emplace_back(Socket{.fd = std::move(fd), .watch = {}, .rest = {}});
  socket.watch = TRY(loop_.watch(socket.fd.get(), event::Interest::read,
                                 [this, number = socket.fd.get()](event::Ready) { answer_datagrams(number); }));
  return {};
}

Status DnsServer::listen(Fd fd) {
  TRY_STATUS(make_non_blocking(fd.get()));
  Socket& socket = sockets_.emplace_back(Socket{.fd = std::move(fd), .watch = {}, .rest = {}});
  socket.watch =
      TRY(loop_.watch(socket.fd.get(), event::Interest::read, [this, &socket](event::Ready) { accept(socket); }));
  return {};
}

void DnsServer::answer_datagrams(int socket) {
  std::array<char, dns_query_bytes_max> buffer;
  for (std::size_t i = 0; i < dns_datagrams_per_round_max; ++i) {
    sockaddr_storage peer{};
    socklen_t peer_bytes = sizeof peer;
    const ssize_t count =
        ::recvfrom(socket, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&peer), &peer_bytes);
    // An error other than "nothing there" is an ICMP message about an earlier answer: it is used up by this.
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) continue;
    // A longer datagram was cut off by the buffer, and is answered as what ends too early.
    const std::string answer =
        responder_.respond({buffer.data(), static_cast<std::size_t>(count)}, Carrier::udp, loop_.clock().steady_now());
    if (!answer.empty())
      (void)::sendto(socket, answer.data(), answer.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&peer),
                     peer_bytes);
  }
}

void DnsServer::accept(Socket& listener) {
  for (std::size_t i = 0; i < dns_accepts_per_round_max; ++i) {
    Fd socket(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      adopt(std::move(socket));
      continue;
    }
    if (errno == EAGAIN) return;
    if (is_about_one_connection(errno)) continue;
    (void)listener.watch.set_interest(event::Interest::none);
    listener.rest =
        loop_.after(dns_accept_pause, [&listener] { (void)listener.watch.set_interest(event::Interest::read); });
    return;
  }
}

void DnsServer::adopt(Fd socket) {
  if (connections_.size() >= dns_connections_max)
    (*std::min_element(connections_.begin(), connections_.end(), [](const auto& a, const auto& b) {
      return a->last_used() < b->last_used();
    }))->close();
  const auto place = connections_.emplace(connections_.end());
  auto connection = DnsConnection::open(loop_, std::move(socket), responder_, [this, place] { remove(place); });
  if (connection) *place = std::move(*connection);
  else connections_.erase(place);
}

void DnsServer::remove(Connections::iterator connection) {
  loop_.dispose(std::move(*connection));
  connections_.erase(connection);
}

}  // namespace bailey::gateway
