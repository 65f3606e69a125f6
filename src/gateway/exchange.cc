#include "gateway/exchange.h"

#include <cerrno>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "credentials/secret_text.h"
#include "gateway/git_guard.h"
#include "gateway/request_rules.h"
#include "json/write.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view rule_secret = "secret";
constexpr std::string_view reason_echoed = "the response held a secret's value";

// In the largest unit that leaves nothing out.
std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view units[] = {" bytes", " KiB", " MiB", " GiB"};
  std::size_t unit = 0;
  while (unit + 1 < std::size(units) && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes).append(units[unit]);
}

std::string failure_body(const std::string& host, const Error& error) {
  json::Value body;
  body.set("error", "upstream_failed");
  body.set("what", "connect to " + host);
  body.set("why", error.what + ": " + error.why);
  return json::write(body) + "\n";
}

void wipe_credentials(RequestHead& head) {
  for (auto& field : head.fields) credentials::wipe(field.value);
  credentials::wipe(head.path);
}

}  // namespace

Exchange::Exchange(event::Loop& loop, const InspectionSettings& settings, const InspectionHooks& hooks,
                   Observer& observer, UpstreamPool& pool, std::function<void(Exchange&)> on_done)
    : loop_(loop),
      settings_(settings),
      hooks_(hooks),
      observer_(observer),
      pool_(pool),
      on_done_(std::move(on_done)),
      started_(loop.clock().steady_now()),
      last_active_(started_) {}

void Exchange::start(HttpStream& down, RequestHead head) {
  down_ = &down;
  down.set_receiver(this);
  closes_ = head.form == TargetForm::absolute;  // the next one on this connection may be for anybody
  const bool has_body = head.is_chunked || head.content_length.value_or(0) > 0;
  request_body_ = has_body ? BodyFollows::yes : BodyFollows::no;
  request_ended_ = !has_body;
  is_websocket_ = down.protocol() == "http/1.1" && !has_body && asks_for_websocket(head);
  const std::string path(without_query(head.path));
  seen_ = {.what = Seen::http_request,
           .allowed = true,
           .host = settings_.authority.host,
           .port = settings_.authority.port,
           .learned_from = std::string(to_string(settings_.authority.learned_from)),
           .method = head.method,
           .path = path.substr(0, observed_path_bytes_max),
           .protocol = is_websocket_ ? "websocket" : std::string(down.protocol())};
  if (const auto problem = problem_of(head, settings_)) {
    if (!is_token(head.method)) seen_.method = "?";
    seen_.path.clear();
    return refuse(problem->status, "gateway", problem->why);
  }
  if (hooks_.guard) guard_ = hooks_.guard();
  if (guard_) guard_->begin(seen_);
  verdict_ = hooks_.decide(head.method, path);
  seen_.rule = verdict_.rule;
  seen_.asks = verdict_.action == RuleAction::prompt;
  if (!verdict_.allowed()) {
    // What is refused anyway may still be an alarm.
    RequestHead copy = to_upstream(std::move(head), settings_);
    if (guard_) (void)guard_->on_head(copy);
    guard_.reset();  // nothing was used
    wipe_credentials(copy);
    return refuse(403, verdict_.rule, verdict_.reason);
  }
  if (auto why = publishing_by_git(head)) return refuse(403, "git-push", std::move(*why));
  if (verdict_.upload_request_bytes_max > 0 && head.content_length.value_or(0) > verdict_.upload_request_bytes_max)
    return refuse(413, verdict_.rule,
                  "the body is larger than " + size_text(verdict_.upload_request_bytes_max) + " a request");
  head_ = to_upstream(std::move(head), settings_);
  if (!is_guarded(head_)) return;
  git_scanner_ = large_files_scanner(head_);
  if (guard_ && has_body && guard_->collects_bytes_max() > 0) return begin_collecting();
  connect(Reuse::allowed);
}

// False: the request has been refused.
bool Exchange::is_guarded(RequestHead& head) {
  if (!guard_) return true;
  auto refusal = guard_->on_head(head);
  if (refusal) refuse(refusal->status, std::string(rule_secret), std::move(refusal->why));
  return !refusal;
}

// The whole body before the head leaves, and before there is a connection to keep waiting.
void Exchange::begin_collecting() {
  is_collecting_ = true;
  if (list_has(head_.fields, "expect", "100-continue")) {
    remove_fields(head_.fields, "expect");
    down_->send_response({.status = 100, .reason = std::string(reason_of(100))}, BodyFollows::no);
  }
  if (down_ != nullptr) down_->resume_body();
}

void Exchange::collect(std::string_view bytes) {
  if (collected_.size() + bytes.size() > guard_->collects_bytes_max())
    return refuse(413, std::string(rule_secret),
                  "a body that a secret goes into may have " + size_text(guard_->collects_bytes_max()));
  collected_.append(bytes);
}

