#include "gateway/http2_stream.h"

#include <nghttp2/nghttp2.h>

#include <utility>
#include <vector>

#include "gateway/http2_callbacks.h"

namespace bailey::gateway {
namespace {

// Names as HTTP/2 wants them; Host becomes :authority, and connections are not for fields to speak of (RFC 9113
// §8.2.2).
void append_fields(HttpFields& block, const HttpFields& fields) {
  for (const auto& field : fields)
    if (!is_named(field, "host") && !is_named(field, "connection") && !is_named(field, "upgrade"))
      block.push_back({to_lower_ascii(field.name), field.value});
}

}  // namespace

void Http2Stream::submit(HttpFields block, BodyFollows follows) {
  auto* const raw = session.session_.get();
  std::vector<nghttp2_nv> entries;
  entries.reserve(block.size());
  for (auto& field : block)
    entries.push_back({reinterpret_cast<std::uint8_t*>(field.name.data()),
                       reinterpret_cast<std::uint8_t*>(field.value.data()), field.name.size(), field.value.size(),
                       NGHTTP2_NV_FLAG_NONE});
  nghttp2_data_provider provider{.source = {.ptr = this}, .read_callback = read_http2_body};
  has_provider = follows == BodyFollows::yes;
  is_out_complete = !has_provider;
  const nghttp2_data_provider* const body = has_provider ? &provider : nullptr;
  if (id >= 0) {
    nghttp2_submit_response(raw, id, entries.data(), entries.size(), body);
  } else {
    id = nghttp2_submit_request(raw, nullptr, entries.data(), entries.size(), body, nullptr);
    auto& unsent = session.unsent_;
    for (auto at = unsent.begin(); at != unsent.end(); ++at) {
      if (at->get() != this) continue;
      if (id >= 0) session.streams_[id] = std::move(*at);
      else session.gone_.push_back(std::move(*at));
      unsent.erase(at);
      break;
    }
    if (id < 0)
      session.loop_.defer([&owner = session, alive = session.alive_, code = id] {
        if (*alive) owner.lose(Error{"speak HTTP/2", nghttp2_strerror(code)});
      });
  }
  session.flush_soon();
}

void Http2Stream::send_request(const RequestHead& head, BodyFollows follows) {
  HttpFields block = {
      {":method", head.method}, {":scheme", head.scheme}, {":authority", head.authority}, {":path", head.path}};
  append_fields(block, head.fields);
  submit(std::move(block), follows);
}

void Http2Stream::send_response(const ResponseHead& head, BodyFollows follows) {
  HttpFields block = {{":status", std::to_string(head.status)}};
  append_fields(block, head.fields);
  if (head.status >= 200) return submit(std::move(block), follows);
  std::vector<nghttp2_nv> entries;
  for (auto& field : block)
    entries.push_back({reinterpret_cast<std::uint8_t*>(field.name.data()),
                       reinterpret_cast<std::uint8_t*>(field.value.data()), field.name.size(), field.value.size(),
                       NGHTTP2_NV_FLAG_NONE});
  nghttp2_submit_headers(session.session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, entries.data(), entries.size(),
                         nullptr);
  session.flush_soon();
}

void Http2Stream::send_body(std::string_view bytes) {
  if (!has_provider || is_out_ended) return;
  out.append(bytes);
  if (room_bytes() == 0) owes_room = true;
  if (std::exchange(is_deferred, false)) nghttp2_session_resume_data(session.session_.get(), id);
  session.flush_soon();
}

void Http2Stream::send_end(const HttpFields& with) {
  if (!has_provider || is_out_ended) return;
  is_out_ended = true;
  for (const auto& field : with) out_trailers.push_back({to_lower_ascii(field.name), field.value});
  if (std::exchange(is_deferred, false)) nghttp2_session_resume_data(session.session_.get(), id);
  session.flush_soon();
}

std::size_t Http2Stream::room_bytes() const {
  return stream_queue_bytes_max - std::min(stream_queue_bytes_max, out.size() - out_start);
}

void Http2Stream::receive_body(std::string_view bytes) {
  if (receiver_ == nullptr || is_paused || !waiting.empty()) {
    if (receiver_ != nullptr) {
      waiting += bytes;
      return;
    }
    nghttp2_session_consume(session.session_.get(), id, bytes.size());
    // The response is whole: the client needn't send the rest of its request (RFC 9113 §8.1).
    if (is_out_complete) nghttp2_submit_rst_stream(session.session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    return;
  }
  receiver_->on_body(*this, bytes);
  nghttp2_session_consume(session.session_.get(), id, bytes.size());
}

void Http2Stream::receive_end(HttpFields with) {
  has_end = true;
  trailers = std::move(with);
  deliver();
}

// What waits, then the end; stops when the receiver pauses again.
void Http2Stream::deliver() {
  if (receiver_ == nullptr) return;
  if (!is_paused && !waiting.empty()) {
    const std::string bytes = std::exchange(waiting, {});
    receiver_->on_body(*this, bytes);
    nghttp2_session_consume(session.session_.get(), id, bytes.size());
    session.flush_soon();
  }
  if (receiver_ == nullptr || !has_end || told_end || !waiting.empty()) return;
  told_end = true;
  receiver_->on_end(*this, std::move(trailers));
}

void Http2Stream::resume_body() {
  if (!std::exchange(is_paused, false)) return;
  session.loop_.defer([&owner = session, alive = session.alive_, stream = id] {
    if (!*alive) return;
    if (auto* const found = owner.find(stream)) found->deliver();
  });
}

void Http2Stream::release() {
  set_receiver(nullptr);
  auto* const raw = session.session_.get();
  if (id < 0) return session.forget(*this);
  if (!waiting.empty()) nghttp2_session_consume(raw, id, std::exchange(waiting, {}).size());
  const bool is_on_wire = nghttp2_session_find_stream(raw, id) != nullptr;
  // Queued data of a whole response leaves by itself; nghttp2 tells when the stream is over.
  const bool is_out_whole = is_out_complete || is_out_ended;
  if (is_on_wire && is_out_whole && has_end) return;
  if (!is_on_wire) return session.forget(*this);
  if (is_out_whole && !has_end && session.role_ == Http2Session::Role::server) {
    is_paused = false;
    return;
  }
  nghttp2_submit_rst_stream(raw, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  session.flush_soon();
}

}  // namespace bailey::gateway
