#include "gateway/dns_connection.h"

#include <utility>

namespace bailey::gateway {
namespace {

constexpr std::size_t length_bytes = 2;
constexpr std::size_t answer_room_bytes = length_bytes + dns_answer_bytes_max;
static_assert(answer_room_bytes <= dns_connection_queue_bytes_max);

std::size_t length_in(std::string_view input) {
  return static_cast<std::size_t>(static_cast<std::uint8_t>(input[0])) << 8 | static_cast<std::uint8_t>(input[1]);
}

}  // namespace

Result<std::unique_ptr<DnsConnection>> DnsConnection::open(event::Loop& loop, Fd socket, DnsResponder& responder,
                                                           std::function<void()> on_closed) {
  std::unique_ptr<DnsConnection> connection(new DnsConnection(loop, responder, std::move(on_closed)));
  DnsConnection* self = connection.get();
  connection->stream_ = TRY(event::Stream::open(loop, std::move(socket), dns_connection_queue_bytes_max,
                                                {.on_data = [self](std::string_view bytes) { self->receive(bytes); },
                                                 .on_end =
                                                     [self] {
                                                       self->ended_ = true;
                                                       self->advance();
                                                     },
                                                 .on_error = [self](const Error&) { self->close(); },
                                                 .on_drained = [self] { self->advance(); }}));
  connection->use();
  return connection;
}

void DnsConnection::receive(std::string_view bytes) {
  input_ += bytes;
  advance();
}

void DnsConnection::advance() {
  if (closed_) return;
  for (std::size_t i = 0; i < dns_queries_per_round_max; ++i) {
    if (stream_->room_bytes() < answer_room_bytes) {
      stream_->pause_reading();
      return stream_->want_drained();
    }
    if (answer_next()) continue;
    if (closed_) return;
    // Half a message at the end is nobody's any more. Answers that still wait are sent first.
    if (!ended_) return stream_->resume_reading();
    return stream_->is_flushed() ? close() : stream_->want_drained();
  }
  stream_->pause_reading();
  next_round_ = loop_.after(std::chrono::nanoseconds(0), [this] { advance(); });
}

// False: there is no whole message, or the connection is closed.
bool DnsConnection::answer_next() {
  if (input_.size() < length_bytes) return false;
  const std::size_t length = length_in(input_);
  if (length > dns_query_bytes_max) {
    close();
    return false;
  }
  if (input_.size() < length_bytes + length) return false;
  const std::string answer = responder_.respond(std::string_view(input_).substr(length_bytes, length), Carrier::tcp,
                                                loop_.clock().steady_now());
  input_.erase(0, length_bytes + length);
  // What gets no answer is no query: there is nothing to talk about.
  if (answer.empty()) {
    close();
    return false;
  }
  std::string framed;
  framed += static_cast<char>(answer.size() >> 8);
  framed += static_cast<char>(answer.size());
  framed += answer;
  if (!stream_->write(framed)) {
    close();
    return false;
  }
  use();
  return true;
}

void DnsConnection::use() {
  last_used_ = loop_.clock().steady_now();
  idle_ = loop_.after(dns_idle_time_max, [this] { close(); });
}

void DnsConnection::close() {
  if (std::exchange(closed_, true)) return;
  stream_->pause_reading();
  on_closed_();
}

}  // namespace bailey::gateway
