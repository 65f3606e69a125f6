// HTTP/2 on either side of the gateway, on nghttp2 (RFC 9113).
//
// How it works. nghttp2 checks frames, the state of streams and the form of messages; this class turns its callbacks
// into streams (http_stream.h) and back. Windows are opened only by what a receiver has taken: a paused stream holds at
// most its window, all streams of a connection together at most the connection's window. Frames are made only while the
// transport has room. nghttp2 must not be entered from its own callbacks: what they ask for is done when they have
// returned.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/loop.h"
#include "gateway/http1_server_session.h"
#include "gateway/http2_guard.h"
#include "gateway/http_stream.h"
#include "gateway/transport.h"

struct nghttp2_session;

namespace bailey::gateway {

inline constexpr std::uint32_t h2_streams_max = 100;
inline constexpr std::uint32_t h2_header_list_bytes_max = std::uint32_t{64} << 10;
inline constexpr std::int32_t h2_server_stream_window_bytes = 128 << 10;
inline constexpr std::int32_t h2_server_window_bytes = 1 << 20;
inline constexpr std::int32_t h2_client_stream_window_bytes = 256 << 10;
inline constexpr std::int32_t h2_client_window_bytes = 4 << 20;

class Http2Stream;

class Http2Session final : public ServerSession {
 public:
  struct ClientEvents {
    std::function<void()> on_closed;  // not from inside a call into the session
  };
  [[nodiscard]] static Result<std::unique_ptr<Http2Session>> serve(event::Loop& loop,
                                                                   std::unique_ptr<Transport> transport,
                                                                   ServerSessionEvents events);
  [[nodiscard]] static Result<std::unique_ptr<Http2Session>> connect(event::Loop& loop,
                                                                     std::unique_ptr<Transport> transport,
                                                                     ClientEvents events);
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;
  ~Http2Session() override;

  // Client side: for one more request. The stream exists on the wire when its head is sent.
  [[nodiscard]] HttpStream& open_stream();
  [[nodiscard]] bool is_usable() const;
  void close() override;
  [[nodiscard]] bool is_idle() const override { return streams_.empty(); }
  [[nodiscard]] bool is_in_head() const override { return false; }

 private:
  friend class Http2Stream;
  friend struct Http2Callbacks;
  enum class Role { server, client };
  struct Release {
    void operator()(nghttp2_session* session) const;
  };

  Http2Session(event::Loop& loop, std::unique_ptr<Transport> transport, Role role);
  Status begin();
  void on_data(std::string_view bytes);
  void on_eof();
  void lose(const Error& error);
  void flush_soon();
  void flush();
  void produce();
  void tell_about_room();
  void terminate(std::uint32_t code);
  Http2Stream* find(std::int32_t id);
  void forget(Http2Stream& stream);
  void be_closed();

  event::Loop& loop_;
  std::unique_ptr<Transport> transport_;
  Role role_;
  ServerSessionEvents server_events_;
  ClientEvents client_events_;
  std::unique_ptr<nghttp2_session, Release> session_;
  std::unordered_map<std::int32_t, std::unique_ptr<Http2Stream>> streams_;
  std::vector<std::unique_ptr<Http2Stream>> unsent_;  // opened, head not sent
  std::vector<std::unique_ptr<Http2Stream>> gone_;    // destroyed when no callback runs
  std::string out_;                                   // frames that the transport refused
  Http2Guard guard_;
  int depth_ = 0;  // of calls into nghttp2
  bool is_flush_due_ = false;
  bool is_closed_ = false;
  bool is_going_away_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::gateway
