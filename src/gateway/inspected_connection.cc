#include "gateway/inspected_connection.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "gateway/http2_session.h"

namespace bailey::gateway {
namespace {

constexpr std::chrono::seconds tick_seconds_max(5);

}  // namespace

InspectedConnection::InspectedConnection(event::Loop& loop, InspectionSettings settings, InspectionHooks hooks,
                                         Observer& observer)
    : loop_(loop),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      observer_(observer),
      pool_(loop, hooks_),
      quiet_since_(loop.clock().steady_now()),
      head_since_(quiet_since_) {}

Result<std::unique_ptr<InspectedConnection>> InspectedConnection::start(event::Loop& loop,
                                                                        std::unique_ptr<Transport> client,
                                                                        std::string_view protocol,
                                                                        InspectionSettings settings,
                                                                        InspectionHooks hooks, Observer& observer) {
  std::unique_ptr<InspectedConnection> made(
      new InspectedConnection(loop, std::move(settings), std::move(hooks), observer));
  auto* const self = made.get();
  ServerSessionEvents events;
  events.on_request = [self](HttpStream& stream, RequestHead head) { self->serve(stream, std::move(head)); };
  events.on_bad_request = [self](const Error& error) { self->observe_bad_request(error); };
  events.on_closed = [self] { self->hooks_.on_closed(); };
  if (protocol == "h2") {
    auto session = TRY(Http2Session::serve(loop, std::move(client), std::move(events)));
    made->session_ = session.get();
    made->http2_ = std::move(session);
  } else {
    auto session = std::make_unique<Http1ServerSession>(loop, std::move(client), std::move(events));
    made->session_ = session.get();
    made->http1_ = std::move(session);
  }
  const auto shortest =
      std::chrono::seconds(std::min(made->settings_.header_seconds_max, made->settings_.idle_seconds_max));
  made->ticks_ =
      loop.every(std::clamp(shortest / 2, std::chrono::seconds(1), tick_seconds_max), [self] { self->tick(); });
  return made;
}

void InspectedConnection::serve(HttpStream& stream, RequestHead head) {
  const auto on_done = [this](Exchange& done) {
    const auto found = exchanges_.find(&done);
    if (found == exchanges_.end()) return;
    loop_.dispose(std::move(found->second));
    exchanges_.erase(found);
    quiet_since_ = loop_.clock().steady_now();
  };
  auto exchange = std::make_unique<Exchange>(loop_, settings_, hooks_, observer_, pool_, on_done);
  auto* const raw = exchange.get();
  exchanges_.emplace(raw, std::move(exchange));
  raw->start(stream, std::move(head));
}

// Slow heads and silent connections.
void InspectedConnection::tick() {
  const auto now = loop_.clock().steady_now();
  if (!std::exchange(was_in_head_, session_->is_in_head()) && was_in_head_) head_since_ = now;
  const bool head_is_late = was_in_head_ && now - head_since_ >= std::chrono::seconds(settings_.header_seconds_max);
  auto active = quiet_since_;
  for (const auto& [raw, exchange] : exchanges_) active = std::max(active, exchange->last_active());
  const bool is_silent = now - active >= std::chrono::seconds(settings_.idle_seconds_max);
  if (!head_is_late && !is_silent) return;
  observer_.seen({.what = Seen::limit,
                  .reason = head_is_late ? "a request's head took too long" : "nothing was sent for too long",
                  .host = settings_.authority.host,
                  .port = settings_.authority.port,
                  .learned_from = std::string(to_string(settings_.authority.learned_from))});
  ticks_.reset();
  session_->close();
}

void InspectedConnection::observe_bad_request(const Error& error) {
  observer_.seen({.what = Seen::http_request,
                  .rule = "gateway",
                  .reason = error.why,
                  .host = settings_.authority.host,
                  .port = settings_.authority.port,
                  .learned_from = std::string(to_string(settings_.authority.learned_from)),
                  .status = 400});
}

}  // namespace bailey::gateway
