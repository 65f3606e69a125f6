// What both sides of HTTP/1 share: a transport with a queue in front, bodies in and out by their framing.
//
// How it works. One message at a time in each direction. Bytes that can't be used yet (a pipelined request, a paused
// body) stay in a buffer of at most a head and one read, and reading is paused. What is sent gathers in a queue until
// the end of the loop's round, so that a head and a short body leave as one record.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "event/loop.h"
#include "gateway/http1_body.h"
#include "gateway/http_stream.h"
#include "gateway/transport.h"

namespace bailey::gateway {

class Http1Connection : public HttpStream {
 public:
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;
  ~Http1Connection() override { *alive_ = false; }

  void send_body(std::string_view bytes) override;
  void send_end(const HttpFields& trailers) override;
  [[nodiscard]] std::size_t room_bytes() const override;
  void pause_body() override;
  void resume_body() override;
  [[nodiscard]] std::string_view protocol() const override { return "http/1.1"; }
  [[nodiscard]] std::size_t buffered_bytes() const { return in_.size() + out_.size(); }

 protected:
  enum class Receive {
    head,  // of the next message
    body,
    raw,       // after 101: bytes without framing
    waiting,   // the message is complete
    draining,  // what comes is thrown away until the other side closes
    closed,
  };
  enum class Send { head, body, raw, done };

  Http1Connection(event::Loop& loop, std::unique_ptr<Transport> transport);
  void start();
  void proceed();

  // One head off input(); false: more is needed or it was refused.
  virtual bool read_head() = 0;
  virtual void on_eof() = 0;
  // Nothing can be read or written any more.
  virtual void on_lost(const Error& error) = 0;
  virtual void on_bad_body(const Error& error) = 0;
  virtual void on_message_end() {}

  [[nodiscard]] std::string_view input() const { return std::string_view(in_).substr(in_start_); }
  void take_input(std::size_t bytes) { in_start_ += bytes; }
  void begin_body(Framing framing);
  void begin_raw();
  void end_message(HttpFields trailers);
  void put(std::string_view bytes);
  void begin_sending(Framing framing);
  void finish_sending_transport();
  void break_stream(const Error& error);
  void ignore_transport();

  event::Loop& loop_;
  std::unique_ptr<Transport> transport_;
  Receive receive_ = Receive::head;
  Send send_ = Send::head;
  Framing sending_;
  Framing receiving_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

 private:
  void on_data(std::string_view bytes);
  bool step();
  bool read_body();
  void flush();
  void update_reading();

  std::string in_;
  std::size_t in_start_ = 0;
  std::string out_;
  ChunkedDecoder decoder_;
  std::size_t drained_bytes_ = 0;
  bool is_proceeding_ = false;
  bool is_body_paused_ = false;
  bool is_reading_ = false;
  bool is_flush_due_ = false;
  bool owes_room_ = false;
  bool is_finishing_ = false;
};

}  // namespace bailey::gateway
