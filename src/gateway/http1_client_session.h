// HTTP/1.1 towards the internet: one request at a time; between two the connection is kept and watched.
#pragma once

#include "gateway/http1_connection.h"

namespace bailey::gateway {

class Http1ClientSession final : public Http1Connection {
 public:
  struct Events {
    std::function<void()> on_idle;    // another request may be sent
    std::function<void()> on_closed;  // it can't be used again. Not from inside a call into the session
  };
  Http1ClientSession(event::Loop& loop, std::unique_ptr<Transport> transport, Events events);
  void send_request(const RequestHead& head, BodyFollows follows) override;
  void send_response(const ResponseHead&, BodyFollows) override {}
  void release() override;
  [[nodiscard]] bool is_usable() const { return !is_closed_; }
  // At least one response has come over it: a failure of the next request may be a connection that had grown old.
  [[nodiscard]] bool was_used() const { return responses_ > 0; }

 private:
  bool read_head() override;
  void on_eof() override;
  void on_lost(const Error& error) override;
  void on_bad_body(const Error& error) override { on_lost(error); }
  void be_closed();

  Events events_;
  std::string method_;
  std::uint64_t responses_ = 0;
  bool is_busy_ = false;
  bool keeps_alive_ = true;
  bool is_closed_ = false;
};

}  // namespace bailey::gateway
