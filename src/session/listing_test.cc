#include "session/listing.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "json/read.h"

namespace bailey::session {
namespace {

const WallTime now{std::chrono::seconds(1'800'000'000)};

SessionEntry entry(std::string name, SessionStatus status) {
  SessionEntry entry{.name = name, .directory = "/s/" + name};
  entry.record.name = name;
  entry.record.agent = "claude";
  entry.record.branch = "claude/x";
  entry.record.network = "restricted";
  entry.record.status = status;
  entry.record.limits = {2.5, 8ULL << 30, 4096, 0, "cgroup v2"};
  entry.record.created = now - std::chrono::minutes(3);
  entry.is_live = status == SessionStatus::running;
  return entry;
}

TEST(Listing, ShowsAgentBranchStatusAgeLimitsAndNetwork) {
  auto done = entry("b", SessionStatus::exited);
  done.record.exit_status = 1;
  done.record.unlanded_work = true;
  EXPECT_EQ(render_table({entry("app", SessionStatus::running), done}, now),
            "NAME  AGENT   BRANCH    STATUS                  AGE  LIMITS                              NETWORK\n"
            "app   claude  claude/x  running                 3m   2.5 cpu, 8g, 4096 pids (cgroup v2)  restricted\n"
            "b     claude  claude/x  exited (1), not landed  3m   2.5 cpu, 8g, 4096 pids (cgroup v2)  restricted\n");
}

TEST(Listing, SaysWhatNeedsAttention) {
  auto weak = entry("weak", SessionStatus::running);
  weak.record.degraded = {"no disk limit"};
  auto failed = entry("failed", SessionStatus::failed);
  failed.record.last_error = "disk full";
  const SessionEntry damaged{.name = "bad", .directory = "/s/bad", .damage = "not JSON"};
  const std::string table = render_table({weak, failed, damaged, entry("cut", SessionStatus::interrupted)}, now);
  for (const char* line : {"weak: degraded: no disk limit\n", "failed: disk full\n",
                           "bad: damaged, not JSON; its files are in /s/bad\n", "cut: interrupted: "})
    EXPECT_NE(table.find(line), std::string::npos) << line << table;
}

TEST(Listing, TextFromFilesCanNeitherMoveTheCursorNorBreakALine) {
  auto hostile = entry("x", SessionStatus::failed);
  hostile.record.branch = "a\x1b[2Jb";
  hostile.record.last_error = "fine\nx: all good";
  const SessionEntry foreign{.name = "\x1b]52;c;eA==\a", .directory = "d\n", .damage = "d\r"};
  const std::string table = render_table({hostile, foreign}, now);
  std::string without_newlines = table;
  std::erase(without_newlines, '\n');
  EXPECT_FALSE(has_control_characters(without_newlines));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 5);
}

TEST(Listing, JsonIsAnArrayOfRecords) {
  const SessionEntry damaged{.name = "bad", .directory = "/s/bad", .damage = "not JSON"};
  const auto value = json::read(render_json({entry("app", SessionStatus::running), damaged}), "ls").value();
  ASSERT_EQ(value.as_array()->size(), 2U);
  EXPECT_EQ(*(*value.as_array())[0].find("status")->as_string(), "running");
  EXPECT_EQ((*value.as_array())[0].find("live")->as_bool(), true);
  EXPECT_EQ(*(*value.as_array())[1].find("status")->as_string(), "damaged");
  EXPECT_EQ(render_json({}), "[]\n");
}

TEST(Listing, ByDefaultShowsWhatRunsOrWaitsForSomebody) {
  EXPECT_TRUE(is_shown_by_default(entry("a", SessionStatus::running)));
  EXPECT_TRUE(is_shown_by_default(entry("a", SessionStatus::interrupted)));
  EXPECT_FALSE(is_shown_by_default(entry("a", SessionStatus::exited)));
  auto unlanded = entry("a", SessionStatus::exited);
  unlanded.record.unlanded_work = true;
  EXPECT_TRUE(is_shown_by_default(unlanded));
  EXPECT_TRUE(is_shown_by_default({.name = "bad", .damage = "x"}));
}

TEST(Listing, AgesAreShortAndNeverNegative) {
  using std::chrono::seconds;
  EXPECT_EQ(short_age(seconds(-100)), "0s") << "the clock went backwards";
  EXPECT_EQ(short_age(seconds(59)), "59s");
  EXPECT_EQ(short_age(seconds(60)), "1m");
  EXPECT_EQ(short_age(seconds(3600)), "1h");
  EXPECT_EQ(short_age(std::chrono::hours(47)), "47h");
  EXPECT_EQ(short_age(std::chrono::hours(49)), "2d");
}

}  // namespace
}  // namespace bailey::session
