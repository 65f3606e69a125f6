#include "gateway/http1_client_session.h"

#include <utility>

#include "gateway/http1_write.h"

namespace bailey::gateway {

Http1ClientSession::Http1ClientSession(event::Loop& loop, std::unique_ptr<Transport> transport, Events events)
    : Http1Connection(loop, std::move(transport)), events_(std::move(events)) {
  start();
}

void Http1ClientSession::send_request(const RequestHead& head, BodyFollows follows) {
  RequestHead sent = head;
  sent.form = TargetForm::origin;
  sent.minor_version = 1;
  Framing framing;
  if (follows == BodyFollows::yes) {
    framing = head.content_length ? Framing{BodyKind::length, *head.content_length} : Framing{BodyKind::chunked, 0};
    if (framing.kind == BodyKind::chunked) sent.fields.push_back({"Transfer-Encoding", "chunked"});
  }
  method_ = head.method;
  is_busy_ = true;
  keeps_alive_ = true;
  receive_ = Receive::head;
  const auto bytes = write_head(sent);
  if (!bytes) {
    loop_.defer([this, alive = alive_, error = bytes.error()] {
      if (*alive) on_lost(error);
    });
    return;
  }
  put(*bytes);
  begin_sending(framing);
}

bool Http1ClientSession::read_head() {
  if (!is_busy_) {
    on_lost(Error{"read an HTTP response", "the server sent one that nobody asked for"});
    return false;
  }
  auto parsed = parse_response_head(input());
  if (!parsed) {
    on_lost(parsed.error());
    return false;
  }
  if (!*parsed) return false;
  take_input((*parsed)->bytes);
  auto& head = (*parsed)->head;
  if (receiver_ == nullptr) return false;
  const bool is_final = head.status >= 200;
  const bool is_switch = head.status == 101;
  if (is_final) ++responses_;
  if (head.minor_version == 0 || list_has(head.fields, "connection", "close")) keeps_alive_ = false;
  const Framing framing = response_framing(head, method_);
  if (framing.kind == BodyKind::until_close) keeps_alive_ = false;
  // First the state, then the news: the receiver may let go of us at once.
  if (is_final) begin_body(framing);
  if (is_switch) {
    keeps_alive_ = false;
    begin_raw();
  }
  const auto alive = alive_;
  receiver_->on_response(*this, std::move(head), framing.kind == BodyKind::none ? BodyFollows::no : BodyFollows::yes);
  if (!*alive) return false;
  if (is_final && framing.kind == BodyKind::none && receiver_ != nullptr) receiver_->on_end(*this, {});
  return *alive && receiver_ != nullptr;
}

void Http1ClientSession::release() {
  set_receiver(nullptr);
  is_busy_ = false;
  const bool is_whole = receive_ == Receive::waiting && send_ == Send::done;
  if (!is_whole || !keeps_alive_ || !input().empty()) return be_closed();
  receive_ = Receive::head;
  events_.on_idle();
}

void Http1ClientSession::on_eof() {
  if (receive_ == Receive::body && receiving_.kind == BodyKind::until_close) return end_message({});
  if (receive_ == Receive::raw && receiver_ != nullptr) {
    receive_ = Receive::waiting;
    return receiver_->on_end(*this, {});
  }
  on_lost(Error{"read an HTTP response", "the server closed the connection before its end"});
}

void Http1ClientSession::on_lost(const Error& error) {
  const auto alive = alive_;
  // A complete response stands, whatever happens to the connection.
  if (receive_ != Receive::waiting) break_stream(error);
  if (*alive) be_closed();
}

void Http1ClientSession::be_closed() {
  if (std::exchange(is_closed_, true)) return;
  ignore_transport();
  loop_.defer([this, alive = alive_] {
    if (*alive) events_.on_closed();
  });
}

}  // namespace bailey::gateway
