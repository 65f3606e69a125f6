#include "gateway/http1_server_session.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include "gateway/http1_write.h"

namespace bailey::gateway {
namespace {

// How long a client that was told something may take to read it and close.
constexpr std::chrono::seconds linger_seconds_max(5);

bool can_have_body(int status, std::string_view method) { return status != 204 && status != 304 && method != "HEAD"; }

}  // namespace

Http1ServerSession::Http1ServerSession(event::Loop& loop, std::unique_ptr<Transport> transport,
                                       ServerSessionEvents events)
    : Http1Connection(loop, std::move(transport)), events_(std::move(events)) {
  start();
}

bool Http1ServerSession::read_head() {
  auto parsed = parse_request_head(input());
  if (!parsed) {
    const bool is_limit = parsed.error().code == EMSGSIZE;
    refuse(is_limit ? 431 : 400, is_limit ? "Request Header Fields Too Large" : "Bad Request", parsed.error());
    return false;
  }
  if (!*parsed) return false;
  auto& head = (*parsed)->head;
  take_input((*parsed)->bytes);
  method_ = head.method;
  minor_version_ = head.minor_version;
  keeps_alive_ = minor_version_ == 1 && !list_has(head.fields, "connection", "close");
  is_serving_ = true;
  send_ = Send::head;
  const Framing framing = request_framing(head);
  begin_body(framing);
  if (framing.kind != BodyKind::none) pause_body();
  events_.on_request(*this, std::move(head));
  if (framing.kind == BodyKind::none && receiver_ != nullptr) receiver_->on_end(*this, {});
  return receive_ == Receive::head;
}

void Http1ServerSession::send_response(const ResponseHead& head, BodyFollows follows) {
  ResponseHead sent = head;
  sent.minor_version = 1;
  if (head.status < 200) {
    if (minor_version_ == 0) return;
    if (const auto bytes = write_head(sent)) put(*bytes);
    if (head.status == 101) {
      keeps_alive_ = false;
      begin_raw();
    }
    return;
  }
  Framing framing;
  if (follows == BodyFollows::yes) {
    framing = head.content_length   ? Framing{BodyKind::length, *head.content_length}
              : minor_version_ == 1 ? Framing{BodyKind::chunked, 0}
                                    : Framing{BodyKind::until_close, 0};
    if (framing.kind == BodyKind::chunked) sent.fields.push_back({"Transfer-Encoding", "chunked"});
    if (framing.kind == BodyKind::until_close) keeps_alive_ = false;
  } else if (!head.content_length && can_have_body(head.status, method_)) {
    sent.fields.push_back({"Content-Length", "0"});
  }
  if (list_has(sent.fields, "connection", "close")) keeps_alive_ = false;
  else if (!keeps_alive_) sent.fields.push_back({"Connection", "close"});
  const auto bytes = write_head(sent);
  if (!bytes) {
    // Values were validated when they were read; one that can't be written ends the connection instead of being
    // repaired.
    keeps_alive_ = false;
    put("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return begin_sending({});
  }
  put(*bytes);
  begin_sending(framing);
}

void Http1ServerSession::release() {
  set_receiver(nullptr);
  is_serving_ = false;
  const bool is_response_whole = send_ == Send::done;
  if (!is_response_whole) {
    // A truncated response must look truncated: no polite end of TLS.
    ignore_transport();
    return be_closed();
  }
  if (receive_ != Receive::waiting || !keeps_alive_) return linger();
  receive_ = Receive::head;
  send_ = Send::head;
  loop_.defer([this, alive = alive_] {
    if (*alive) proceed();
  });
}

void Http1ServerSession::refuse(int status, std::string_view reason, const Error& error) {
  const std::string body = "bailey: " + error.why + "\n";
  ResponseHead head{.status = status, .reason = std::string(reason)};
  head.fields = {
      {"Content-Type", "text/plain"}, {"Content-Length", std::to_string(body.size())}, {"Connection", "close"}};
  if (const auto bytes = write_head(head)) put(*bytes + body);
  events_.on_bad_request(error);
  linger();
}

// Everything is said; the client is given time to read it before the connection goes (RFC 9112 §9.6).
void Http1ServerSession::linger() {
  if (receive_ == Receive::closed || receive_ == Receive::draining) return;
  receive_ = Receive::draining;
  finish_sending_transport();
  transport_->resume_reading();
  linger_timer_ = loop_.after(linger_seconds_max, [this] { be_closed(); });
}

void Http1ServerSession::close() {
  const auto alive = alive_;
  break_stream(Error{"serve HTTP/1.1", "the gateway closed the connection"});
  if (*alive) linger();
}

void Http1ServerSession::on_eof() {
  if (receive_ == Receive::closed) return;
  if (receive_ == Receive::raw && receiver_ != nullptr) {
    receive_ = Receive::waiting;
    return receiver_->on_end(*this, {});
  }
  const auto alive = alive_;
  break_stream(Error{"serve HTTP/1.1", "the client closed the connection"});
  if (*alive) be_closed();
}

void Http1ServerSession::on_lost(const Error& error) {
  const auto alive = alive_;
  break_stream(error);
  if (*alive) be_closed();
}

void Http1ServerSession::on_bad_body(const Error& error) {
  const bool can_answer = send_ == Send::head;
  const auto alive = alive_;
  break_stream(error);
  if (!*alive) return;
  if (can_answer) return refuse(400, "Bad Request", error);
  events_.on_bad_request(error);
  ignore_transport();
  be_closed();
}

void Http1ServerSession::be_closed() {
  if (std::exchange(is_closed_, true)) return;
  receive_ = Receive::closed;
  loop_.defer([this, alive = alive_] {
    if (*alive) events_.on_closed();
  });
}

}  // namespace bailey::gateway
