#include "session/connection.h"

namespace bailey::session {

Result<std::unique_ptr<Connection>> Connection::open(event::Loop& loop, Fd socket, Side own_side,
                                                     std::size_t queue_bytes_max, ConnectionHandlers handlers) {
  std::unique_ptr<Connection> connection(new Connection(loop, own_side));
  connection->set_handlers(std::move(handlers));
  Connection* self = connection.get();
  connection->stream_ = TRY(event::Stream::open(
      loop, std::move(socket), queue_bytes_max,
      {.on_data =
           [self](std::string_view bytes) {
             self->decoder_.feed(bytes);
             self->deliver();
           },
       .on_end =
           [self] {
             std::optional<Error> error;
             if (self->decoder_.is_in_message())
               error = Error{"read from the control socket", "the other side ended in the middle of a message", "", 0};
             self->close(std::move(error));
           },
       .on_error = [self](const Error& error) { self->close(error); },
       .on_drained =
           [self] {
             const auto kept = self->handlers_;
             if (kept->on_drained) kept->on_drained();
           }}));
  if (!connection->send(Hello{})) return fail("greet on the control socket", "it takes no bytes");
  return connection;
}

void Connection::set_handlers(ConnectionHandlers handlers) {
  handlers_ = std::make_shared<ConnectionHandlers>(std::move(handlers));
}

void Connection::deliver() {
  const auto alive = alive_;
  while (*alive && !paused_ && !closed_) {
    auto message = decoder_.next();
    if (!message) return close(std::move(message).error());
    if (!*message) return;
    if (std::holds_alternative<Hello>(**message)) continue;
    const auto kept = handlers_;
    if (kept->on_message) kept->on_message(std::move(**message));
  }
}

void Connection::pause() {
  paused_ = true;
  resuming_.reset();
  stream_->pause_reading();
}

void Connection::resume() {
  if (!paused_) return;
  paused_ = false;
  // What was decoded already is delivered from the loop, not from inside the caller.
  resuming_ = loop_.after(std::chrono::nanoseconds(0), [this] {
    const auto alive = alive_;
    deliver();
    if (*alive && !paused_ && !closed_) stream_->resume_reading();
  });
}

void Connection::close(std::optional<Error> error) {
  if (std::exchange(closed_, true)) return;
  stream_->pause_reading();
  const auto kept = handlers_;
  if (kept->on_closed) kept->on_closed(std::move(error));
}

}  // namespace bailey::session
