#include "event/loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bailey::event {
namespace {

constexpr int events_per_round_max = 64;

bool wants(Interest interest, Interest part) {
  return (static_cast<unsigned>(interest) & static_cast<unsigned>(part)) != 0;
}

unsigned epoll_mask(Interest interest) {
  unsigned mask = 0;
  if (wants(interest, Interest::read)) mask |= EPOLLIN;
  if (wants(interest, Interest::write)) mask |= EPOLLOUT;
  return mask;
}

Ready ready_for(Interest interest, unsigned events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  return {.readable = wants(interest, Interest::read) && (broken || (events & EPOLLIN) != 0),
          .writable = wants(interest, Interest::write) && (broken || (events & EPOLLOUT) != 0)};
}

}  // namespace

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    loop_ = std::exchange(other.loop_, nullptr);
    number_ = std::exchange(other.number_, 0);
  }
  return *this;
}

void Handle::reset() {
  if (loop_ != nullptr) std::exchange(loop_, nullptr)->remove(number_);
}

Status Watch::set_interest(Interest interest) {
  return loop_ == nullptr ? Status{} : loop_->set_interest(number_, interest);
}

Result<std::unique_ptr<Loop>> Loop::create(const Clock& clock) {
  std::unique_ptr<Loop> loop(new Loop(clock));
  loop->epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!loop->epoll_) return fail_errno("create an event loop", "raise the limit of open files (ulimit -n)");
  return loop;
}

Loop::~Loop() {
  // Owners that handed themselves over may still hold handles of this loop: they go first.
  while (!disposed_.empty()) std::exchange(disposed_, {}).clear();
  // So may callbacks: taken out first, so that those handles find empty maps instead of half-destroyed ones.
  std::exchange(deferred_, {}).clear();
  std::exchange(descriptors_, {}).clear();
  std::exchange(timers_, {}).clear();
}

Result<Watch> Loop::watch(int fd, Interest interest, std::function<void(Ready)> on_ready) {
  const std::uint64_t number = ++last_number_;
  descriptors_[number] = {.fd = fd, .on_ready = std::make_shared<std::function<void(Ready)>>(std::move(on_ready))};
  Watch handle(this, number);
  // Registered once even without interest, so that a descriptor that can't be watched is an error here and now.
  TRY_STATUS(set_interest(number, interest == Interest::none ? Interest::read : interest));
  TRY_STATUS(set_interest(number, interest));
  return handle;
}

Status Loop::set_interest(std::uint64_t number, Interest interest) {
  const auto found = descriptors_.find(number);
  if (found == descriptors_.end() || found->second.interest == interest) return {};
  Descriptor& descriptor = found->second;
  descriptor.interest = interest;
  if (!descriptor.always_ready) {
    epoll_event event{.events = epoll_mask(interest), .data = {.u64 = number}};
    // epoll reports hang-ups even for an empty mask, which would spin: no interest means not registered.
    const int operation = interest == Interest::none ? EPOLL_CTL_DEL
                          : descriptor.in_epoll      ? EPOLL_CTL_MOD
                                                     : EPOLL_CTL_ADD;
    if (operation == EPOLL_CTL_DEL && !descriptor.in_epoll) return {};
    if (::epoll_ctl(epoll_.get(), operation, descriptor.fd, &event) == 0) {
      descriptor.in_epoll = operation != EPOLL_CTL_DEL;
      return {};
    }
    if (errno != EPERM) return fail_errno("watch a descriptor");
    descriptor.always_ready = true;
  }
  if (interest == Interest::none) always_ready_.erase(number);
  else always_ready_.insert(number);
  return {};
}

void Loop::remove(std::uint64_t number) {
  if (const auto found = descriptors_.find(number); found != descriptors_.end()) {
    if (found->second.in_epoll) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.fd, nullptr);
    always_ready_.erase(number);
    // The callback may own what it captured, and that may own further handles: erase before destroying.
    auto callback = std::move(found->second.on_ready);
    descriptors_.erase(found);
    return;
  }
  if (const auto found = timers_.find(number); found != timers_.end()) {
    due_.erase({found->second.due, number});
    auto action = std::move(found->second.action);
    timers_.erase(found);
  }
}

