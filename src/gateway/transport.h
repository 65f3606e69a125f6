// A byte stream with back-pressure that HTTP code reads and writes without knowing whether it is a socket or TLS.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace bailey::gateway {

struct TransportHandlers {
  std::function<void(std::string_view)> on_data;  // valid during the call
  std::function<void()> on_end;                   // the other side sends no more (a clean end: TLS close_notify or FIN)
  std::function<void(const Error&)> on_error;     // nothing can be written or read any more
  std::function<void()> on_drained;               // after a refused write, when at least half of the queue is free
};

// Any callback may destroy the transport.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void set_handlers(TransportHandlers handlers) = 0;
  // All or nothing, as event::Stream.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::size_t room_bytes() const = 0;
  virtual void want_drained() = 0;
  virtual void finish_writing() = 0;  // half-close once everything is sent
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
};

}  // namespace bailey::gateway
