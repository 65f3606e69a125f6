#include "approval/queue.h"

#include <gtest/gtest.h>

#include "approval/test_support.h"

namespace bailey::approval {
namespace {

using std::chrono::milliseconds;

Request push_request(const std::string& branch) {
  return {.kind = "git-push",
          .title = "push to " + branch,
          .remember = "git-push origin " + branch,
          .action = json::Object{{"branch", branch}}};
}

class QueueTest : public testing::Test {
 protected:
  QueueTest() { start(); }

  void start() {
    queue_.reset();
    queue_ = Queue::open(*loop_,
                         {.session = "shell-repo-x",
                          .session_directory = directory_.path(),
                          .state_directory = directory_.path(),
                          .lifetime = lifetime_default,
                          .unattended = unattended_},
                         {.on_step = [this](Step step, const Entry& entry) { steps_.emplace_back(step, entry.id); },
                          .on_revoked = [this](const Remembered& choice) { revoked_.push_back(choice.key); },
                          .on_unclaimed = [this](const Entry& entry) { unclaimed_.push_back(entry.id); },
                          .is_attended = [this] { return attended_; }})
                 .value();
  }
  std::uint64_t ask(Request request) {
    const auto id = queue_->ask(std::move(request), [this](const Answer& answer) { answers_.push_back(answer); });
    EXPECT_TRUE(id) << to_lines(id.error());
    return id.value_or(0);
  }
  void round() { ASSERT_TRUE(loop_->run_once(milliseconds(0))); }
  void pass(std::chrono::seconds time) {
    clock_.advance(time);
    round();
    round();
  }
  Entry stored(std::uint64_t id) { return Store(approvals_directory(directory_.path())).load(id).value(); }
  Status approve(std::uint64_t id, Scope scope = Scope::once) {
    return queue_->decide(id, {State::approved, scope, "terminal"});
  }
  Status deny(std::uint64_t id, Scope scope = Scope::once) {
    return queue_->decide(id, {State::denied, scope, "terminal"});
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<event::Loop> loop_ = event::Loop::create(clock_).value();
  Unattended unattended_ = Unattended::queue;
  bool attended_ = true;
  std::vector<std::pair<Step, std::uint64_t>> steps_;
  std::vector<std::string> revoked_;
  std::vector<std::uint64_t> unclaimed_;
  std::vector<Answer> answers_;
  std::unique_ptr<Queue> queue_;
};

TEST_F(QueueTest, AsksOnceAndAnswersOnce) {
  const std::uint64_t id = ask(domain_request("example.org"));
  EXPECT_EQ(stored(id).answer.state, State::pending) << "on disk before anybody is asked";
  ASSERT_TRUE(approve(id));
  EXPECT_TRUE(answers_.empty()) << "never from inside decide()";
  EXPECT_EQ(stored(id).answer.state, State::approved);
  round();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0], (Answer{State::approved, Scope::once, "terminal"}));
  EXPECT_FALSE(deny(id)) << "the first answer wins";
  EXPECT_FALSE(approve(id));
  round();
  EXPECT_EQ(answers_.size(), 1U);
  EXPECT_EQ(steps_, (std::vector<std::pair<Step, std::uint64_t>>{{Step::asked, id}, {Step::approved, id}}));
  EXPECT_TRUE(queue_->pending().empty());
  ask(domain_request("example.org"));
  EXPECT_EQ(queue_->pending().size(), 1U) << "once is once";
}

TEST_F(QueueTest, DeniesAndKnowsNoOtherNumbers) {
  const std::uint64_t id = ask(domain_request("example.org"));
  EXPECT_FALSE(approve(id + 1));
  EXPECT_FALSE(queue_->decide(id, {State::pending, Scope::once, ""}));
  EXPECT_FALSE(queue_->decide(id, {State::expired, Scope::once, ""}));
  ASSERT_TRUE(deny(id));
  round();
  EXPECT_EQ(answers_.at(0).state, State::denied);
}

TEST_F(QueueTest, ExpiresByItself) {
  const std::uint64_t id = ask(domain_request("example.org"));
  pass(lifetime_default - std::chrono::seconds(1));
  EXPECT_TRUE(answers_.empty());
  pass(std::chrono::seconds(2));
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].state, State::expired);
  EXPECT_EQ(stored(id).answer.by, "expiry");
  EXPECT_FALSE(approve(id)) << "too late";
}