Timer Loop::schedule(std::chrono::nanoseconds delay, std::chrono::nanoseconds period, std::function<void()> action) {
  const std::uint64_t number = ++last_number_;
  const SteadyTime due = clock_.steady_now() + std::max(delay, std::chrono::nanoseconds(0));
  timers_[number] = {due, period, std::make_shared<std::function<void()>>(std::move(action))};
  due_.emplace(due, number);
  return {this, number};
}

Timer Loop::after(std::chrono::nanoseconds delay, std::function<void()> action) {
  return schedule(delay, std::chrono::nanoseconds(0), std::move(action));
}

Timer Loop::every(std::chrono::nanoseconds period, std::function<void()> action) {
  period = std::max(period, std::chrono::nanoseconds(1));
  return schedule(period, period, std::move(action));
}

void Loop::defer(std::function<void()> action) { deferred_.push_back(std::move(action)); }

int Loop::sleep_ms(std::chrono::milliseconds wait_max) const {
  using std::chrono::milliseconds;
  if (!deferred_.empty() || !disposed_.empty() || !always_ready_.empty()) return 0;
  auto wait = wait_max;
  if (!due_.empty()) {
    const auto left = std::chrono::ceil<milliseconds>(due_.begin()->first - clock_.steady_now());
    wait = std::clamp(left, milliseconds(0), wait_max);
  }
  return static_cast<int>(wait.count());
}

void Loop::deliver(std::uint64_t number, unsigned epoll_events) {
  const auto found = descriptors_.find(number);
  if (found == descriptors_.end()) return;  // its handle went earlier in this round
  const Ready ready = ready_for(found->second.interest, epoll_events);
  if (!ready.readable && !ready.writable) return;  // interest changed earlier in this round
  const auto callback = found->second.on_ready;    // kept alive if the handle goes during the call
  (*callback)(ready);
}

void Loop::deliver_always_ready() {
  const std::vector<std::uint64_t> numbers(always_ready_.begin(), always_ready_.end());
  for (const auto number : numbers) deliver(number, EPOLLIN | EPOLLOUT);
}

void Loop::fire_timers() {
  const SteadyTime now = clock_.steady_now();
  // Only those due at the start: a timer of zero delay that sets itself again must not starve descriptors.
  std::vector<std::uint64_t> numbers;
  for (const auto& [due, number] : due_) {
    if (due > now) break;
    numbers.push_back(number);
  }
  for (const auto number : numbers) {
    const auto found = timers_.find(number);
    if (found == timers_.end()) continue;  // cancelled by an earlier one
    due_.erase({found->second.due, number});
    const auto action = found->second.action;
    if (found->second.period.count() > 0) {
      found->second.due = now + found->second.period;
      due_.emplace(found->second.due, number);
    } else {
      timers_.erase(found);
    }
    (*action)();
  }
}

void Loop::finish_round() {
  for (const auto& action : std::exchange(deferred_, {})) action();
  while (!disposed_.empty()) std::exchange(disposed_, {}).clear();
}

Status Loop::run_once(std::chrono::milliseconds wait_max) {
  std::array<epoll_event, events_per_round_max> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), events_per_round_max, sleep_ms(wait_max));
  if (count < 0 && errno != EINTR) return fail_errno("wait for events");
  for (int i = 0; i < count; ++i) deliver(events[i].data.u64, events[i].events);
  deliver_always_ready();
  fire_timers();
  finish_round();
  return {};
}

Status Loop::run() {
  constexpr std::chrono::milliseconds longest_sleep = std::chrono::hours(1);
  while (!stopping_) TRY_STATUS(run_once(longest_sleep));
  stopping_ = false;
  return {};
}

}  // namespace bailey::event
