// The connections to the upstream of one inspected connection: kept alive, reused, shared where they speak HTTP/2.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "event/loop.h"
#include "gateway/http1_client_session.h"
#include "gateway/http2_session.h"
#include "gateway/inspection.h"

namespace bailey::gateway {

inline constexpr std::size_t idle_upstreams_max = 8;

enum class Reuse { allowed, fresh_only };
struct Acquired {
  HttpStream* stream = nullptr;
  bool was_used = false;  // it carried other requests: it may have grown old
};
using AcquiredOrError = std::function<void(Result<Acquired>)>;

class UpstreamPool {
 public:
  // `hooks` is borrowed and outlives it.
  UpstreamPool(event::Loop& loop, const InspectionHooks& hooks) : loop_(loop), hooks_(hooks) {}
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;
  ~UpstreamPool() { *alive_ = false; }
  // A stream for one request, now or when a connection is there. Whoever loses interest lets `ticket` go.
  void acquire(UpstreamProtocols protocols, Reuse reuse, const std::shared_ptr<AcquiredOrError>& ticket);

 private:
  struct Waiting {
    UpstreamProtocols protocols;
    std::weak_ptr<AcquiredOrError> ticket;
  };
  [[nodiscard]] std::optional<Acquired> take_existing(UpstreamProtocols protocols);
  void open(UpstreamProtocols protocols);
  void on_opened(UpstreamProtocols protocols, Result<UpstreamConnection> opened);
  void give(Result<Acquired> acquired, UpstreamProtocols protocols);
  void serve_waiting();
  [[nodiscard]] Acquired add_http1(std::unique_ptr<Transport> transport);
  void drop(Http1ClientSession* session);
  void drop(Http2Session* session);

  event::Loop& loop_;
  const InspectionHooks& hooks_;
  std::vector<std::unique_ptr<Http1ClientSession>> http1_;
  std::vector<Http1ClientSession*> idle_;
  std::vector<std::unique_ptr<Http2Session>> http2_;
  std::deque<Waiting> waiting_;
  std::size_t opening_ = 0;
  bool speaks_http1_ = false;  // learned from the first connection
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::gateway
