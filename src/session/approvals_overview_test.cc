#include "session/approvals_overview.h"

#include <gtest/gtest.h>

#include "json/read.h"
#include "session/temporary_directory.h"

namespace bailey::session {
namespace {

const WallTime start{std::chrono::seconds(1'795'000'000)};

approval::Entry push_entry(std::uint64_t id) {
  return {.id = id,
          .session = "claude-x",
          .request = {.kind = "git-push",
                      .title = "push 3 commits to origin",
                      .context = {{"commits", "3"}, {"host", "github.com"}, {"finding", "a"}, {"finding", "b"}},
                      .from_agent = {{"subject", "fix\nstate       approved \x1b[2J"}},
                      .risk = "publishes commits",
                      .remember = "git-push origin x"},
          .created = start,
          .expires = start + std::chrono::minutes(30)};
}

struct OverviewTest : testing::Test {
  OverviewTest() {
    for (const char* name : {"claude-x", "shell-y"})
      sessions.push_back({.name = name, .directory = directory.path() + "/" + name, .record = {}, .damage = {}});
  }
  approval::Store store(std::size_t session) const {
    return approval::Store(approval::approvals_directory(sessions.at(session).directory));
  }
  TemporaryDirectory directory;
  std::vector<SessionEntry> sessions;
};

TEST_F(OverviewTest, ListsEverySessionsRequestsWithExactlyTheFieldsOfTheContract) {
  ASSERT_TRUE(store(0).save(push_entry(7)));
  ASSERT_TRUE(store(1).save(push_entry(3)));
  const auto value = json::read(approvals_json(approvals_of(sessions), start), "json").value();
  ASSERT_EQ(value.as_array()->size(), 2U);
  const json::Value& first = value.as_array()->at(0);
  EXPECT_EQ(first.find("id")->as_int(), 3);
  std::vector<std::string> keys;
  for (const auto& [key, member] : *first.as_object()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"id", "session", "kind", "title", "state", "tier", "created", "expires"}));
  EXPECT_EQ(*first.find("session")->as_string(), "shell-y") << "where it lies, whatever the file says";
  EXPECT_EQ(*first.find("state")->as_string(), "pending");
  const auto later = json::read(approvals_json(approvals_of(sessions), start + std::chrono::hours(1)), "json").value();
  EXPECT_EQ(*later.as_array()->at(0).find("state")->as_string(), "expired");
  EXPECT_EQ(waiting_approvals(sessions[0], start), 1U);
  EXPECT_EQ(waiting_approvals(sessions[0], start + std::chrono::hours(1)), 0U);
}

TEST_F(OverviewTest, ShowAddsContextAndRisk) {
  const auto value = json::read(approval_json(push_entry(7), start), "json").value();
  EXPECT_EQ(value.find("context")->find("commits")->as_int(), 3);
  EXPECT_EQ(*value.find("context")->find("host")->as_string(), "github.com");
  EXPECT_EQ(value.find("context")->find("finding")->as_array()->size(), 2U);
  EXPECT_EQ(*value.find("risk")->as_string(), "publishes commits");
}

TEST_F(OverviewTest, TheAgentsWordsCantPassForOurs) {
  const std::string text = approval_text(push_entry(7), start);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\nstate       approved"), std::string::npos);
  EXPECT_NE(text.find("  | subject: fix\\x0astate"), std::string::npos) << text;
}

TEST_F(OverviewTest, TheTableShowsWhatWaitsAndWhatIsRemembered) {
  approval::Entry decided = push_entry(1);
  decided.answer = {approval::State::denied, approval::Scope::once, "terminal"};
  ASSERT_TRUE(store(0).save(decided));
  EXPECT_NE(approvals_table(approvals_of(sessions), Shown::waiting, start).find("nothing waits"), std::string::npos);
  ASSERT_TRUE(store(0).save(push_entry(2)));
  ASSERT_TRUE(store(0).save_remembered({{"git-push origin x", "git-push", approval::State::approved, 2, start}}));
  const std::string waiting = approvals_table(approvals_of(sessions), Shown::waiting, start);
  EXPECT_NE(waiting.find("2  pending"), std::string::npos) << waiting;
  EXPECT_EQ(waiting.find("1  denied"), std::string::npos);
  EXPECT_NE(waiting.find("2  claude-x  approved  git-push origin x"), std::string::npos) << waiting;
  EXPECT_NE(approvals_table(approvals_of(sessions), Shown::all, start).find("1  denied"), std::string::npos);
}

TEST_F(OverviewTest, ADamagedFileIsNamed) {
  ASSERT_TRUE(store(0).save(push_entry(1)));
  ASSERT_TRUE(os::write_file(approval::approvals_directory(sessions[0].directory) + "/2.json", "{"));
  const auto overview = approvals_of(sessions);
  EXPECT_EQ(overview.entries.size(), 1U);
  EXPECT_EQ(overview.damaged.size(), 1U);
}

}  // namespace
}  // namespace bailey::session
