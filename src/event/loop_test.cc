#include "event/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "os/files.h"
#include "os/process.h"
#include "os/socket.h"

namespace bailey::event {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] SteadyTime steady_now() const override { return now; }
  SteadyTime now{};
};

struct LoopTest : testing::Test {
  LoopTest() : loop(Loop::create(clock).value()) {
    auto pair = os::socket_pair(os::SocketKind::stream).value();
    ours = std::move(pair.first);
    theirs = std::move(pair.second);
  }
  void round() { ASSERT_TRUE(loop->run_once(milliseconds(0))); }

  FakeClock clock;
  std::unique_ptr<Loop> loop;
  Fd ours, theirs;
};

TEST_F(LoopTest, ReportsADescriptorAsLongAsItIsReady) {
  int calls = 0;
  auto watch = loop->watch(ours.get(), Interest::read, [&](Ready ready) { calls += ready.readable ? 1 : 100; });
  ASSERT_TRUE(watch);
  round();
  EXPECT_EQ(calls, 0);
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  round();
  round();
  EXPECT_EQ(calls, 2) << "level-triggered: unread bytes are reported again";
}

TEST_F(LoopTest, InterestCanChangeAndNoneIsSilentEvenAfterAHangUp) {
  int calls = 0;
  Ready last;
  auto watch = loop->watch(ours.get(), Interest::none, [&](Ready ready) { ++calls, last = ready; });
  ASSERT_TRUE(watch);
  theirs.reset();
  round();
  EXPECT_EQ(calls, 0) << "a hang-up nobody asked about would spin for ever";
  ASSERT_TRUE(watch->set_interest(Interest::write));
  round();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(last.writable);
  EXPECT_FALSE(last.readable);
  ASSERT_TRUE(watch->set_interest(Interest::read_write));
  round();
  EXPECT_TRUE(last.readable && last.writable);
  ASSERT_TRUE(watch->set_interest(Interest::none));
  round();
  EXPECT_EQ(calls, 2);
}

TEST_F(LoopTest, AHandleDestroyedByAnEarlierCallbackOfTheSameRoundIsNotCalled) {
  auto other = os::socket_pair(os::SocketKind::stream).value();
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  ASSERT_EQ(::write(other.second.get(), "x", 1), 1);
  int calls = 0;
  Watch first, second;
  first = loop->watch(ours.get(), Interest::read, [&](Ready) { ++calls, second.reset(), first.reset(); }).value();
  second =
      loop->watch(other.first.get(), Interest::read, [&](Ready) { ++calls, first.reset(), second.reset(); }).value();
  round();
  round();
  EXPECT_EQ(calls, 1) << "whichever came first ended both";
}

TEST_F(LoopTest, ACallbackMayDestroyItselfAndStillUseWhatItCaptured) {
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  auto text = std::make_shared<std::string>("captured");
  std::string seen;
  Watch watch;
  watch = loop->watch(ours.get(), Interest::read,
                      [&watch, &seen, text](Ready) {
                        watch.reset();
                        seen = *text;
                      })
              .value();
  round();
  EXPECT_EQ(seen, "captured");
  EXPECT_EQ(text.use_count(), 1) << "the callback is gone";
}

TEST_F(LoopTest, DisposedObjectsLiveUntilTheRoundIsOver) {
  struct Owner {
    explicit Owner(bool& flag) : gone(flag) {}
    ~Owner() { gone = true; }
    bool& gone;
  };
  bool gone = false;
  bool gone_during_callback = true;
  auto owner = std::make_unique<Owner>(gone);
  const Timer timer = loop->after(seconds(0), [&] {
    loop->dispose(std::move(owner));
    gone_during_callback = gone;
  });
  round();
  EXPECT_FALSE(gone_during_callback);
  EXPECT_TRUE(gone);
}

TEST_F(LoopTest, TimersFireByTheClockInOrderOfTheirDueTime) {
  std::string order;
  const Timer b = loop->after(seconds(2), [&] { order += 'b'; });
  const Timer a = loop->after(seconds(1), [&] { order += 'a'; });
  Timer cancelled = loop->after(seconds(1), [&] { order += '!'; });
  cancelled.reset();
  clock.now += milliseconds(999);
  round();
  EXPECT_EQ(order, "");
  clock.now += milliseconds(1);
  round();
  EXPECT_EQ(order, "a");
  clock.now += seconds(5);
  round();
  round();
  EXPECT_EQ(order, "ab");
}

