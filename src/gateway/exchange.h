// One request of the sandbox and its response: decided, carried with back-pressure, counted, observed.
//
// How it works. The request's body is held back until an upstream connection is there; then each side is paused while
// the other has no room, so what is kept in memory is bounded by the queues of the two streams. A body that the guard
// wants whole is collected first. Limits, the guard and the scanner see the body before the upstream does, and the
// guard sees the response before the client does. A request that is stopped midway is cut off upstream and explained to
// the client.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "event/loop.h"
#include "gateway/http_stream.h"
#include "gateway/inspection.h"
#include "gateway/upstream_pool.h"

namespace bailey::gateway {

class Exchange final : public HttpReceiver {
 public:
  // All borrowed, and they outlive it. `on_done` may destroy it only after the call.
  Exchange(event::Loop& loop, const InspectionSettings& settings, const InspectionHooks& hooks, Observer& observer,
           UpstreamPool& pool, std::function<void(Exchange&)> on_done);
  void start(HttpStream& down, RequestHead head);

  void on_response(HttpStream& stream, ResponseHead head, BodyFollows follows) override;
  void on_body(HttpStream& stream, std::string_view bytes) override;
  void on_end(HttpStream& stream, HttpFields trailers) override;
  void on_room(HttpStream& stream) override;
  void on_broken(HttpStream& stream, const Error& error) override;

  [[nodiscard]] SteadyTime last_active() const { return last_active_; }

 private:
  void connect(Reuse reuse);
  void on_acquired(Result<Acquired> acquired);
  [[nodiscard]] bool is_guarded(RequestHead& head);
  void begin_collecting();
  void collect(std::string_view bytes);
  void on_collected(HttpFields trailers);
  [[nodiscard]] bool may_upload(std::string_view bytes);
  [[nodiscard]] bool guard_allows(std::string_view bytes);
  void cut_response(std::string why);
  void refuse(int status, std::string rule, std::string why);
  void answer(int status, const std::string& body);
  void fail_upstream(const Error& error);
  void carry_request_body(std::string_view bytes);
  void keep_bandwidth(HttpStream& source, std::size_t bytes);
  void on_bandwidth();
  void finish_if_complete();
  void finish();

  event::Loop& loop_;
  const InspectionSettings& settings_;
  const InspectionHooks& hooks_;
  Observer& observer_;
  UpstreamPool& pool_;
  std::function<void(Exchange&)> on_done_;
  HttpStream* down_ = nullptr;
  HttpStream* up_ = nullptr;
  std::shared_ptr<AcquiredOrError> ticket_;
  RequestHead head_;             // as it leaves
  HttpFields request_trailers_;  // of a body that ended before there was an upstream
  Verdict verdict_;
  std::unique_ptr<RequestGuard> guard_;       // of the keep's secrets
  std::unique_ptr<BodyScanner> git_scanner_;  // of the publishing guard
  std::string collected_;                     // the body, while it is collected and until it is sent
  Observation seen_;
  SteadyTime started_;
  SteadyTime last_active_;
  event::Timer bandwidth_timer_;  // while the session has carried as much as it may
  BodyFollows request_body_ = BodyFollows::no;
  bool is_websocket_ = false;
  bool is_tunnel_ = false;
  bool is_collecting_ = false;
  bool closes_ = false;
  bool was_used_ = false;
  bool has_retried_ = false;
  bool request_ended_ = false;
  bool response_begun_ = false;
  bool response_ended_ = false;
  bool is_done_ = false;
};

}  // namespace bailey::gateway
