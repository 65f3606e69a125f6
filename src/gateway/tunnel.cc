#include "gateway/tunnel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bailey::gateway {
namespace {

// Less than this from a source: it was probably all there was, and asking again would only cost a call.
constexpr std::size_t probably_all_bytes = std::size_t{16} << 10;

bool would_block(int error) { return error == EAGAIN || error == EINTR; }

Status prepare(int socket) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno("prepare a connection");
  const int on = 1;
  // Not TCP (a test's socket pair): nothing to delay there.
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {};
}

void reset_on_close(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

std::string_view to_reason(TunnelEnd end) {
  switch (end) {
    case TunnelEnd::finished:
      return "";
    case TunnelEnd::reset:
      return "the connection was reset";
    case TunnelEnd::idle:
      return "nothing was sent for longer than the idle limit";
    case TunnelEnd::upload_limit:
      return "the session has uploaded as much as its limit allows";
    case TunnelEnd::cut:
      return "the network policy has changed and does not allow this connection any more";
    case TunnelEnd::session_over:
      return "the session has ended";
  }
  return "";
}

Result<std::unique_ptr<Tunnel>> Tunnel::open(const Shared& shared, Ends ends, std::chrono::nanoseconds idle_max,
                                             std::function<void(TunnelEnd)> on_end) {
  TRY_STATUS(prepare(ends.client.get()));
  TRY_STATUS(prepare(ends.upstream.get()));
  (void)::setsockopt(ends.client.get(), SOL_SOCKET, SO_SNDBUF, &client_queue_bytes, sizeof client_queue_bytes);
  std::unique_ptr<Tunnel> tunnel(new Tunnel(shared, std::move(ends), idle_max, std::move(on_end)));
  Tunnel* const self = tunnel.get();
  self->client_watch_ = TRY(shared.loop.watch(self->client_.get(), event::Interest::read,
                                              [self](event::Ready ready) { self->on_ready(self->up_, ready); }));
  self->upstream_watch_ = TRY(shared.loop.watch(self->upstream_.get(), event::Interest::read,
                                                [self](event::Ready ready) { self->on_ready(self->down_, ready); }));
  // Sent as soon as the loop says that there is room.
  self->up_.to_is_full = !self->up_.head.empty();
  self->down_.to_is_full = !self->down_.head.empty();
  self->update_interest();
  self->check_idle();
  return tunnel;
}

Tunnel::Tunnel(const Shared& shared, Ends ends, std::chrono::nanoseconds idle_max,
               std::function<void(TunnelEnd)> on_end)
    : shared_(shared),
      client_(std::move(ends.client)),
      upstream_(std::move(ends.upstream)),
      idle_max_(idle_max),
      last_activity_(shared.loop.clock().steady_now()),
      on_end_(std::move(on_end)) {
  up_.from = down_.to = client_.get();
  up_.to = down_.from = upstream_.get();
  up_.head = std::move(ends.first_bytes);
  up_.bytes = up_.head.size();
  down_.head = std::move(ends.early_bytes);
  down_.bytes = down_.head.size();
  shared_.uploads.used_bytes += up_.head.size();
}

Tunnel::~Tunnel() {
  drop_buffer(up_);
  drop_buffer(down_);
}

// `direction` is the one that begins at the socket that is ready; the other one ends there.
void Tunnel::on_ready(Direction& direction, event::Ready ready) {
  Direction& other = &direction == &up_ ? down_ : up_;
  if (ready.readable)
    if (const auto end = carry(direction)) return finish(*end);
  if (ready.writable)
    if (const auto end = carry(other)) return finish(*end);
  if (up_.to_closed && down_.to_closed) return finish(TunnelEnd::finished);
  update_interest();
}

std::optional<TunnelEnd> Tunnel::carry(Direction& direction) {
  direction.to_is_full = false;
  direction.is_throttled = false;
  const std::uint64_t turn_end = direction.bytes + tunnel_turn_bytes_max;
  Step step = Step::again;
  while (step == Step::again && direction.bytes < turn_end) step = advance(direction);
  if (step == Step::broken) {
    // Sending to a side that has already said its last word: it has simply gone.
    const Direction& other = &direction == &up_ ? down_ : up_;
    return other.from_ended && other.to_closed ? TunnelEnd::finished : TunnelEnd::reset;
  }
  if (step == Step::over_limit) return TunnelEnd::upload_limit;
  return std::nullopt;
}

Tunnel::Step Tunnel::advance(Direction& direction) {
  if (!direction.head.empty()) return send_head(direction);
  if (direction.begin < direction.end) return drain(direction);
  if (direction.from_ended) return close_to(direction);
  const Allowance allowance = allowed(direction);
  if (allowance.step != Step::again) return allowance.step;
  if (!direction.buffer) direction.buffer = shared_.buffers.take();
  return direction.buffer ? fill(direction, allowance.bytes) : peek_and_send(direction, allowance.bytes);
}

Tunnel::Allowance Tunnel::allowed(Direction& direction) {
  const std::size_t room = shared_.bandwidth.room_bytes(shared_.loop.clock().steady_now());
  if (room == 0) {
    direction.is_throttled = true;
    if (!throttle_timer_) throttle_timer_ = shared_.loop.after(shared_.bandwidth.wait(), [this] { on_tokens(); });
    return {Step::wait, 0};
  }
  std::size_t bytes = std::min(room, buffer_bytes);
  if (&direction != &up_) return {Step::again, bytes};
  const std::uint64_t left = shared_.uploads.left_bytes();
  if (left > 0) return {Step::again, static_cast<std::size_t>(std::min<std::uint64_t>(bytes, left))};
  // Only one more byte is over the limit; the end of what was sent is not.
  char byte = 0;
  const ssize_t count = ::recv(direction.from, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) return {Step::over_limit, 0};
  return {Step::again, 1};
}

void Tunnel::on_tokens() {
  throttle_timer_.reset();
  for (Direction* const direction : {&up_, &down_})
    if (direction->is_throttled)
      if (const auto end = carry(*direction)) return finish(*end);
  if (up_.to_closed && down_.to_closed) return finish(TunnelEnd::finished);
  update_interest();
}

Tunnel::Step Tunnel::send_head(Direction& direction) {
  const ssize_t count = ::send(direction.to, direction.head.data(), direction.head.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0) return blocked_or_broken(direction);
  direction.head.erase(0, static_cast<std::size_t>(count));
  if (direction.head.empty()) direction.head.shrink_to_fit();
  return Step::again;
}

Tunnel::Step Tunnel::fill(Direction& direction, std::size_t bytes_max) {
  const ssize_t count = ::recv(direction.from, direction.buffer.get(), bytes_max, MSG_DONTWAIT);
  if (count <= 0) return ended_or_waiting(direction, count, errno);
  direction.begin = 0;
  direction.end = static_cast<std::size_t>(count);
  count_bytes(direction, direction.end);
  return Step::again;
}

Tunnel::Step Tunnel::drain(Direction& direction) {
  const ssize_t count = ::send(direction.to, direction.buffer.get() + direction.begin, direction.end - direction.begin,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0) return blocked_or_broken(direction);
  direction.begin += static_cast<std::size_t>(count);
  if (direction.begin < direction.end) return Step::again;
  return direction.end < probably_all_bytes ? Step::wait : Step::again;
}

Tunnel::Step Tunnel::peek_and_send(Direction& direction, std::size_t bytes_max) {
  std::array<char, tunnel_peek_bytes_max> buffer;
  const ssize_t there =
      ::recv(direction.from, buffer.data(), std::min(bytes_max, buffer.size()), MSG_PEEK | MSG_DONTWAIT);
  if (there <= 0) return ended_or_waiting(direction, there, errno);
  const ssize_t sent =
      ::send(direction.to, buffer.data(), static_cast<std::size_t>(there), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return blocked_or_broken(direction);
  (void)::recv(direction.from, buffer.data(), static_cast<std::size_t>(sent), MSG_DONTWAIT);
  count_bytes(direction, static_cast<std::size_t>(sent));
  return Step::again;
}

Tunnel::Step Tunnel::ended_or_waiting(Direction& direction, ssize_t count, int error) {
  if (count == 0) {
    direction.from_ended = true;
    return Step::again;
  }
  return would_block(error) ? Step::wait : Step::broken;
}

Tunnel::Step Tunnel::blocked_or_broken(Direction& direction) {
  if (!would_block(errno)) return Step::broken;
  direction.to_is_full = true;
  return Step::wait;
}

Tunnel::Step Tunnel::close_to(Direction& direction) {
  drop_buffer(direction);
  if (!std::exchange(direction.to_closed, true)) (void)::shutdown(direction.to, SHUT_WR);
  return Step::wait;
}

void Tunnel::count_bytes(Direction& direction, std::size_t bytes) {
  direction.bytes += bytes;
  if (&direction == &up_) shared_.uploads.used_bytes += bytes;
  shared_.bandwidth.take(bytes);
  last_activity_ = shared_.loop.clock().steady_now();
}

void Tunnel::drop_buffer(Direction& direction) {
  if (direction.buffer) shared_.buffers.give_back(std::move(direction.buffer));
  direction.begin = direction.end = 0;
}

void Tunnel::update_interest() {
  const auto wanted = [](const Direction& begins_here, const Direction& ends_here) {
    unsigned interest = 0;
    const bool has_room = begins_here.begin == begins_here.end && begins_here.head.empty() && !begins_here.to_is_full;
    if (has_room && !begins_here.from_ended && !begins_here.is_throttled)
      interest |= static_cast<unsigned>(event::Interest::read);
    if (ends_here.to_is_full || ends_here.begin < ends_here.end || (ends_here.from_ended && !ends_here.to_closed))
      interest |= static_cast<unsigned>(event::Interest::write);
    return static_cast<event::Interest>(interest);
  };
  // Between two turns a direction that waits for its source holds no buffer.
  for (Direction* const direction : {&up_, &down_})
    if (direction->begin == direction->end) drop_buffer(*direction);
  (void)client_watch_.set_interest(wanted(up_, down_));
  (void)upstream_watch_.set_interest(wanted(down_, up_));
}

void Tunnel::check_idle() {
  const auto quiet = shared_.loop.clock().steady_now() - last_activity_;
  if (quiet >= idle_max_) return finish(TunnelEnd::idle);
  idle_timer_ = shared_.loop.after(idle_max_ - quiet, [this] { check_idle(); });
}

void Tunnel::finish(TunnelEnd end) {
  client_watch_.reset();
  upstream_watch_.reset();
  idle_timer_.reset();
  throttle_timer_.reset();
  drop_buffer(up_);
  drop_buffer(down_);
  if (end != TunnelEnd::finished) {
    reset_on_close(client_.get());
    reset_on_close(upstream_.get());
  }
  client_.reset();
  upstream_.reset();
  if (const auto on_end = std::exchange(on_end_, nullptr)) on_end(end);
}

}  // namespace bailey::gateway