TEST_F(LoopTest, ARepeatedTimerDoesNotMakeUpForLateRounds) {
  int calls = 0;
  Timer timer = loop->every(seconds(1), [&] { ++calls; });
  clock.now += seconds(10);
  round();
  round();
  EXPECT_EQ(calls, 1);
  clock.now += seconds(1);
  round();
  EXPECT_EQ(calls, 2);
  timer = loop->every(seconds(1), [&] { timer.reset(), ++calls; });
  clock.now += seconds(1);
  round();
  clock.now += seconds(9);
  round();
  EXPECT_EQ(calls, 3) << "it ended itself";
}

TEST_F(LoopTest, ATimerOfNoDelayThatRenewsItselfDoesNotStarveDescriptors) {
  int timers = 0;
  int reads = 0;
  Timer timer;
  std::function<void()> again = [&] { ++timers, timer = loop->after(seconds(0), again); };
  again();
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  auto watch = loop->watch(ours.get(), Interest::read, [&](Ready) { ++reads; });
  for (int i = 0; i < 3; ++i) round();
  EXPECT_EQ(reads, 3);
  EXPECT_EQ(timers, 4);
}

TEST_F(LoopTest, DeferredActionsRunAtTheEndOfTheRoundAndNewOnesInTheNext) {
  std::string order;
  loop->defer([&] {
    order += '1';
    loop->defer([&] { order += '2'; });
  });
  round();
  EXPECT_EQ(order, "1");
  round();
  EXPECT_EQ(order, "12");
}

TEST_F(LoopTest, RegularFilesAndTheNullDeviceAreAlwaysReady) {
  for (const char* path : {"/proc/self/exe", "/dev/null"}) {
    const Fd file = os::open_file(path, O_RDONLY).value();
    int calls = 0;
    auto watch = loop->watch(file.get(), Interest::read, [&](Ready ready) { calls += ready.readable ? 1 : 100; });
    ASSERT_TRUE(watch) << path;
    round();
    EXPECT_EQ(calls, 1) << path;
    ASSERT_TRUE(watch->set_interest(Interest::none));
    round();
    EXPECT_EQ(calls, 1) << path;
  }
}

TEST_F(LoopTest, AClosedDescriptorIsAnErrorNotASilence) {
  EXPECT_FALSE(loop->watch(-1, Interest::none, [](Ready) {}));
  EXPECT_FALSE(loop->watch(ours.release() + 1000, Interest::read, [](Ready) {}));
}

TEST_F(LoopTest, SignalsArriveAsEventsAndAreUnblockedAfterwards) {
  std::vector<int> seen;
  {
    auto signals = loop->watch_signals({SIGUSR1, SIGWINCH}, [&](int signal) { seen.push_back(signal); });
    ASSERT_TRUE(signals);
    ::raise(SIGUSR1);
    ::raise(SIGWINCH);
    round();
    round();
    EXPECT_EQ(seen.size(), 2U);
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGUSR1), 1);
  }
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGUSR1), 0);
}

TEST_F(LoopTest, AChildsExitIsReportedOnce) {
  auto child = os::spawn({.argv = {"/bin/sh", "-c", "exit 7"}}).value();
  int calls = 0;
  const auto watch = loop->watch_exit(child.pidfd(), [&] { ++calls; });
  ASSERT_TRUE(watch);
  for (int i = 0; i < 1000 && calls == 0; ++i) ASSERT_TRUE(loop->run_once(milliseconds(20)));
  round();
  EXPECT_EQ(calls, 1) << "the descriptor stays readable: only the first time counts";
  EXPECT_EQ(os::shell_status(child.wait().value()), 7);
}

TEST_F(LoopTest, RunEndsWhenToldAlsoBeforehand) {
  loop->stop();
  ASSERT_TRUE(loop->run());
  int rounds = 0;
  const Timer timer = loop->after(seconds(0), [&] { ++rounds, loop->stop(); });
  ASSERT_TRUE(loop->run());
  EXPECT_EQ(rounds, 1);
}

}  // namespace
}  // namespace bailey::event
