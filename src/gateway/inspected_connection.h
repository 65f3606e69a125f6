// A connection of the sandbox that the gateway reads: HTTP/1.1 or HTTP/2 on either side, over TLS or without.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "event/loop.h"
#include "gateway/exchange.h"
#include "gateway/http1_server_session.h"
#include "gateway/inspection.h"
#include "gateway/upstream_pool.h"

namespace bailey::gateway {

class InspectedConnection {
 public:
  // `protocol` is what was agreed on with the client: "h2", else HTTP/1. Takes over the transport and its handlers.
  // `observer` is borrowed and outlives it.
  [[nodiscard]] static Result<std::unique_ptr<InspectedConnection>> start(event::Loop& loop,
                                                                          std::unique_ptr<Transport> client,
                                                                          std::string_view protocol,
                                                                          InspectionSettings settings,
                                                                          InspectionHooks hooks, Observer& observer);
  InspectedConnection(const InspectedConnection&) = delete;
  InspectedConnection& operator=(const InspectedConnection&) = delete;
  ~InspectedConnection() { *alive_ = false; }
  // Ends it, for example because the policy has changed; on_closed follows.
  void close() { session_->close(); }

 private:
  InspectedConnection(event::Loop& loop, InspectionSettings settings, InspectionHooks hooks, Observer& observer);
  void serve(HttpStream& stream, RequestHead head);
  void tick();
  void observe_bad_request(const Error& error);

  event::Loop& loop_;
  InspectionSettings settings_;
  InspectionHooks hooks_;
  Observer& observer_;
  UpstreamPool pool_;
  std::unordered_map<Exchange*, std::unique_ptr<Exchange>> exchanges_;
  std::unique_ptr<HttpStream> http1_;  // one of the two owns the session
  std::unique_ptr<ServerSession> http2_;
  ServerSession* session_ = nullptr;
  event::Timer ticks_;
  SteadyTime quiet_since_;
  SteadyTime head_since_;
  bool was_in_head_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::gateway
