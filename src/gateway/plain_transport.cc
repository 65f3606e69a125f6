#include "gateway/plain_transport.h"

#include <utility>

namespace bailey::gateway {

Result<std::unique_ptr<PlainTransport>> PlainTransport::open(event::Loop& loop, Fd socket, std::size_t queue_bytes_max,
                                                             std::string already_read) {
  std::unique_ptr<PlainTransport> made(new PlainTransport(loop, std::move(already_read)));
  // The handlers are looked up at each event, and kept alive during it.
  event::StreamHandlers handlers;
  PlainTransport* const self = made.get();
  handlers.on_data = [self](std::string_view bytes) {
    const auto kept = self->handlers_;
    if (kept->on_data) kept->on_data(bytes);
  };
  handlers.on_end = [self] {
    const auto kept = self->handlers_;
    if (kept->on_end) kept->on_end();
  };
  handlers.on_error = [self](const Error& error) {
    const auto kept = self->handlers_;
    if (kept->on_error) kept->on_error(error);
  };
  handlers.on_drained = [self] {
    const auto kept = self->handlers_;
    if (kept->on_drained) kept->on_drained();
  };
  made->stream_ = TRY(event::Stream::open(loop, std::move(socket), queue_bytes_max, std::move(handlers)));
  made->stream_->pause_reading();
  return made;
}

void PlainTransport::set_handlers(TransportHandlers handlers) {
  handlers_ = std::make_shared<TransportHandlers>(std::move(handlers));
}

void PlainTransport::pause_reading() {
  is_paused_ = true;
  stream_->pause_reading();
}

void PlainTransport::resume_reading() {
  is_paused_ = false;
  if (already_read_.empty()) return stream_->resume_reading();
  // Not from inside the caller: it may be in the middle of setting itself up.
  loop_.defer([this, alive = alive_] {
    if (*alive) deliver_already_read();
  });
}

void PlainTransport::deliver_already_read() {
  if (is_paused_) return;
  const auto alive = alive_;
  const auto kept = handlers_;
  const std::string bytes = std::exchange(already_read_, {});
  if (!bytes.empty() && kept->on_data) kept->on_data(bytes);
  if (*alive && !is_paused_) stream_->resume_reading();
}

}  // namespace bailey::gateway