void Exchange::on_collected(HttpFields trailers) {
  is_collecting_ = false;
  request_ended_ = true;
  request_trailers_ = std::move(trailers);
  if (auto refusal = guard_->on_collected(head_, collected_))
    return refuse(refusal->status, std::string(rule_secret), std::move(refusal->why));
  connect(Reuse::allowed);
}

void Exchange::connect(Reuse reuse) {
  ticket_ = std::make_shared<AcquiredOrError>([this](Result<Acquired> acquired) { on_acquired(std::move(acquired)); });
  const auto kept = ticket_;
  pool_.acquire(is_websocket_ ? UpstreamProtocols::http1_only : UpstreamProtocols::any, reuse, kept);
}

void Exchange::on_acquired(Result<Acquired> acquired) {
  if (!acquired) return fail_upstream(acquired.error());
  up_ = acquired->stream;
  was_used_ = acquired->was_used;
  up_->set_receiver(this);
  RequestHead head = head_;
  // TE is for the next hop only: HTTP/1 says so in Connection.
  if (up_->protocol() == "http/1.1" && find_field(head.fields, "te") != nullptr)
    head.fields.push_back({"Connection", "TE"});
  up_->send_request(head, request_body_);
  if (request_body_ == BodyFollows::no) return;
  // An empty body may have ended while there was nobody to tell.
  if (!collected_.empty()) up_->send_body(collected_);
  credentials::wipe(collected_);
  if (up_ == nullptr) return;
  if (request_ended_) up_->send_end(request_trailers_);
  else down_->resume_body();
}

bool Exchange::may_upload(std::string_view bytes) {
  seen_.bytes_out += bytes.size();
  if (!is_tunnel_ && verdict_.upload_request_bytes_max > 0 && seen_.bytes_out > verdict_.upload_request_bytes_max) {
    refuse(413, verdict_.rule,
           "the body is larger than " + size_text(verdict_.upload_request_bytes_max) + " a request");
    return false;
  }
  if (hooks_.take_upload && !hooks_.take_upload(bytes.size())) {
    refuse(413, "gateway", "this session has sent as much as it may");
    return false;
  }
  if (!guard_allows(bytes)) return false;
  if (git_scanner_ == nullptr) return true;
  if (auto reason = git_scanner_->scan(bytes)) {
    refuse(403, "git-push", std::move(*reason));
    return false;
  }
  return true;
}

bool Exchange::guard_allows(std::string_view bytes) {
  if (!guard_ || is_collecting_) return true;
  auto refusal = is_tunnel_ ? guard_->on_frames(bytes) : guard_->on_body(bytes);
  if (refusal) refuse(refusal->status, std::string(rule_secret), std::move(refusal->why));
  return !refusal;
}

void Exchange::carry_request_body(std::string_view bytes) {
  if (!may_upload(bytes)) return;
  if (is_collecting_) return collect(bytes);
  if (up_ == nullptr) return;
  up_->send_body(bytes);
  if (up_ != nullptr && down_ != nullptr && up_->room_bytes() == 0) down_->pause_body();
  if (down_ != nullptr) keep_bandwidth(*down_, bytes.size());
}

// Both directions wait together: the limit is the session's.
void Exchange::keep_bandwidth(HttpStream& source, std::size_t bytes) {
  if (!hooks_.take_bandwidth) return;
  const auto wait = hooks_.take_bandwidth(bytes);
  if (wait.count() == 0) return;
  source.pause_body();
  if (!bandwidth_timer_) bandwidth_timer_ = loop_.after(wait, [this] { on_bandwidth(); });
}

void Exchange::on_bandwidth() {
  bandwidth_timer_.reset();
  if (const auto wait = hooks_.take_bandwidth(0); wait.count() != 0) {
    bandwidth_timer_ = loop_.after(wait, [this] { on_bandwidth(); });
    return;
  }
  // Without an upstream the request's body is held back anyway. Each call may end the exchange's streams.
  if (up_ != nullptr && down_ != nullptr && up_->room_bytes() > 0) down_->resume_body();
  if (up_ != nullptr && down_ != nullptr && down_->room_bytes() > 0) up_->resume_body();
}

void Exchange::on_body(HttpStream& stream, std::string_view bytes) {
  last_active_ = loop_.clock().steady_now();
  if (&stream == down_) return carry_request_body(bytes);
  if (down_ == nullptr) return;
  seen_.bytes_in += bytes.size();
  const auto passed = guard_ ? guard_->on_response_body(bytes) : std::optional(bytes);
  if (!passed) return cut_response(std::string(reason_echoed));
  if (!passed->empty()) down_->send_body(*passed);
  if (up_ == nullptr || down_ == nullptr) return;
  if (down_->room_bytes() == 0) up_->pause_body();
  keep_bandwidth(*up_, bytes.size());
}

// Nobody takes it for whole.
void Exchange::cut_response(std::string why) {
  seen_.allowed = false;
  seen_.rule = rule_secret;
  seen_.reason = std::move(why);
  finish();
}

