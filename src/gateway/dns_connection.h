// One DNS connection over TCP (RFC 7766): messages with two bytes of length in front, answered in their order.
//
// How it works. advance() answers what has arrived whole, until the answers' queue is full (it goes on when the client
// has read some) or the round's share is used up (it goes on in the next round, after the others). Meanwhile nothing is
// read, so a client that only writes fills its own socket. The idle time starts anew with every answered query, not
// with every byte: whoever sends or reads a byte now and then is idle.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "event/stream.h"
#include "gateway/dns_responder.h"

namespace bailey::gateway {

inline constexpr std::size_t dns_query_bytes_max = 4096;  // a longer one ends the connection
inline constexpr std::size_t dns_connection_queue_bytes_max = std::size_t{16} << 10;
inline constexpr std::size_t dns_queries_per_round_max = 32;
inline constexpr std::chrono::seconds dns_idle_time_max{10};

class DnsConnection {
 public:
  // `on_closed` is called once and may not destroy the connection itself: loop.dispose() does.
  [[nodiscard]] static Result<std::unique_ptr<DnsConnection>> open(event::Loop& loop, Fd socket,
                                                                   DnsResponder& responder,
                                                                   std::function<void()> on_closed);
  // Answers nothing any more and calls on_closed, if that has not happened.
  void close();
  // When it last answered something (or was opened).
  [[nodiscard]] SteadyTime last_used() const { return last_used_; }

 private:
  DnsConnection(event::Loop& loop, DnsResponder& responder, std::function<void()> on_closed)
      : loop_(loop), responder_(responder), on_closed_(std::move(on_closed)) {}
  void receive(std::string_view bytes);
  void advance();
  [[nodiscard]] bool answer_next();
  void use();

  event::Loop& loop_;
  DnsResponder& responder_;
  std::function<void()> on_closed_;
  std::unique_ptr<event::Stream> stream_;
  event::Timer idle_;
  event::Timer next_round_;
  SteadyTime last_used_{};
  std::string input_;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace bailey::gateway
