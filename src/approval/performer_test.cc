#include "approval/performer.h"

#include <gtest/gtest.h>

#include "approval/test_support.h"

namespace bailey::approval {
namespace {

struct PerformerTest : testing::Test {
  PerformerTest() {
    performers["domain"] = [this](const json::Value& action, const PerformContext& context) -> Status {
      done.push_back(action);
      context.say("done in " + context.session);
      if (fails) return fail("do it", "the remote is down");
      return {};
    };
    entry.request.action = json::Object{{"domain", "example.org"}};
    entry.answer.state = State::approved;
  }
  Status run() {
    EXPECT_TRUE(Store(approvals_directory(directory.path())).save(entry));
    return perform_stored(performers, directory.path(), entry.id, [this](std::string_view line) { said += line; });
  }
  TemporaryDirectory directory;
  Performers performers;
  Entry entry = entry_of(7);
  std::vector<json::Value> done;
  std::string said;
  bool fails = false;
};

TEST_F(PerformerTest, CarriesOutWhatWasApprovedAsItWasAsked) {
  ASSERT_TRUE(run());
  EXPECT_EQ(done, std::vector<json::Value>{entry.request.action});
  EXPECT_EQ(said, "done in shell-repo-x");
}

TEST_F(PerformerTest, NothingElseIsCarriedOut) {
  for (const State state : {State::pending, State::denied, State::expired}) {
    entry.answer.state = state;
    EXPECT_FALSE(run());
  }
  entry.answer.state = State::approved;
  entry.outcome = Outcome::done;
  EXPECT_FALSE(run()) << "twice";
  entry.outcome = Outcome::none;
  entry.request.kind = "other";
  EXPECT_FALSE(run());
  entry.request.kind = "domain";
  entry.request.action = {};
  EXPECT_FALSE(run());
  EXPECT_FALSE(perform_stored(performers, directory.path(), 8, {})) << "no such request";
  EXPECT_TRUE(done.empty());
}

TEST_F(PerformerTest, AFailureIsToldAndCanBeTriedAgain) {
  fails = true;
  EXPECT_EQ(run().error().why, "the remote is down");
  entry.outcome = Outcome::failed;
  fails = false;
  EXPECT_TRUE(run());
}

}  // namespace
}  // namespace bailey::approval
