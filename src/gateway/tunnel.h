// Two sockets joined: what comes out of one goes into the other, both ways, until both have ended.
//
// How it works. A direction takes a buffer from the pool when its source has something and gives it back when all of it
// is sent; idle connections hold none. When the pool has none left the bytes are looked at (MSG_PEEK), sent, and only
// then taken out of the source: a receiver that stalls costs no memory either. splice(2) was tried instead: on the one
// machine where it was measured, over loopback, it took less of the gateway's time and more of both ends', and carried
// less. That may be otherwise where the upstream is a network card; measure before changing it. What a side sent last
// is followed by a half-close; a side that is cut off cuts off the other one with a reset, so that nobody takes half a
// body for a whole one.
//
// What it relies on. Both sockets are connected; their flags are this tunnel's to change.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/loop.h"
#include "gateway/bandwidth.h"
#include "gateway/buffer_pool.h"

namespace bailey::gateway {

// At one go, so that a fast connection does not starve the others.
inline constexpr std::size_t tunnel_turn_bytes_max = std::size_t{2} << 20;
inline constexpr std::size_t tunnel_peek_bytes_max = std::size_t{16} << 10;
// Towards the sandbox, which is on this machine: more in the kernel's queue would only leave the cache.
inline constexpr int client_queue_bytes = 208 << 10;

// What a session has sent out so far, over all its connections.
struct UploadBudget {
  std::uint64_t used_bytes = 0;
  std::uint64_t bytes_max = UINT64_MAX;
  [[nodiscard]] std::uint64_t left_bytes() const { return used_bytes >= bytes_max ? 0 : bytes_max - used_bytes; }
};

enum class TunnelEnd { finished, reset, idle, upload_limit, cut, session_over };
// One sentence for the log; empty when nothing is to be said.
[[nodiscard]] std::string_view to_reason(TunnelEnd end);

struct TunnelTraffic {
  std::uint64_t bytes_out = 0;  // from the client
  std::uint64_t bytes_in = 0;
};

class Tunnel {
 public:
  struct Shared {
    event::Loop& loop;
    BufferPool& buffers;
    Bandwidth& bandwidth;
    UploadBudget& uploads;
  };
  struct Ends {
    Fd client;
    Fd upstream;
    // Already read from the client or the upstream: sent before anything else.
    std::string first_bytes;
    std::string early_bytes = {};
  };
  // `on_end` is called once and may destroy the tunnel. What `shared` refers to outlives it.
  [[nodiscard]] static Result<std::unique_ptr<Tunnel>> open(const Shared& shared, Ends ends,
                                                            std::chrono::nanoseconds idle_max,
                                                            std::function<void(TunnelEnd)> on_end);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  ~Tunnel();

  [[nodiscard]] TunnelTraffic traffic() const { return {up_.bytes, down_.bytes}; }
  // Both sides are reset; on_end is told why.
  void cut(TunnelEnd why) { finish(why); }

 private:
  enum class Step { again, wait, broken, over_limit };
  struct Direction {
    int from = -1;
    int to = -1;
    std::uint64_t bytes = 0;
    std::string head;       // to be sent first
    Buffer buffer;          // while bytes are in it
    std::size_t begin = 0;  // of what is not sent yet
    std::size_t end = 0;
    bool from_ended = false;
    bool to_closed = false;
    bool to_is_full = false;
    bool is_throttled = false;
  };

  Tunnel(const Shared& shared, Ends ends, std::chrono::nanoseconds idle_max, std::function<void(TunnelEnd)> on_end);
  void on_ready(Direction& direction, event::Ready ready);
  // What the tunnel ended with, if it did.
  std::optional<TunnelEnd> carry(Direction& direction);
  Step advance(Direction& direction);
  struct Allowance {
    Step step = Step::again;
    std::size_t bytes = 0;
  };
  Allowance allowed(Direction& direction);
  Step send_head(Direction& direction);
  Step fill(Direction& direction, std::size_t bytes_max);
  Step drain(Direction& direction);
  Step peek_and_send(Direction& direction, std::size_t bytes_max);
  Step close_to(Direction& direction);
  static Step ended_or_waiting(Direction& direction, ssize_t count, int error);
  static Step blocked_or_broken(Direction& direction);
  void count_bytes(Direction& direction, std::size_t bytes);
  void drop_buffer(Direction& direction);
  void on_tokens();
  void update_interest();
  void check_idle();
  void finish(TunnelEnd end);

  Shared shared_;
  Fd client_;
  Fd upstream_;
  Direction up_;
  Direction down_;
  std::chrono::nanoseconds idle_max_;
  SteadyTime last_activity_;
  std::function<void(TunnelEnd)> on_end_;
  event::Watch client_watch_;
  event::Watch upstream_watch_;
  event::Timer idle_timer_;
  event::Timer throttle_timer_;
};

}  // namespace bailey::gateway
