#include "session/broker_event.h"

#include <gtest/gtest.h>

#include "session/start_rate.h"

namespace bailey::session {
namespace {

using broker::Act;
using broker::Outcome;

TEST(BrokerEvents, SayWhatWasDecided) {
  const auto given = broker_event({.act = Act::git_get, .outcome = Outcome::given, .rule = "r", .host = "github.com"});
  EXPECT_EQ(given.category, audit::Category::credential);
  EXPECT_EQ(given.action.text(), "git_get");
  EXPECT_EQ(given.decision, audit::Decision::allow);
  EXPECT_EQ(given.rule, "r");
  EXPECT_EQ(std::get<std::string>(*given.subject.find("host")), "github.com");
  EXPECT_EQ(given.subject.find("key"), nullptr);
  EXPECT_EQ(broker_event({.act = Act::ssh_sign, .outcome = Outcome::refused}).decision, audit::Decision::deny);
  EXPECT_EQ(broker_event({.act = Act::commit_sign, .outcome = Outcome::given, .by = "terminal"}).decision,
            audit::Decision::approved);
  EXPECT_EQ(broker_event({.act = Act::commit_sign, .outcome = Outcome::denied, .by = "terminal"}).decision,
            audit::Decision::denied);
  EXPECT_EQ(broker_event({.outcome = Outcome::denied, .by = "expiry"}).decision, audit::Decision::expired);
  EXPECT_EQ(broker_event({.outcome = Outcome::failed}).level, audit::Level::warning);
}

TEST(StartRate, SoManyAMinuteAndOneComplaint) {
  StartRate rate;
  std::chrono::steady_clock::time_point now;
  for (std::size_t i = 0; i < broker_starts_a_minute_max; ++i) ASSERT_EQ(rate.count(now), StartRate::Verdict::start);
  EXPECT_EQ(rate.count(now), StartRate::Verdict::refuse_first);
  EXPECT_EQ(rate.count(now + std::chrono::seconds(59)), StartRate::Verdict::refuse);
  EXPECT_EQ(rate.count(now + std::chrono::seconds(60)), StartRate::Verdict::start);
}

}  // namespace
}  // namespace bailey::session
