// A socket as a Transport: HTTP without TLS, and what TLS is spoken over.
#pragma once

#include <memory>
#include <string>

#include "event/stream.h"
#include "gateway/transport.h"

namespace bailey::gateway {

class PlainTransport final : public Transport {
 public:
  // Reading begins with the first resume_reading() (TransportHandlers must be there before bytes are). `already_read`
  // is delivered first, as if it came from the socket.
  [[nodiscard]] static Result<std::unique_ptr<PlainTransport>> open(event::Loop& loop, Fd socket,
                                                                    std::size_t queue_bytes_max,
                                                                    std::string already_read = {});
  ~PlainTransport() override { *alive_ = false; }
  void set_handlers(TransportHandlers handlers) override;
  bool write(std::string_view bytes) override { return stream_->write(bytes); }
  [[nodiscard]] std::size_t room_bytes() const override { return stream_->room_bytes(); }
  void want_drained() override { stream_->want_drained(); }
  void finish_writing() override { stream_->finish_writing(); }
  void pause_reading() override;
  void resume_reading() override;

 private:
  PlainTransport(event::Loop& loop, std::string already_read) : loop_(loop), already_read_(std::move(already_read)) {}
  void deliver_already_read();

  event::Loop& loop_;
  std::string already_read_;
  bool is_paused_ = true;
  std::shared_ptr<TransportHandlers> handlers_ = std::make_shared<TransportHandlers>();
  std::unique_ptr<event::Stream> stream_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::gateway
