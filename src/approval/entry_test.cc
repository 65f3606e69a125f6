#include "approval/entry.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "approval/test_support.h"

namespace bailey::approval {
namespace {

TEST(ApprovalEntry, SurvivesJson) {
  Entry entry = entry_of(7);
  EXPECT_EQ(entry_from_json(to_json(entry)).value(), entry);
  entry.answer = {State::approved, Scope::session, "terminal"};
  entry.decided = entry.created + std::chrono::seconds(3);
  entry.outcome = Outcome::failed;
  entry.outcome_text = "the remote is down";
  EXPECT_EQ(entry_from_json(to_json(entry)).value(), entry);
}

TEST(ApprovalEntry, RefusesWhatIsNotInTheFormat) {
  const auto with = [](std::string key, json::Value value) {
    json::Value entry = to_json(entry_of(7));
    entry.set(std::move(key), std::move(value));
    return entry_from_json(entry);
  };
  EXPECT_FALSE(with("id", 0));
  EXPECT_FALSE(with("id", id_max + 1));
  EXPECT_FALSE(with("created", "yesterday"));
  EXPECT_FALSE(with("expires", nullptr));
  EXPECT_FALSE(with("outcome", "perhaps"));
  EXPECT_FALSE(with("answer", nullptr));
  EXPECT_FALSE(with("request", json::Object{}));
  EXPECT_FALSE(with("session", std::string(session_bytes_max + 1, 'x')));
  EXPECT_FALSE(with("granted", true));
}

TEST(ApprovalEntry, IsExpiredWhenItsTimeIsOverWhoeverWritesItDown) {
  Entry entry = entry_of(7);
  EXPECT_EQ(state_at(entry, entry.expires - std::chrono::seconds(1)), State::pending);
  EXPECT_EQ(state_at(entry, entry.expires), State::expired);
  entry.answer.state = State::approved;
  EXPECT_EQ(state_at(entry, entry.expires), State::approved);
}

TEST(ApprovalStore, KeepsEntriesForOtherProcesses) {
  const TemporaryDirectory directory;
  const Store store(approvals_directory(directory.path()));
  EXPECT_TRUE(store.list().value().entries.empty());
  ASSERT_TRUE(store.save(entry_of(10)));
  ASSERT_TRUE(store.save(entry_of(9)));
  const Store other(approvals_directory(directory.path()));
  const auto listing = other.list().value();
  ASSERT_EQ(listing.entries.size(), 2U);
  EXPECT_EQ(listing.entries[0], entry_of(9));
  EXPECT_EQ(other.load(10).value(), entry_of(10));
  EXPECT_FALSE(other.load(11));
  EXPECT_EQ(other.count_pending(entry_of(9).created), 2U);
  EXPECT_EQ(other.count_pending(entry_of(9).expires), 0U);
  struct stat status {};
  ASSERT_EQ(::stat(approvals_directory(directory.path()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST(ApprovalStore, ADamagedFileIsNamedAndInNobodysWay) {
  const TemporaryDirectory directory;
  const std::string path = approvals_directory(directory.path());
  const Store store(path);
  ASSERT_TRUE(store.save(entry_of(1)));
  ASSERT_TRUE(os::write_file(os::join(path, "2.json"), "{\"id\":2"));
  ASSERT_TRUE(os::write_file(os::join(path, "3.json"), std::string(request_bytes_max + 1, ' ')));
  ASSERT_EQ(::symlink("1.json", os::join(path, "4.json").c_str()), 0);
  ASSERT_EQ(::mkfifo(os::join(path, "5.json").c_str(), 0600), 0);
  ASSERT_TRUE(os::write_file(os::join(path, "06.json"), "no number of ours"));
  ASSERT_TRUE(os::write_file(os::join(path, "notes.txt"), "not ours"));
  const auto listing = store.list().value();
  EXPECT_EQ(listing.entries.size(), 1U);
  EXPECT_EQ(listing.damaged.size(), 4U);
}

TEST(ApprovalStore, RefusesAFileThatIsAboutAnotherRequest) {
  const TemporaryDirectory directory;
  const std::string path = approvals_directory(directory.path());
  ASSERT_TRUE(Store(path).save(entry_of(1)));
  ASSERT_EQ(::rename(os::join(path, "1.json").c_str(), os::join(path, "2.json").c_str()), 0);
  EXPECT_FALSE(Store(path).load(2));
}

TEST(ApprovalStore, KeepsChoices) {
  const TemporaryDirectory directory;
  const Store store(approvals_directory(directory.path()));
  EXPECT_TRUE(store.load_remembered().value().empty());
  const std::vector<Remembered> choices = {{"domain example.org", "domain", State::approved, 3, entry_of(3).created}};
  ASSERT_TRUE(store.save_remembered(choices));
  EXPECT_EQ(store.load_remembered().value(), choices);
  EXPECT_TRUE(store.list().value().damaged.empty());
}

TEST(ApprovalNumbers, AreNeverGivenTwice) {
  const TemporaryDirectory directory;
  std::vector<std::uint64_t> taken[4];
  {
    std::vector<std::jthread> threads;
    for (auto& ids : taken)
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i) ids.push_back(take_id(directory.path()).value());
      });
  }
  std::set<std::uint64_t> all;
  for (const auto& ids : taken) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 40U);
  EXPECT_EQ(*all.begin(), 1U);
  EXPECT_EQ(*all.rbegin(), 40U);
}

TEST(ApprovalNumbers, DontBeginAgainWhenTheCounterIsDamaged) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(os::write_file(os::join(directory.path(), "approvals.next"), "seven\n"));
  EXPECT_FALSE(take_id(directory.path()));
  ASSERT_TRUE(os::write_file(os::join(directory.path(), "approvals.next"), "41\n"));
  EXPECT_EQ(take_id(directory.path()).value(), 41U);
}

}  // namespace
}  // namespace bailey::approval
