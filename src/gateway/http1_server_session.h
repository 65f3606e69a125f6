// HTTP/1.1 towards the sandbox: requests one after the other on a kept-alive connection, pipelined ones in their order.
#pragma once

#include "gateway/http1_connection.h"

namespace bailey::gateway {

struct ServerSessionEvents {
  // The receiver sets itself at the stream and keeps it until it is done. The body is paused until resume_body().
  std::function<void(HttpStream&, RequestHead)> on_request;
  // Once: everything is sent and the connection may be dropped. Not from inside a call into the session.
  std::function<void()> on_closed;
  // What was sent is no HTTP; it has been answered.
  std::function<void(const Error&)> on_bad_request;
};

// A session towards the sandbox, of either version.
class ServerSession {
 public:
  virtual ~ServerSession() = default;
  // Ends politely: what runs is cut off, the other side is told.
  virtual void close() = 0;
  // No request is being served, nor one being read.
  [[nodiscard]] virtual bool is_idle() const = 0;
  // A head has begun and isn't complete.
  [[nodiscard]] virtual bool is_in_head() const = 0;
};

class Http1ServerSession final : public Http1Connection, public ServerSession {
 public:
  Http1ServerSession(event::Loop& loop, std::unique_ptr<Transport> transport, ServerSessionEvents events);
  void send_request(const RequestHead&, BodyFollows) override {}
  void send_response(const ResponseHead& head, BodyFollows follows) override;
  void release() override;
  void close() override;
  [[nodiscard]] bool is_idle() const override { return receive_ == Receive::head && input().empty(); }
  [[nodiscard]] bool is_in_head() const override { return receive_ == Receive::head && !input().empty(); }

 private:
  bool read_head() override;
  void on_eof() override;
  void on_lost(const Error& error) override;
  void on_bad_body(const Error& error) override;
  void refuse(int status, std::string_view reason, const Error& error);
  void linger();
  void be_closed();

  ServerSessionEvents events_;
  std::string method_;
  int minor_version_ = 1;
  bool keeps_alive_ = true;
  bool is_serving_ = false;
  bool is_closed_ = false;
  event::Timer linger_timer_;
};

}  // namespace bailey::gateway
