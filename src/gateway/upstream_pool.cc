#include "gateway/upstream_pool.h"

#include <algorithm>
#include <utility>

namespace bailey::gateway {

void UpstreamPool::acquire(UpstreamProtocols protocols, Reuse reuse, const std::shared_ptr<AcquiredOrError>& ticket) {
  if (reuse == Reuse::allowed)
    if (const auto existing = take_existing(protocols)) return (*ticket)(*existing);
  waiting_.push_back({protocols, ticket});
  // As long as the first connection may turn out to be shared, the others wait for it.
  const bool may_share = protocols == UpstreamProtocols::any && !speaks_http1_ && opening_ > 0;
  if (!may_share) open(protocols);
}

std::optional<Acquired> UpstreamPool::take_existing(UpstreamProtocols protocols) {
  if (protocols == UpstreamProtocols::any)
    for (const auto& session : http2_)
      if (session->is_usable()) return Acquired{&session->open_stream(), true};
  while (!idle_.empty()) {
    auto* const session = idle_.back();
    idle_.pop_back();
    if (session->is_usable()) return Acquired{session, session->was_used()};
  }
  return std::nullopt;
}

void UpstreamPool::open(UpstreamProtocols protocols) {
  ++opening_;
  hooks_.open_upstream(protocols, [this, alive = alive_, protocols](Result<UpstreamConnection> opened) {
    if (!*alive) return;
    --opening_;
    on_opened(protocols, std::move(opened));
  });
}

void UpstreamPool::on_opened(UpstreamProtocols protocols, Result<UpstreamConnection> opened) {
  if (!opened) {
    give(std::unexpected(opened.error()), protocols);
    return serve_waiting();
  }
  if (opened->protocol != "h2") {
    speaks_http1_ = true;
    give(add_http1(std::move(opened->transport)), protocols);
    return serve_waiting();
  }
  auto slot = std::make_shared<Http2Session*>(nullptr);
  auto session =
      Http2Session::connect(loop_, std::move(opened->transport), {.on_closed = [this, slot] { drop(*slot); }});
  if (!session) {
    give(std::unexpected(session.error()), protocols);
    return serve_waiting();
  }
  *slot = session->get();
  http2_.push_back(std::move(*session));
  serve_waiting();
}

Acquired UpstreamPool::add_http1(std::unique_ptr<Transport> transport) {
  auto slot = std::make_shared<Http1ClientSession*>(nullptr);
  Http1ClientSession::Events events;
  events.on_idle = [this, slot] {
    idle_.push_back(*slot);
    // From inside a call of an exchange: whoever waits is served afterwards.
    if (!waiting_.empty())
      loop_.defer([this, alive = alive_] {
        if (*alive) serve_waiting();
      });
  };
  events.on_closed = [this, slot] { drop(*slot); };
  http1_.push_back(std::make_unique<Http1ClientSession>(loop_, std::move(transport), std::move(events)));
  *slot = http1_.back().get();
  return {*slot, false};
}

// To the first that waits for such a connection; what nobody waits for any more is kept or dropped.
void UpstreamPool::give(Result<Acquired> acquired, UpstreamProtocols protocols) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto ticket = at->ticket.lock();
    const bool fits = ticket && at->protocols == protocols;
    if (ticket && !fits) {
      ++at;
      continue;
    }
    at = waiting_.erase(at);
    if (fits) return (*ticket)(std::move(acquired));
  }
  if (acquired && idle_.size() < idle_upstreams_max)
    if (auto* const session = dynamic_cast<Http1ClientSession*>(acquired->stream)) idle_.push_back(session);
}

void UpstreamPool::serve_waiting() {
  std::size_t unserved = 0;
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const auto ticket = next.ticket.lock();
    if (!ticket) continue;
    if (const auto existing = take_existing(next.protocols)) {
      (*ticket)(*existing);
      continue;
    }
    waiting_.push_back(std::move(next));
    if (++unserved > opening_) open(waiting_.back().protocols);
  }
}

void UpstreamPool::drop(Http1ClientSession* session) {
  std::erase(idle_, session);
  const auto at = std::find_if(http1_.begin(), http1_.end(), [&](const auto& each) { return each.get() == session; });
  if (at == http1_.end()) return;
  loop_.dispose(std::move(*at));
  http1_.erase(at);
}

void UpstreamPool::drop(Http2Session* session) {
  const auto at = std::find_if(http2_.begin(), http2_.end(), [&](const auto& each) { return each.get() == session; });
  if (at == http2_.end()) return;
  loop_.dispose(std::move(*at));
  http2_.erase(at);
}

}  // namespace bailey::gateway
