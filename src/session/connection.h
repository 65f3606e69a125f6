// One end of a control socket on the loop: messages in, messages out, with limits.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "event/stream.h"
#include "session/protocol.h"

namespace bailey::session {

struct ConnectionHandlers {
  // Everything but the greeting.
  std::function<void(Message)> on_message;
  // Once. nullopt: the peer closed between two messages; else it broke the protocol or the connection.
  std::function<void(std::optional<Error>)> on_closed;
  // After a refused send() or want_drained(), when at least half of the queue is free.
  std::function<void()> on_drained;
};

// Any handler may destroy the connection or replace the handlers.
class Connection {
 public:
  // Greets at once. `own_side` is ours; the peer must be of the other.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(event::Loop& loop, Fd socket, Side own_side,
                                                                std::size_t queue_bytes_max,
                                                                ConnectionHandlers handlers);
  ~Connection() { *alive_ = false; }

  void set_handlers(ConnectionHandlers handlers);
  // All or nothing. False: no room, or the connection is gone.
  [[nodiscard]] bool send(const Message& message) { return send_frames(encode(message)); }
  [[nodiscard]] bool send_frames(std::string_view encoded) { return stream_->write(encoded); }
  [[nodiscard]] std::size_t room_bytes() const { return stream_->room_bytes(); }
  [[nodiscard]] bool is_flushed() const { return stream_->is_flushed(); }
  void want_drained() { stream_->want_drained(); }
  // No message is delivered until resume(); what the peer sends meanwhile stays with the kernel.
  void pause();
  void resume();
  // No more is sent; on_closed follows when the peer has closed too.
  void finish() { stream_->finish_writing(); }

 private:
  Connection(event::Loop& loop, Side own_side)
      : loop_(loop), decoder_(own_side == Side::client ? Side::supervisor : Side::client) {}
  void deliver();
  void close(std::optional<Error> error);

  event::Loop& loop_;
  Decoder decoder_;
  std::shared_ptr<ConnectionHandlers> handlers_;
  std::unique_ptr<event::Stream> stream_;
  event::Timer resuming_;
  bool paused_ = false;
  bool closed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::session
