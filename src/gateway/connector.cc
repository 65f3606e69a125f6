#include "gateway/connector.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "gateway/http1_head.h"
#include "gateway/upstream_address.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t proxy_answer_bytes_max = std::size_t{16} << 10;

std::string target_of(const Authority& authority) { return authority.host + ':' + std::to_string(authority.port); }

Result<Fd> begin_connect(const IpAddress& address, std::uint16_t port) {
  Fd socket(::socket(address.is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("open a socket");
  const int on = 1;
  (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const SocketAddress target = to_socket_address(address, port);
  if (::connect(socket.get(), target.get(), target.size) != 0 && errno != EINPROGRESS)
    return fail_errno("connect to " + to_string(address));
  return socket;
}

}  // namespace

Connecting::Connecting(event::Loop& loop, Resolver& resolver, const HostProxy* proxy, Authority authority,
                       Verdict verdict, Connected on_connected)
    : loop_(loop),
      resolver_(resolver),
      proxy_(proxy),
      authority_(std::move(authority)),
      verdict_(std::move(verdict)),
      on_connected_(std::move(on_connected)),
      ticket_(std::make_shared<Resolved>([this](Result<std::vector<IpAddress>> r) { on_addresses(std::move(r)); })),
      last_error_(fail("connect to " + target_of(authority_), "no address answered in time").error()) {
  start_timer_ = loop_.after(std::chrono::nanoseconds(0), [this] { start(); });
  deadline_ = loop_.after(connect_seconds_max, [this] { finish(std::unexpected(last_error_)); });
}

void Connecting::start() {
  const std::string& host = proxy_ == nullptr ? authority_.host : proxy_->host;
  if (authority_.is_literal) {
    // Judged even when the proxy would connect: to it, a private address may mean something as well.
    const auto address = parse_address(authority_.host);
    if (!address) return failed(fail("connect to " + authority_.host, "not an address").error());
    if (const auto why = why_not(*address, authority_, verdict_)) return failed(not_allowed(*why));
  }
  if (const auto address = parse_address(host)) return on_addresses(std::vector{*address});
  resolver_.resolve(host, ticket_);
}

void Connecting::on_addresses(Result<std::vector<IpAddress>> resolved) {
  if (!resolved) return failed(std::move(resolved).error());
  std::string why;
  for (const auto& address : in_order_of_trial(*resolved)) {
    const auto refused = proxy_ == nullptr ? why_not(address, authority_, verdict_) : std::nullopt;
    if (refused) why = *refused;
    else if (addresses_.size() < addresses_tried_max) addresses_.push_back(address);
  }
  if (addresses_.empty()) {
    return failed(not_allowed(why));
  }
  try_next();
}

void Connecting::try_next() {
  next_timer_.reset();
  while (next_ < addresses_.size()) {
    auto socket = begin_connect(addresses_[next_++], proxy_ == nullptr ? authority_.port : proxy_->port);
    if (!socket) {
      last_error_ = std::move(socket).error();
      continue;
    }
    const auto trial = trials_.insert(trials_.end(), {std::move(*socket), {}});
    auto watch =
        loop_.watch(trial->socket.get(), event::Interest::write, [this, trial](event::Ready) { on_answer(trial); });
    if (!watch) return failed(std::move(watch).error());
    trial->watch = std::move(*watch);
    if (next_ < addresses_.size()) next_timer_ = loop_.after(next_address_after, [this] { try_next(); });
    return;
  }
  if (trials_.empty()) failed(last_error_);
}

void Connecting::on_answer(std::list<Trial>::iterator trial) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(trial->socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  Fd socket = std::move(trial->socket);
  trial->watch.reset();
  trials_.erase(trial);
  if (error != 0) {
    last_error_ = fail_errno(error, "connect to " + target_of(authority_)).error();
    return try_next();
  }
  if (auto status = check_peer(socket.get()); !status) return failed(std::move(status).error());
  trials_.clear();
  next_timer_.reset();
  if (proxy_ != nullptr) return ask_proxy(std::move(socket));
  finish(Upstream{std::move(socket), {}});
}

// Whom we are connected to is what counts, not whom we meant.
Status Connecting::check_peer(int socket) const {
  if (proxy_ != nullptr) return {};
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&bytes), &size) != 0)
    return fail_errno("connect to " + target_of(authority_));
  const auto peer = from_socket_address(bytes);
  const auto why = peer ? why_not(peer->address, authority_, verdict_)
                        : std::optional<std::string>("its peer has no internet address");
  if (!why) return {};
  return std::unexpected(not_allowed(*why));
}

void Connecting::ask_proxy(Fd socket) {
  proxy_socket_ = std::move(socket);
  const std::string request = connect_request(*proxy_, authority_);
  const ssize_t sent = ::send(proxy_socket_.get(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(request.size())) return failed(fail_errno("ask the host's proxy").error());
  auto watch = loop_.watch(proxy_socket_.get(), event::Interest::read, [this](event::Ready) { on_proxy_readable(); });
  if (!watch) return failed(std::move(watch).error());
  proxy_watch_ = std::move(*watch);
}

void Connecting::on_proxy_readable() {
  char buffer[4096];
  const ssize_t count = ::recv(proxy_socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return failed(fail("ask the host's proxy", "it closed the connection").error());
  proxy_answer_.append(buffer, static_cast<std::size_t>(count));
  auto parsed = parse_response_head(proxy_answer_);
  if (!parsed) return failed(std::move(parsed).error().within("the answer of the host's proxy"));
  if (!*parsed) {
    if (proxy_answer_.size() > proxy_answer_bytes_max) failed(fail("ask the host's proxy", "endless answer").error());
    return;
  }
  const int status = (*parsed)->head.status;
  if (status < 200 || status > 299)
    return failed(fail("connect to " + target_of(authority_) + " through the host's proxy",
                       "it answered with status " + std::to_string(status))
                      .error());
  proxy_watch_.reset();
  finish(Upstream{std::move(proxy_socket_), proxy_answer_.substr((*parsed)->bytes)});
}

Error Connecting::not_allowed(std::string why) const {
  return {.what = "connect to " + target_of(authority_), .why = std::move(why), .remedy = {}, .code = EACCES};
}

void Connecting::failed(Error error) { finish(std::unexpected(std::move(error))); }

void Connecting::finish(Result<Upstream> result) {
  ticket_.reset();
  trials_.clear();
  start_timer_.reset();
  next_timer_.reset();
  deadline_.reset();
  proxy_watch_.reset();
  if (const auto on_connected = std::exchange(on_connected_, nullptr)) on_connected(std::move(result));
}

}  // namespace bailey::gateway
