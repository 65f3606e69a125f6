// The event loop: epoll(7), timers, signals and child exits for one thread.
//
// How it works. Everything waited for is a handle (Watch, Timer, Signals) that its owner keeps; destroying the handle
// ends the wait. Registrations have numbers that are never used twice, and epoll carries the number, not a pointer:
// an event that was already fetched for a handle destroyed in the same round finds nothing and is dropped. Any
// callback may therefore destroy any handle, its own included. An owner that wants to destroy *itself* from inside
// its own callback hands itself to dispose(), which waits until the round is over.
//
// What it relies on. Descriptors are level-triggered and stay open while watched. Time comes from Clock, so that a
// test moves it by hand; only the longest sleep in the kernel uses real time. The loop outlives its handles.
// Callbacks must not throw and must not call run() or run_once().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace bailey::event {

class Loop;

enum class Interest : unsigned { none = 0, read = 1, write = 2, read_write = 3 };

// What a descriptor is ready for. An error or a hang-up is reported as ready for whatever was asked: the read or
// write that follows says what happened. With Interest::none nothing is reported, not even a hang-up.
struct Ready {
  bool readable = false;
  bool writable = false;
};

// Shared by the handles: a registration in a loop, removed when the handle goes.
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept
      : loop_(std::exchange(other.loop_, nullptr)), number_(std::exchange(other.number_, 0)) {}
  Handle& operator=(Handle&& other) noexcept;
  ~Handle() { reset(); }

  void reset();
  // False for a default-constructed, moved-from or reset handle. A timer that has fired stays true until it is reset.
  [[nodiscard]] explicit operator bool() const { return loop_ != nullptr; }

 protected:
  friend class Loop;
  Handle(Loop* loop, std::uint64_t number) : loop_(loop), number_(number) {}

  Loop* loop_ = nullptr;
  std::uint64_t number_ = 0;
};

class Watch : public Handle {
 public:
  using Handle::Handle;
  // Cheap when nothing changes. Fails only if the kernel is out of memory or watches.
  Status set_interest(Interest interest);
};

class Timer : public Handle {
 public:
  using Handle::Handle;
};

// Blocks the signals in the calling thread (before other threads start, in all of them) and unblocks those that were
// not blocked before when it goes.
class Signals {
 public:
  Signals() = default;
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&& other) noexcept;
  ~Signals() { reset(); }
  void reset();

 private:
  friend class Loop;
  std::unique_ptr<Watch> watch_;
  std::shared_ptr<Fd> fd_;
  std::vector<int> newly_blocked_;
};

class Loop {
 public:
  // `clock` is borrowed and outlives the loop.
  [[nodiscard]] static Result<std::unique_ptr<Loop>> create(const Clock& clock);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // `fd` is borrowed. Regular files and devices that epoll refuses (EPERM) count as always ready, as in poll(2).
  [[nodiscard]] Result<Watch> watch(int fd, Interest interest, std::function<void(Ready)> on_ready);
  // Once, when the process behind a pidfd has ended (pidfd_open(2)); reaping it is the callback's business.
  [[nodiscard]] Result<Watch> watch_exit(int pidfd, std::function<void()> on_exit);
  // signalfd(2). Several of the same signal may arrive as one.
  [[nodiscard]] Result<Signals> watch_signals(const std::vector<int>& signals, std::function<void(int)> on_signal);
  // Once after `delay`; a negative delay counts as zero.
  [[nodiscard]] Timer after(std::chrono::nanoseconds delay, std::function<void()> action);
  // Again and again; a late round is not made up for.
  [[nodiscard]] Timer every(std::chrono::nanoseconds period, std::function<void()> action);
  // At the end of this round, in order; what is deferred meanwhile runs in the next.
  void defer(std::function<void()> action);
  // Destroys `object` once no callback is running.
  template <typename T>
  void dispose(std::unique_ptr<T> object) {
    disposed_.emplace_back(std::move(object));
  }

  // Until stop(). A stop() before run() makes it return at once.
  Status run();
  // One round, sleeping at most `wait_max` of real time.
  Status run_once(std::chrono::milliseconds wait_max);
  void stop() { stopping_ = true; }

  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  friend class Handle;
  friend class Watch;
  struct Descriptor {
    int fd = -1;
    Interest interest = Interest::none;
    bool in_epoll = false;
    bool always_ready = false;
    std::shared_ptr<std::function<void(Ready)>> on_ready;
  };
  struct Pending {
    SteadyTime due;
    std::chrono::nanoseconds period{0};  // 0: once
    std::shared_ptr<std::function<void()>> action;
  };

  explicit Loop(const Clock& clock) : clock_(clock) {}
  Timer schedule(std::chrono::nanoseconds delay, std::chrono::nanoseconds period, std::function<void()> action);
  void remove(std::uint64_t number);
  Status set_interest(std::uint64_t number, Interest interest);
  [[nodiscard]] int sleep_ms(std::chrono::milliseconds wait_max) const;
  void deliver(std::uint64_t number, unsigned epoll_events);
  void deliver_always_ready();
  void fire_timers();
  void finish_round();

  const Clock& clock_;
  Fd epoll_;
  bool stopping_ = false;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Descriptor> descriptors_;
  std::set<std::uint64_t> always_ready_;  // those with interest
  std::unordered_map<std::uint64_t, Pending> timers_;
  std::set<std::pair<SteadyTime, std::uint64_t>> due_;
  std::vector<std::function<void()>> deferred_;
  std::vector<std::shared_ptr<void>> disposed_;
};

}  // namespace bailey::event
