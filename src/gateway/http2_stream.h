// A stream of an Http2Session: what is queued for it and what it is allowed to do. Internal to http2_session.cc and
// http2_callbacks.cc.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/http2_session.h"
#include "gateway/http_stream.h"

namespace bailey::gateway {

class Http2Stream final : public HttpStream {
 public:
  Http2Stream(Http2Session& of, std::int32_t number) : session(of), id(number) {}

  void send_request(const RequestHead& head, BodyFollows follows) override;
  void send_response(const ResponseHead& head, BodyFollows follows) override;
  void send_body(std::string_view bytes) override;
  void send_end(const HttpFields& trailers) override;
  [[nodiscard]] std::size_t room_bytes() const override;
  void pause_body() override { is_paused = true; }
  void resume_body() override;
  void release() override;
  [[nodiscard]] std::string_view protocol() const override { return "h2"; }

  [[nodiscard]] HttpReceiver* receiver() const { return receiver_; }
  void receive_body(std::string_view bytes);
  void receive_end(HttpFields trailers);
  void deliver();

  Http2Session& session;
  std::int32_t id;
  // Incoming
  HttpFields fields;  // of the header block that is being read; pseudo fields apart
  std::string method, scheme, authority, path;
  int status = 0;
  std::size_t header_bytes = 0;
  bool has_head = false;
  bool is_paused = false;
  std::string waiting;  // body that came while paused; its window isn't opened
  bool has_end = false;
  bool told_end = false;
  HttpFields trailers;
  // Outgoing
  std::string out;
  std::size_t out_start = 0;
  bool has_provider = false;
  bool is_deferred = false;
  bool is_out_ended = false;
  bool is_out_complete = false;
  HttpFields out_trailers;
  bool owes_room = false;

 private:
  void submit(std::vector<HttpField> block, BodyFollows follows);
};

}  // namespace bailey::gateway