TEST_F(QueueTest, ALateAnswerIsRefusedEvenWhenTheTimerHasNotFired) {
  const std::uint64_t id = ask(domain_request("example.org"));
  clock_.wall += lifetime_default;  // the machine slept: the timer's clock stood still
  EXPECT_FALSE(approve(id));
  EXPECT_EQ(stored(id).answer.state, State::expired);
}

TEST_F(QueueTest, ASessionsAnswerIsRememberedUntilItIsRevoked) {
  const std::uint64_t first = ask(domain_request("example.org"));
  const std::uint64_t alike = ask(domain_request("example.org"));
  const std::uint64_t other = ask(domain_request("other.org"));
  ASSERT_TRUE(approve(first, Scope::session));
  round();
  EXPECT_EQ(stored(alike).answer.by, "session") << "what was asked before is answered too";
  EXPECT_EQ(stored(other).answer.state, State::pending);
  const std::uint64_t later = ask(domain_request("example.org"));
  EXPECT_EQ(stored(later).answer.state, State::approved);
  start();
  const std::uint64_t restarted = ask(domain_request("example.org"));
  EXPECT_EQ(stored(restarted).answer.state, State::approved) << "a restarted session is the same one";
  ASSERT_TRUE(queue_->revoke("domain example.org"));
  EXPECT_FALSE(queue_->revoke("domain example.org"));
  EXPECT_EQ(revoked_, std::vector<std::string>{"domain example.org"});
  EXPECT_EQ(stored(ask(domain_request("example.org"))).answer.state, State::pending);
  start();
  EXPECT_TRUE(queue_->remembered().empty());
}

TEST_F(QueueTest, ARememberedNoIsRememberedToo) {
  ASSERT_TRUE(deny(ask(domain_request("example.org")), Scope::session));
  EXPECT_EQ(stored(ask(domain_request("example.org"))).answer.state, State::denied);
}

TEST_F(QueueTest, AChoiceIsForItsKindOnly) {
  ASSERT_TRUE(approve(ask(domain_request("example.org")), Scope::session));
  Request disguised = push_request("x");
  disguised.remember = "domain example.org";
  EXPECT_EQ(stored(ask(disguised)).answer.state, State::pending);
}

TEST_F(QueueTest, WhatCantBeRememberedIsAllowedOnlyOnce) {
  Request request = domain_request("example.org");
  request.remember.clear();
  const std::uint64_t id = ask(request);
  EXPECT_FALSE(approve(id, Scope::session));
  EXPECT_EQ(stored(id).answer.state, State::pending);
  EXPECT_TRUE(approve(id));
}

