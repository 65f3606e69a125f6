#include "gateway/http2_callbacks.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "gateway/http2_stream.h"

namespace bailey::gateway {

struct Http2Callbacks {
  static Http2Session& of(void* user_data) { return *static_cast<Http2Session*>(user_data); }
  static bool is_server(const Http2Session& session) { return session.role_ == Http2Session::Role::server; }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (is_server(self) && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      self.streams_[frame->hd.stream_id] = std::make_unique<Http2Stream>(self, frame->hd.stream_id);
      return 0;
    }
    if (auto* const stream = self.find(frame->hd.stream_id)) {
      stream->fields.clear();
      stream->header_bytes = 0;
    }
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name_bytes,
                       std::size_t name_size, const std::uint8_t* value_bytes, std::size_t value_size, std::uint8_t,
                       void* user_data) {
    auto* const stream = of(user_data).find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const std::string_view name(reinterpret_cast<const char*>(name_bytes), name_size);
    const std::string_view value(reinterpret_cast<const char*>(value_bytes), value_size);
    constexpr std::size_t entry_overhead_bytes = 32;  // RFC 9113 §6.5.2
    stream->header_bytes += name.size() + value.size() + entry_overhead_bytes;
    const bool is_too_much =
        stream->header_bytes > h2_header_list_bytes_max || stream->fields.size() >= http_fields_max;
    if (is_too_much || !is_field_value(value)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (!name.starts_with(':')) {
      if (!is_token(name)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
      stream->fields.push_back({std::string(name), std::string(value)});
    } else if (name == ":method") stream->method = value;
    else if (name == ":scheme") stream->scheme = value;
    else if (name == ":authority") stream->authority = value;
    else if (name == ":path") stream->path = value;
    else if (name == ":status") stream->status = std::atoi(std::string(value).c_str());
    return 0;
  }

  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    if (!count(self, *frame)) {
      nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
      self.is_going_away_ = true;
      return 0;
    }
    if (frame->hd.type == NGHTTP2_GOAWAY) self.is_going_away_ = true;
    auto* const stream = self.find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS) on_header_block(self, *stream, is_end);
    else if (frame->hd.type == NGHTTP2_DATA && is_end) stream->receive_end({});
    return 0;
  }

  static bool count(Http2Session& self, const nghttp2_frame& frame) {
    const auto now = self.loop_.clock().steady_now();
    switch (frame.hd.type) {
      case NGHTTP2_RST_STREAM:
        return self.guard_.admit(Http2Guard::Frame::reset, now);
      case NGHTTP2_PING:
      case NGHTTP2_SETTINGS:
      case NGHTTP2_PRIORITY:
        return self.guard_.admit(Http2Guard::Frame::control, now);
      case NGHTTP2_DATA:
        return frame.hd.length > 0 || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 ||
               self.guard_.admit(Http2Guard::Frame::control, now);
      default:
        return true;
    }
  }

  // A request, a response (informational ones first) or trailers.
  static void on_header_block(Http2Session& self, Http2Stream& stream, bool is_end) {
    auto fields = std::exchange(stream.fields, {});
    if (stream.has_head) {
      std::erase_if(fields, [](const HttpField& field) { return is_forbidden_trailer(field.name); });
      if (is_end) stream.receive_end(std::move(fields));
      return;
    }
    const auto* const length = find_field(fields, "content-length");
    const auto content_length = length == nullptr ? std::nullopt : parse_content_length(length->value);
    if (is_server(self)) {
      stream.has_head = true;
      stream.is_paused = !is_end;
      RequestHead head{.method = stream.method,
                       .scheme = stream.scheme,
                       .authority = stream.authority,
                       .path = stream.path,
                       .fields = std::move(fields),
                       .content_length = content_length,
                       .is_chunked = !is_end && !content_length};
      if (head.method == "CONNECT") head.form = TargetForm::authority;
      else if (head.path == "*") head.form = TargetForm::asterisk;
      stream.has_end = is_end;
      self.server_events_.on_request(stream, std::move(head));
      if (is_end) stream.deliver();
      return;
    }
    const bool is_final = stream.status >= 200;
    stream.has_head = is_final;
    ResponseHead head{.status = stream.status, .fields = std::move(fields), .content_length = content_length};
    if (stream.receiver() == nullptr) return;
    stream.receiver()->on_response(stream, std::move(head), is_end ? BodyFollows::no : BodyFollows::yes);
    if (is_end) stream.receive_end({});
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                           std::size_t size, void* user_data) {
    auto* const stream = of(user_data).find(id);
    if (stream == nullptr) {
      nghttp2_session_consume_connection(session, size);
      return 0;
    }
    stream->receive_body({reinterpret_cast<const char*>(bytes), size});
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
    auto& self = of(user_data);
    auto* const stream = self.find(id);
    if (stream == nullptr) return 0;
    auto* const receiver = stream->receiver();
    // A whole message that is still being taken by a slow receiver stays until it is released.
    if (code == NGHTTP2_NO_ERROR && stream->has_end && receiver != nullptr) return 0;
    stream->set_receiver(nullptr);
    if (receiver != nullptr)
      receiver->on_broken(*stream, Error{"speak HTTP/2",
                                         std::string("the stream was reset: ") + nghttp2_http2_strerror(code),
                                         {},
                                         code == NGHTTP2_REFUSED_STREAM ? EAGAIN : 0});
    self.forget(*stream);
    return 0;
  }
};

const nghttp2_session_callbacks* http2_callbacks() {
  static const nghttp2_session_callbacks* const made = [] {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) std::abort();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Http2Callbacks::on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Http2Callbacks::on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Http2Callbacks::on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Http2Callbacks::on_data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Http2Callbacks::on_stream_close);
    return callbacks;
  }();
  return made;
}

ssize_t read_http2_body(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                        std::uint32_t* flags, nghttp2_data_source* source, void*) {
  auto& stream = *static_cast<Http2Stream*>(source->ptr);
  const std::size_t count = std::min(size, stream.out.size() - stream.out_start);
  if (count == 0 && !stream.is_out_ended) {
    stream.is_deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  std::memcpy(buffer, stream.out.data() + stream.out_start, count);
  stream.out_start += count;
  if (stream.out_start == stream.out.size()) {
    stream.out.clear();
    stream.out_start = 0;
  }
  if (!stream.out.empty() || !stream.is_out_ended) return static_cast<ssize_t>(count);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  stream.is_out_complete = true;
  if (stream.out_trailers.empty()) return static_cast<ssize_t>(count);
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  std::vector<nghttp2_nv> block;
  for (auto& field : stream.out_trailers)
    block.push_back({reinterpret_cast<std::uint8_t*>(field.name.data()),
                     reinterpret_cast<std::uint8_t*>(field.value.data()), field.name.size(), field.value.size(),
                     NGHTTP2_NV_FLAG_NONE});
  nghttp2_submit_trailer(session, id, block.data(), block.size());
  return static_cast<ssize_t>(count);
}

}  // namespace bailey::gateway
