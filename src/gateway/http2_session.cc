#include "gateway/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "gateway/http2_callbacks.h"
#include "gateway/http2_stream.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t batch_bytes = std::size_t{32} << 10;
constexpr std::size_t settings_entries_max = 32;
constexpr std::size_t unanswered_acks_max = 256;

std::unexpected<Error> refused(int code) { return fail("speak HTTP/2", nghttp2_strerror(code)); }

struct OptionRelease {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

}  // namespace

void Http2Session::Release::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

Http2Session::Http2Session(event::Loop& loop, std::unique_ptr<Transport> transport, Role role)
    : loop_(loop), transport_(std::move(transport)), role_(role) {}

Http2Session::~Http2Session() { *alive_ = false; }

Result<std::unique_ptr<Http2Session>> Http2Session::serve(event::Loop& loop, std::unique_ptr<Transport> transport,
                                                          ServerSessionEvents events) {
  std::unique_ptr<Http2Session> made(new Http2Session(loop, std::move(transport), Role::server));
  made->server_events_ = std::move(events);
  TRY_STATUS(made->begin());
  return made;
}

Result<std::unique_ptr<Http2Session>> Http2Session::connect(event::Loop& loop, std::unique_ptr<Transport> transport,
                                                            ClientEvents events) {
  std::unique_ptr<Http2Session> made(new Http2Session(loop, std::move(transport), Role::client));
  made->client_events_ = std::move(events);
  TRY_STATUS(made->begin());
  return made;
}

Status Http2Session::begin() {
  nghttp2_option* raw_option = nullptr;
  if (const int code = nghttp2_option_new(&raw_option); code != 0) return refused(code);
  const std::unique_ptr<nghttp2_option, OptionRelease> option(raw_option);
  nghttp2_option_set_no_auto_window_update(raw_option, 1);
  nghttp2_option_set_max_settings(raw_option, settings_entries_max);
  nghttp2_option_set_max_outbound_ack(raw_option, unanswered_acks_max);
  nghttp2_option_set_no_closed_streams(raw_option, 1);
  nghttp2_session* raw = nullptr;
  const auto make = role_ == Role::server ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
  if (const int code = make(&raw, http2_callbacks(), this, raw_option); code != 0) return refused(code);
  session_.reset(raw);
  const bool is_server = role_ == Role::server;
  std::vector<nghttp2_settings_entry> settings = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, is_server ? h2_streams_max : 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, h2_header_list_bytes_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
       static_cast<std::uint32_t>(is_server ? h2_server_stream_window_bytes : h2_client_stream_window_bytes)}};
  if (!is_server) settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  if (const int code = nghttp2_submit_settings(raw, NGHTTP2_FLAG_NONE, settings.data(), settings.size()); code != 0)
    return refused(code);
  const std::int32_t window = is_server ? h2_server_window_bytes : h2_client_window_bytes;
  if (const int code = nghttp2_session_set_local_window_size(raw, NGHTTP2_FLAG_NONE, 0, window); code != 0)
    return refused(code);
  transport_->set_handlers({.on_data = [this](std::string_view bytes) { on_data(bytes); },
                            .on_end = [this] { on_eof(); },
                            .on_error = [this](const Error& error) { lose(error); },
                            .on_drained = [this] { flush(); }});
  transport_->resume_reading();
  flush_soon();
  return {};
}

void Http2Session::on_data(std::string_view bytes) {
  if (is_closed_) return;
  ++depth_;
  const auto taken =
      nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  --depth_;
  gone_.clear();
  if (taken < 0) {
    const Error error{"read HTTP/2", nghttp2_strerror(static_cast<int>(taken)), {}};
    if (role_ == Role::server) server_events_.on_bad_request(error);
    // nghttp2 has a GOAWAY ready for what it calls a connection error; give it a chance to leave.
    if (taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) return lose(error);
    flush();
    return lose(error);
  }
  flush_soon();
}

void Http2Session::on_eof() { lose(Error{"read HTTP/2", "the other side closed the connection"}); }

