#include "credentials/token_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "credentials/sweep.h"
#include "os/files.h"

namespace bailey::credentials {
namespace {

constexpr UnixSeconds now = 1'800'000'000;

class TokenStoreTest : public testing::Test {
 protected:
  TokenStoreTest() {
    if (::mkdtemp(state_.data()) == nullptr) std::abort();
  }
  ~TokenStoreTest() override { (void)os::remove_tree(state_); }

  static TokenRecord record(std::string session = "shell-a") {
    return {.session = std::move(session),
            .session_directory = "/nonexistent",
            .agent = "shell",
            .id = "github",
            .issuer = {.provider = policy::TokenProvider::command,
                       .api = {},
                       .revoke_url = {},
                       .client = {},
                       .key = {},
                       .revoke = {"take-back"}},
            .minted = now,
            .expires = now + 60,
            .token = SecretText("ghs_0123456789")};
  }
  [[nodiscard]] std::string only_file() const {
    const auto names = os::list_directory(os::join(state_, "tokens"));
    return names && names->size() == 1 ? os::join(os::join(state_, "tokens"), names->front()) : std::string();
  }

  std::string state_ = testing::TempDir() + "tokens-XXXXXX";
};

TEST_F(TokenStoreTest, a_record_is_sealed_and_for_its_owner_alone) {
  const TokenStore store(state_);
  EXPECT_TRUE(store.is_empty());
  const auto held = store.keep(record());
  ASSERT_TRUE(held) << held.error().why;
  EXPECT_FALSE(store.is_empty());
  struct stat status {};
  ASSERT_EQ(::stat(held->path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(os::read_file(held->path)->find("ghs_"), std::string::npos);
  ASSERT_EQ(::stat(os::join(state_, "keys/tokens.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(TokenStoreTest, only_a_record_whose_session_is_gone_is_abandoned) {
  const TokenStore store(state_);
  auto held = store.keep(record());
  ASSERT_TRUE(held);
  EXPECT_TRUE(store.abandoned("").empty());
  held->lock.reset();  // what the kernel does when a supervisor is killed
  EXPECT_TRUE(store.abandoned("shell-b").empty());
  auto found = store.abandoned("shell-a");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().record.token.view(), "ghs_0123456789");
  EXPECT_EQ(found.front().record.issuer.revoke, std::vector<std::string>{"take-back"});
  EXPECT_TRUE(store.abandoned("").empty()) << "two at once exclude each other";
  TokenStore::remove(std::move(found.front().held));
  EXPECT_TRUE(store.is_empty());
}

TEST_F(TokenStoreTest, a_killed_process_leaves_what_can_be_found) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = TokenStore(state_).keep(record());
    ::raise(SIGKILL);
    ::_exit(held ? 0 : 1);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(TokenStore(state_).abandoned("").size(), 1U);
}

TEST_F(TokenStoreTest, a_record_that_was_changed_is_not_believed) {
  const TokenStore store(state_);
  ASSERT_TRUE(store.keep(record()));
  const std::string path = only_file();
  std::string bytes = *os::read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(os::write_file(path, bytes));
  EXPECT_TRUE(store.abandoned("").empty());
  ASSERT_TRUE(os::write_file(path, "x"));
  EXPECT_TRUE(store.abandoned("").empty());
}

TEST_F(TokenStoreTest, a_link_or_a_key_that_others_can_read_is_refused) {
  const TokenStore store(state_);
  ASSERT_TRUE(store.keep(record()));
  const std::string path = only_file();
  std::filesystem::rename(path, state_ + "/elsewhere");
  std::filesystem::create_symlink(state_ + "/elsewhere", path);
  EXPECT_TRUE(store.abandoned("").empty());
  ASSERT_EQ(::chmod(os::join(state_, "keys/tokens.key").c_str(), 0644), 0);
  EXPECT_FALSE(store.keep(record()));
}

TEST_F(TokenStoreTest, malformed_records_are_errors) {
  for (const char* text : {"", "1:1,", "1:2,0:,0:,", "9999999:x,", "01:x,", ":,", "1:1,1:a"})
    EXPECT_FALSE(parse_token_record(text)) << text;
}

TEST_F(TokenStoreTest, what_cant_be_revoked_is_tried_again_until_it_has_ended) {
  const auto token = record();
  const Status failed = fail("revoke", "no network");
  EXPECT_EQ(judge(token, {}, now), SweepResult::revoked);
  EXPECT_EQ(judge(token, failed, now), SweepResult::failed);
  EXPECT_EQ(judge(token, failed, now + 60), SweepResult::ended);
  auto endless = record();
  endless.expires = no_expiry;
  EXPECT_EQ(judge(endless, failed, now + 86'400), SweepResult::failed);
  EXPECT_EQ(judge(endless, failed, now + sweep_days_max * 86'400), SweepResult::given_up);
  endless.issuer.revoke.clear();
  EXPECT_EQ(judge(endless, failed, now), SweepResult::given_up);
}

TEST_F(TokenStoreTest, a_sweep_revokes_each_once_and_keeps_what_failed) {
  const TokenStore store(state_);
  ASSERT_TRUE(store.keep(record("shell-a")));
  ASSERT_TRUE(store.keep(record("shell-b")));
  const auto live = store.keep(record("shell-live"));
  ASSERT_TRUE(live);
  std::vector<std::string> asked;
  const SystemClock clock;
  // Their end lies in the future of the real clock as well.
  const auto revoke = [&](const RevokeOrder& order) -> Status {
    asked.emplace_back(order.token.view());
    return asked.size() == 1 ? Status() : fail("revoke", "no network");
  };
  const auto report = sweep_tokens(state_, "", revoke, clock);
  EXPECT_EQ(asked.size(), 2U);
  EXPECT_EQ(report.revoked, 1U);
  EXPECT_EQ(report.left, 1U);
  EXPECT_EQ(store.abandoned("").size(), 1U);
}

}  // namespace
}  // namespace bailey::credentials
