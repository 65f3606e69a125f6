// One request and its response as a stream, whatever the version of HTTP on the wire.
//
// Both sides of the gateway speak through this: the session towards the sandbox delivers requests and is sent
// responses, the session towards the internet the other way round. The exchange (exchange.h) is the receiver of both.
// Back-pressure: whoever sends looks at room_bytes() after each send and pauses the other stream while there is none;
// one piece too many is always taken. Sessions own their streams; a receiver holds them until it calls release() or
// on_broken() is called.
#pragma once

#include <string_view>

#include "base/result.h"
#include "gateway/http1_head.h"

namespace bailey::gateway {

inline constexpr std::size_t stream_queue_bytes_max = std::size_t{64} << 10;

enum class BodyFollows { no, yes };

class HttpStream;

class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  virtual void on_response(HttpStream& stream, ResponseHead head, BodyFollows follows) = 0;  // informational ones too
  virtual void on_body(HttpStream& stream, std::string_view bytes) = 0;
  virtual void on_end(HttpStream& stream, HttpFields trailers) = 0;    // also when no body follows
  virtual void on_room(HttpStream& stream) = 0;                        // after there was none
  virtual void on_broken(HttpStream& stream, const Error& error) = 0;  // the stream must not be used any more
};

class HttpStream {
 public:
  virtual ~HttpStream() = default;
  void set_receiver(HttpReceiver* receiver) { receiver_ = receiver; }  // borrowed

  // Hop-by-hop fields have been removed; the stream adds its own framing. Only the one that fits the side is called.
  virtual void send_request(const RequestHead& head, BodyFollows follows) = 0;
  virtual void send_response(const ResponseHead& head, BodyFollows follows) = 0;
  virtual void send_body(std::string_view bytes) = 0;
  virtual void send_end(const HttpFields& trailers) = 0;
  [[nodiscard]] virtual std::size_t room_bytes() const = 0;
  virtual void pause_body() = 0;
  virtual void resume_body() = 0;
  // The receiver is done with it. What isn't complete is cut off.
  virtual void release() = 0;
  [[nodiscard]] virtual std::string_view protocol() const = 0;  // "http/1.1", "h2"

 protected:
  HttpReceiver* receiver_ = nullptr;
};

}  // namespace bailey::gateway
