#include "session/approval_event.h"

#include <gtest/gtest.h>

namespace bailey::session {
namespace {

approval::Entry push_entry() {
  return {.id = 7,
          .session = "claude-x",
          .request = {.kind = "git-push",
                      .title = "push 3 commits to origin",
                      .from_agent = {{"subject", "the agent's words"}},
                      .view = "the agent's words",
                      .remember = "git-push origin x"}};
}

std::string text_of(const audit::Event& event, std::string_view name) {
  const auto* value = event.subject.find(name);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string() : *text;
}

TEST(ApprovalEvent, SaysWhatWasAskedAndWhatWasAnsweredByWhom) {
  approval::Entry entry = push_entry();
  const audit::Event asked = approval_event(approval::Step::asked, entry);
  EXPECT_EQ(asked.category, audit::Category::approval);
  EXPECT_EQ(asked.action.text(), "asked");
  EXPECT_EQ(asked.decision, audit::Decision::prompt);
  EXPECT_EQ(asked.tier, audit::Tier::decided);
  EXPECT_EQ(text_of(asked, "title"), "push 3 commits to origin");
  entry.answer = {approval::State::approved, approval::Scope::session, "terminal"};
  const audit::Event approved = approval_event(approval::Step::approved, entry);
  EXPECT_EQ(approved.decision, audit::Decision::approved);
  EXPECT_EQ(text_of(approved, "by"), "terminal");
  EXPECT_EQ(text_of(approved, "scope"), "session");
  EXPECT_EQ(text_of(approved, "key"), "git-push origin x");
  entry.answer.state = approval::State::expired;
  EXPECT_EQ(approval_event(approval::Step::expired, entry).decision, audit::Decision::expired);
}

TEST(ApprovalEvent, NeverHoldsTheAgentsWords) {
  const approval::Entry entry = push_entry();
  for (const auto step : {approval::Step::asked, approval::Step::denied, approval::Step::remembered}) {
    const audit::Event event = approval_event(step, entry);
    for (const auto& [name, value] : event.subject.fields())
      if (const auto* text = std::get_if<std::string>(&value)) {
        EXPECT_EQ(text->find("agent's words"), std::string::npos) << name;
      }
  }
}

TEST(ApprovalEvent, AFailedActionIsAWarning) {
  approval::Entry entry = push_entry();
  entry.answer.state = approval::State::approved;
  entry.outcome = approval::Outcome::done;
  EXPECT_EQ(performed_event(entry).level, audit::Level::notice);
  entry.outcome = approval::Outcome::failed;
  entry.outcome_text = "the remote is down";
  EXPECT_EQ(performed_event(entry).level, audit::Level::warning);
  EXPECT_EQ(text_of(performed_event(entry), "outcome"), "the remote is down");
}

}  // namespace
}  // namespace bailey::session