void Http2Session::lose(const Error& error) {
  if (std::exchange(is_closed_, true)) return;
  transport_->pause_reading();
  std::vector<Http2Stream*> broken;
  for (const auto& [id, stream] : streams_) broken.push_back(stream.get());
  for (const auto& stream : unsent_) broken.push_back(stream.get());
  for (auto* const stream : broken) {
    auto* const receiver = stream->receiver();
    stream->set_receiver(nullptr);
    if (receiver != nullptr) receiver->on_broken(*stream, error);
  }
  be_closed();
}

void Http2Session::be_closed() {
  loop_.defer([this, alive = alive_] {
    if (!*alive) return;
    if (role_ == Role::server) server_events_.on_closed();
    else client_events_.on_closed();
  });
}

void Http2Session::close() {
  if (is_closed_) return;
  terminate(NGHTTP2_NO_ERROR);
  flush();
  lose(Error{"speak HTTP/2", "the gateway closed the connection"});
}

void Http2Session::terminate(std::uint32_t code) {
  is_going_away_ = true;
  nghttp2_session_terminate_session(session_.get(), code);
  flush_soon();
}

bool Http2Session::is_usable() const {
  return !is_closed_ && !is_going_away_ && nghttp2_session_check_request_allowed(session_.get()) != 0;
}

HttpStream& Http2Session::open_stream() {
  unsent_.push_back(std::make_unique<Http2Stream>(*this, -1));
  return *unsent_.back();
}

Http2Stream* Http2Session::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Session::forget(Http2Stream& stream) {
  if (const auto found = streams_.find(stream.id); found != streams_.end() && found->second.get() == &stream) {
    gone_.push_back(std::move(found->second));
    streams_.erase(found);
  } else {
    const auto is_it = [&](const auto& each) { return each.get() == &stream; };
    const auto at = std::find_if(unsent_.begin(), unsent_.end(), is_it);
    if (at == unsent_.end()) return;
    gone_.push_back(std::move(*at));
    unsent_.erase(at);
  }
  if (depth_ == 0) flush_soon();  // which clears it
}

void Http2Session::flush_soon() {
  if (std::exchange(is_flush_due_, true)) return;
  loop_.defer([this, alive = alive_] {
    if (!*alive) return;
    is_flush_due_ = false;
    flush();
  });
}

void Http2Session::flush() {
  if (is_closed_ || depth_ > 0) return;
  while (true) {
    if (!out_.empty()) {
      const std::size_t fits = std::min(transport_->room_bytes(), out_.size());
      if (fits > 0 && transport_->write(std::string_view(out_).substr(0, fits))) out_.erase(0, fits);
      if (!out_.empty()) {
        transport_->want_drained();
        break;
      }
    }
    produce();
    if (is_closed_ || out_.empty()) break;
  }
  gone_.clear();
  if (is_closed_) return;
  tell_about_room();
  if (out_.empty() && nghttp2_session_want_read(session_.get()) == 0 &&
      nghttp2_session_want_write(session_.get()) == 0) {
    transport_->finish_writing();
    lose(Error{"speak HTTP/2", "the connection has ended"});
  }
}

// Gathers frames so that they leave as few records.
void Http2Session::produce() {
  ++depth_;
  int code = 0;
  while (out_.size() < batch_bytes) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) code = static_cast<int>(size);
    if (size <= 0) break;
    out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  --depth_;
  if (code != 0) lose(Error{"write HTTP/2", nghttp2_strerror(code)});
}

void Http2Session::tell_about_room() {
  std::vector<std::int32_t> ids;
  for (const auto& [id, stream] : streams_)
    if (stream->owes_room && stream->room_bytes() >= stream_queue_bytes_max / 2) ids.push_back(id);
  for (const auto id : ids) {
    auto* const stream = find(id);
    if (stream == nullptr) continue;
    stream->owes_room = false;
    if (auto* const receiver = stream->receiver()) receiver->on_room(*stream);
  }
}

}  // namespace bailey::gateway
