// A listening socket on the loop: accepts a bounded share per round, rests when there are no descriptors.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"

namespace bailey::gateway {

inline constexpr std::size_t accepts_per_round_max = 64;
inline constexpr std::chrono::milliseconds accept_pause{100};  // out of descriptors or memory

class Listener {
 public:
  // `socket` listens. Accepted sockets are non-blocking and close-on-exec.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> open(event::Loop& loop, Fd socket,
                                                              std::function<void(Fd)> on_accepted);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  Listener(event::Loop& loop, Fd socket, std::function<void(Fd)> on_accepted)
      : loop_(loop), socket_(std::move(socket)), on_accepted_(std::move(on_accepted)) {}
  void accept();

  event::Loop& loop_;
  Fd socket_;
  std::function<void(Fd)> on_accepted_;
  event::Watch watch_;
  event::Timer rest_;
};

}  // namespace bailey::gateway