void Exchange::on_response(HttpStream&, ResponseHead head, BodyFollows follows) {
  last_active_ = loop_.clock().steady_now();
  if (guard_)
    if (auto refusal = guard_->on_response(head))
      return refuse(refusal->status, std::string(rule_secret), std::move(refusal->why));
  if (head.status == 101) {
    if (!is_websocket_) return fail_upstream(Error{"read the response", "the server switched protocols unasked"});
    is_tunnel_ = response_begun_ = true;
    request_ended_ = false;
    seen_.status = 101;
    down_->send_response(to_sandbox(std::move(head)), BodyFollows::no);
    return;
  }
  if (head.status < 200) return down_->send_response(to_sandbox(std::move(head)), BodyFollows::no);
  response_begun_ = true;
  seen_.status = head.status;
  auto sent = to_sandbox(std::move(head));
  if (closes_) sent.fields.push_back({"Connection", "close"});
  down_->send_response(sent, follows);
}

void Exchange::on_end(HttpStream& stream, HttpFields trailers) {
  if (&stream == down_) {
    if (request_body_ == BodyFollows::no && !is_tunnel_) return;
    if (guard_ && !is_tunnel_)
      if (auto refusal = guard_->on_end(trailers))
        return refuse(refusal->status, std::string(rule_secret), std::move(refusal->why));
    if (git_scanner_ != nullptr)
      if (auto reason = git_scanner_->finish()) return refuse(403, "git-push", std::move(*reason));
    if (is_collecting_) return on_collected(std::move(trailers));
    request_ended_ = true;
    if (up_ != nullptr) up_->send_end(trailers);
    else request_trailers_ = std::move(trailers);
  } else if (&stream == up_) {
    const auto rest = guard_ ? guard_->on_response_end(trailers) : std::optional(std::string_view());
    if (!rest) return cut_response(std::string(reason_echoed));
    response_ended_ = true;
    if (down_ != nullptr && !rest->empty()) down_->send_body(*rest);
    if (down_ != nullptr) down_->send_end(trailers);
  }
  finish_if_complete();
}

void Exchange::finish_if_complete() {
  // A response that is whole ends the exchange even if the request isn't; a tunnel needs both.
  if (response_ended_ && (!is_tunnel_ || request_ended_)) finish();
}

void Exchange::on_room(HttpStream& stream) {
  if (bandwidth_timer_) return;  // on_bandwidth() looks again
  if (&stream == up_ && down_ != nullptr) down_->resume_body();
  else if (&stream == down_ && up_ != nullptr) up_->resume_body();
}

void Exchange::on_broken(HttpStream& stream, const Error& error) {
  if (&stream == down_) {
    down_ = nullptr;
    seen_.reason = error.why;
    return finish();
  }
  if (&stream != up_) return;
  up_ = nullptr;
  // A kept connection that the server had closed meanwhile says nothing about the request: once more on a new one.
  const bool was_not_seen = was_used_ || error.code == EAGAIN;
  if (was_not_seen && !response_begun_ && !has_retried_ && seen_.bytes_out == 0) {
    has_retried_ = true;
    return connect(Reuse::fresh_only);
  }
  fail_upstream(error);
}

void Exchange::fail_upstream(const Error& error) {
  seen_.reason = error.what + ": " + error.why;
  if (response_begun_) return finish();  // cut off, so that nobody takes it for whole
  answer(502, failure_body(settings_.authority.host, error));
}

void Exchange::refuse(int status, std::string rule, std::string why) {
  seen_.allowed = false;
  seen_.rule = rule;
  seen_.reason = why;
  if (response_begun_) return finish();
  Verdict verdict = verdict_;
  verdict.action = verdict.allowed() ? RuleAction::block : verdict.action;
  verdict.rule = std::move(rule);
  verdict.reason = std::move(why);
  answer(status, hooks_.refusal_body(verdict, seen_.method, seen_.path));
}

void Exchange::answer(int status, const std::string& body) {
  if (down_ == nullptr) return finish();
  const bool is_head = seen_.method == "HEAD";
  ResponseHead head{.status = status, .reason = std::string(reason_of(status)), .content_length = body.size()};
  head.fields = {{"Content-Type", "application/json"}, {"Content-Length", std::to_string(body.size())}};
  if (closes_ || !request_ended_) head.fields.push_back({"Connection", "close"});
  seen_.status = status;
  response_begun_ = response_ended_ = true;
  down_->send_response(head, is_head ? BodyFollows::no : BodyFollows::yes);
  if (!is_head) {
    down_->send_body(body);
    down_->send_end({});
  }
  finish();
}

void Exchange::finish() {
  if (std::exchange(is_done_, true)) return;
  if (guard_) {
    wipe_credentials(head_);
    guard_->done(seen_.status);
  }
  ticket_.reset();
  bandwidth_timer_.reset();
  if (auto* const up = std::exchange(up_, nullptr)) up->release();
  if (auto* const down = std::exchange(down_, nullptr)) down->release();
  const auto spent = loop_.clock().steady_now() - started_;
  seen_.ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(spent).count());
  observer_.seen(std::move(seen_));
  on_done_(*this);
}

}  // namespace bailey::gateway