TEST_F(QueueTest, AnAskerThatWentAwayHearsNothing) {
  const std::uint64_t idle = ask(domain_request("example.org"));
  const std::uint64_t held = ask(push_request("x"));
  queue_->forget(idle);
  queue_->forget(held);
  queue_->forget(9'999);
  EXPECT_EQ(stored(idle).answer, (Answer{State::denied, Scope::once, "end"})) << "nothing is left to do";
  EXPECT_EQ(stored(held).answer.state, State::pending) << "its action can still be carried out";
  ASSERT_TRUE(approve(held));
  round();
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(unclaimed_, std::vector<std::uint64_t>{held});
}

TEST_F(QueueTest, AnAskerThatGoesAwayAfterTheAnswerButBeforeItHeardLeavesTheActionToUs) {
  const std::uint64_t held = ask(push_request("x"));
  ASSERT_TRUE(approve(held));
  queue_->forget(held);
  round();
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(unclaimed_, std::vector<std::uint64_t>{held});
}

TEST_F(QueueTest, WhatWasHeldWhenTheSupervisorWasKilledIsStillHeld) {
  const std::uint64_t idle = ask(domain_request("example.org"));
  const std::uint64_t held = ask(push_request("x"));
  start();  // without close(), as after a kill
  EXPECT_EQ(stored(idle).answer.state, State::denied);
  ASSERT_EQ(queue_->pending().size(), 1U);
  ASSERT_TRUE(approve(held));
  round();
  EXPECT_EQ(unclaimed_, std::vector<std::uint64_t>{held});
  EXPECT_NE(ask(domain_request("example.org")), held) << "numbers go on";
}

TEST_F(QueueTest, WhatExpiredWhileNobodyLookedIsExpired) {
  const std::uint64_t held = ask(push_request("x"));
  queue_.reset();
  clock_.advance(lifetime_default);
  start();
  EXPECT_EQ(stored(held).answer.state, State::expired);
  EXPECT_FALSE(approve(held));
}

TEST_F(QueueTest, AnActionThatFailedCanBeTriedAgain) {
  const std::uint64_t held = ask(push_request("x"));
  queue_->forget(held);
  ASSERT_TRUE(approve(held));
  round();
  EXPECT_FALSE(approve(held)) << "it is being carried out";
  queue_->set_outcome(held, Outcome::failed, "the remote is down");
  EXPECT_EQ(stored(held).outcome_text, "the remote is down");
  EXPECT_FALSE(deny(held));
  ASSERT_TRUE(approve(held));
  round();
  EXPECT_EQ(unclaimed_.size(), 2U);
  queue_->set_outcome(held, Outcome::done, "");
  EXPECT_FALSE(approve(held));
}

TEST_F(QueueTest, TheEndOfTheSessionLetsNobodyWait) {
  const std::uint64_t idle = ask(domain_request("example.org"));
  const std::uint64_t held = ask(push_request("x"));
  queue_->close();
  round();
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0].state == State::pending, answers_[1].state == State::denied);
  EXPECT_EQ(stored(idle).answer.state, State::denied);
  EXPECT_EQ(stored(held).answer.state, State::pending);
  EXPECT_FALSE(queue_->ask(domain_request("late.org"), {}));
}

TEST_F(QueueTest, AnUnattendedSessionQueuesOrDenies) {
  attended_ = false;
  EXPECT_EQ(stored(ask(domain_request("queued.org"))).answer.state, State::pending);
  unattended_ = Unattended::deny;
  start();
  const std::uint64_t denied = ask(domain_request("denied.org"));
  EXPECT_EQ(stored(denied).answer, (Answer{State::denied, Scope::once, "policy"}));
  round();
  EXPECT_EQ(answers_.back().state, State::denied);
  attended_ = true;
  EXPECT_EQ(stored(ask(domain_request("asked.org"))).answer.state, State::pending);
}

TEST_F(QueueTest, AFloodIsBounded) {
  for (std::size_t i = 0; i < pending_max; ++i) ask(domain_request("h" + std::to_string(i) + ".org"));
  EXPECT_FALSE(queue_->ask(domain_request("one-more.org"), {}));
  EXPECT_EQ(queue_->pending().size(), pending_max);
}

TEST_F(QueueTest, OldAnswersMakeRoom) {
  for (std::size_t i = 0; i < decided_max + 10; ++i) {
    ASSERT_TRUE(deny(ask(domain_request("example.org"))));
    round();
  }
  const auto listing = Store(approvals_directory(directory_.path())).list().value();
  EXPECT_EQ(listing.entries.size(), decided_max);
  EXPECT_EQ(listing.entries.back().id, decided_max + 10);
}

TEST_F(QueueTest, AnApprovalThatCantBeWrittenDownIsNone) {
  const std::uint64_t id = ask(domain_request("example.org"));
  ASSERT_TRUE(os::remove_tree(approvals_directory(directory_.path())));
  ASSERT_TRUE(os::write_file(approvals_directory(directory_.path()), "in the way"));
  EXPECT_FALSE(approve(id));
  round();
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(queue_->pending().size(), 1U);
  (void)deny(id);
  round();
  EXPECT_EQ(answers_.at(0).state, State::denied) << "a no needs no paper";
}

TEST_F(QueueTest, ARequestOfTheWrongFormIsNotAsked) {
  EXPECT_FALSE(queue_->ask({.kind = "Push!", .title = "push"}, {}));
  EXPECT_FALSE(queue_->ask({.kind = "push", .title = ""}, {}));
  EXPECT_TRUE(steps_.empty());
}

}  // namespace
}  // namespace bailey::approval
