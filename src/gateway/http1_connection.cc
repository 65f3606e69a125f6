#include "gateway/http1_connection.h"

#include <algorithm>
#include <utility>

namespace bailey::gateway {
namespace {

constexpr std::size_t flush_at_bytes = std::size_t{32} << 10;
constexpr std::size_t drained_bytes_max = std::size_t{1} << 20;

}  // namespace

Http1Connection::Http1Connection(event::Loop& loop, std::unique_ptr<Transport> transport)
    : loop_(loop), transport_(std::move(transport)) {}

void Http1Connection::start() {
  transport_->set_handlers({.on_data = [this](std::string_view bytes) { on_data(bytes); },
                            .on_end =
                                [this] {
                                  proceed();
                                  on_eof();
                                },
                            .on_error = [this](const Error& error) { on_lost(error); },
                            .on_drained = [this] { flush(); }});
  is_reading_ = true;
  transport_->resume_reading();
}

void Http1Connection::on_data(std::string_view bytes) {
  if (receive_ == Receive::closed) return;
  if (receive_ == Receive::draining) {
    drained_bytes_ += bytes.size();
    if (drained_bytes_ > drained_bytes_max) on_eof();
    return;
  }
  in_.append(bytes);
  proceed();
}

void Http1Connection::proceed() {
  if (std::exchange(is_proceeding_, true)) return;
  const auto alive = alive_;
  while (*alive && step()) {
  }
  if (!*alive) return;
  is_proceeding_ = false;
  if (in_start_ == in_.size()) in_.clear();
  else in_.erase(0, in_start_);
  in_start_ = 0;
  update_reading();
}

bool Http1Connection::step() {
  if (receive_ == Receive::head) return !input().empty() && read_head();
  if (is_body_paused_ || receiver_ == nullptr) return false;
  if (receive_ == Receive::body) return read_body();
  if (receive_ != Receive::raw || input().empty()) return false;
  const auto bytes = input();
  take_input(bytes.size());
  receiver_->on_body(*this, bytes);
  return true;
}

bool Http1Connection::read_body() {
  const auto available = input();
  if (receiving_.kind == BodyKind::chunked) {
    const auto piece = decoder_.next(available);
    if (!piece) {
      on_bad_body(piece.error());
      return false;
    }
    take_input(piece->bytes);
    if (!piece->data.empty()) receiver_->on_body(*this, piece->data);
    if (piece->is_end) end_message(decoder_.take_trailers());
    return piece->bytes > 0;
  }
  const bool is_counted = receiving_.kind == BodyKind::length;
  const auto bytes =
      is_counted
          ? available.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(receiving_.length, available.size())))
          : available;
  if (bytes.empty()) return false;
  take_input(bytes.size());
  if (is_counted) receiving_.length -= bytes.size();
  const auto alive = alive_;
  receiver_->on_body(*this, bytes);
  if (*alive && is_counted && receiving_.length == 0 && receive_ == Receive::body) end_message({});
  return true;
}

void Http1Connection::begin_body(Framing framing) {
  receiving_ = framing;
  decoder_ = ChunkedDecoder();
  receive_ = framing.kind == BodyKind::none ? Receive::waiting : Receive::body;
}

void Http1Connection::begin_raw() {
  receive_ = Receive::raw;
  send_ = Send::raw;
  loop_.defer([this, alive = alive_] {
    if (*alive) proceed();
  });
}

void Http1Connection::end_message(HttpFields trailers) {
  if (receive_ != Receive::body) return;  // the receiver let go of it meanwhile
  receive_ = Receive::waiting;
  const auto alive = alive_;
  if (receiver_ != nullptr) receiver_->on_end(*this, std::move(trailers));
  if (*alive) on_message_end();
}

// Reads on while what comes can be used, and while waiting so that the end of the connection is noticed.
void Http1Connection::update_reading() {
  const bool is_stuck = (receive_ == Receive::body || receive_ == Receive::raw) && is_body_paused_;
  const bool is_full = receive_ == Receive::waiting && !in_.empty();
  const bool wanted = receive_ == Receive::draining || (receive_ != Receive::closed && !is_stuck && !is_full);
  if (wanted == is_reading_) return;
  is_reading_ = wanted;
  if (wanted) transport_->resume_reading();
  else transport_->pause_reading();
}

void Http1Connection::pause_body() {
  is_body_paused_ = true;
  if (!is_proceeding_) update_reading();
}

void Http1Connection::resume_body() {
  if (!std::exchange(is_body_paused_, false)) return;
  loop_.defer([this, alive = alive_] {
    if (*alive) proceed();
  });
}

void Http1Connection::begin_sending(Framing framing) {
  sending_ = framing;
  send_ = framing.kind == BodyKind::none ? Send::done : Send::body;
}

void Http1Connection::send_body(std::string_view bytes) {
  if (bytes.empty() || send_ == Send::done || send_ == Send::head) return;
  if (send_ == Send::raw || sending_.kind != BodyKind::chunked) return put(bytes);
  std::string chunk;
  append_chunk(chunk, bytes);
  put(chunk);
}

void Http1Connection::send_end(const HttpFields& trailers) {
  if (send_ == Send::body && sending_.kind == BodyKind::chunked) {
    std::string last;
    append_last_chunk(last, trailers);
    put(last);
  }
  const bool is_raw = send_ == Send::raw;
  send_ = Send::done;
  if (is_raw) finish_sending_transport();
}

std::size_t Http1Connection::room_bytes() const {
  return stream_queue_bytes_max - std::min(out_.size(), stream_queue_bytes_max);
}

void Http1Connection::put(std::string_view bytes) {
  if (receive_ == Receive::closed) return;
  out_ += bytes;
  if (out_.size() >= flush_at_bytes) flush();
  if (out_.size() >= stream_queue_bytes_max) owes_room_ = true;
  if (out_.empty() || std::exchange(is_flush_due_, true)) return;
  loop_.defer([this, alive = alive_] {
    if (!*alive) return;
    is_flush_due_ = false;
    flush();
  });
}

void Http1Connection::flush() {
  if (receive_ == Receive::closed) return;
  const std::size_t fits = std::min(transport_->room_bytes(), out_.size());
  if (fits > 0 && transport_->write(std::string_view(out_).substr(0, fits))) out_.erase(0, fits);
  if (!out_.empty()) return transport_->want_drained();
  if (is_finishing_) transport_->finish_writing();
  if (std::exchange(owes_room_, false) && receiver_ != nullptr) receiver_->on_room(*this);
}

void Http1Connection::finish_sending_transport() {
  is_finishing_ = true;
  if (out_.empty()) transport_->finish_writing();
}

void Http1Connection::break_stream(const Error& error) {
  if (auto* const receiver = std::exchange(receiver_, nullptr)) receiver->on_broken(*this, error);
}

void Http1Connection::ignore_transport() {
  receive_ = Receive::closed;
  transport_->pause_reading();
  is_reading_ = false;
}

}  // namespace bailey::gateway
