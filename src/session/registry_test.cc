#include "session/registry.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "base/text.h"
#include "base/time_text.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"
#include "session/temporary_directory.h"

namespace bailey::session {
namespace {

SessionRecord record(std::string name, std::string branch = "claude/session-1") {
  SessionRecord record;
  record.name = std::move(name);
  record.agent = "claude";
  record.repository = "/home/u/app";
  record.branch = std::move(branch);
  record.base_commit = "0123";
  record.network = "restricted";
  record.workspace_mode = "copy";
  record.status = SessionStatus::running;
  record.limits = {4, 8ULL << 30, 4096, 20ULL << 30, "cgroup v2"};
  record.supervisor = identity_of(::getpid()).value();
  record.created = WallTime(std::chrono::seconds(1'800'000'000));
  return record;
}

struct RegistryTest : testing::Test {
  TemporaryDirectory state;
  Registry registry = Registry::open(state.path()).value();
};

// Runs in a process of its own; its exit status.
int in_child(const std::function<int()>& action) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(action());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST_F(RegistryTest, AClaimedSessionIsThereAtOnceAndPrivate) {
  const auto claim = registry.claim(record("claude-app-1"));
  ASSERT_TRUE(claim) << to_lines(claim.error());
  struct stat status {};
  ASSERT_EQ(::stat(claim->directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  const auto entries = registry.list().value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_TRUE(entries[0].is_live);
  EXPECT_EQ(entries[0].damage, "");
  EXPECT_EQ(entries[0].record, record("claude-app-1"));
}

TEST_F(RegistryTest, WhoeverLeavesWithoutALastWordWasInterrupted) {
  { const auto claim = registry.claim(record("a")).value(); }
  EXPECT_EQ(registry.read("a").record.status, SessionStatus::interrupted);
  EXPECT_FALSE(registry.read("a").is_live);
  auto last_word = record("a");
  last_word.status = SessionStatus::exited;
  last_word.exit_status = 3;
  ASSERT_TRUE(registry.save(last_word));
  EXPECT_EQ(registry.read("a").record.status, SessionStatus::exited);
}

TEST_F(RegistryTest, AKilledSupervisorFreesItsSessionWhateverItsPidBecomes) {
  int ready[2];
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto claim = registry.claim(record("a"));
    (void)!::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(registry.read("a").is_live);
  EXPECT_EQ(registry.claim_existing("a").error().code, EBUSY);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(registry.read("a").is_live);
  EXPECT_TRUE(registry.claim_existing("a"));
}

TEST_F(RegistryTest, OfManyWhoRaceForANameExactlyOneWins) {
  constexpr int racers = 20;
  int start[2];
  ASSERT_EQ(::pipe2(start, O_CLOEXEC), 0);
  int done[2];
  ASSERT_EQ(::pipe2(done, O_CLOEXEC), 0);
  for (const bool same_branch : {true, false}) {
    const std::string name = same_branch ? "branch-race" : "name-race";
    std::vector<pid_t> children;
    for (int i = 0; i < racers; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        // Racers for a branch differ in name, racers for a name in branch.
        const auto wanted =
            same_branch ? record(name + std::to_string(i), "claude/x") : record(name, "b" + std::to_string(i));
        char go = 0;
        (void)!::read(start[0], &go, 1);
        const auto claim = registry.claim(wanted);
        const int code = claim ? 0 : claim.error().code;
        (void)!::write(done[1], &code, sizeof code);
        ::pause();  // the winner keeps it
      }
      children.push_back(child);
    }
    ASSERT_EQ(::write(start[1], std::string(racers, 'x').data(), racers), racers);
    int winners = 0;
    for (int i = 0; i < racers; ++i) {
      int code = 0;
      ASSERT_EQ(::read(done[0], &code, sizeof code), static_cast<ssize_t>(sizeof code));
      winners += code == 0 ? 1 : 0;
      EXPECT_TRUE(code == 0 || code == (same_branch ? EBUSY : EEXIST)) << code;
    }
    EXPECT_EQ(winners, 1);
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
}

TEST_F(RegistryTest, LookingDoesNotDisturbTakingOver) {
  { const auto claim = registry.claim(record("a")).value(); }
  const pid_t looker = ::fork();
  if (looker == 0)
    while (true) (void)registry.list();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(registry.claim_existing("a"));
  ::kill(looker, SIGKILL);
  ::waitpid(looker, nullptr, 0);
}

TEST_F(RegistryTest, ABranchIsFreeAgainAfterItsSessionAndABranchOfAnotherRepositoryIsAnotherBranch) {
  {
    const auto claim = registry.claim(record("a", "claude/x")).value();
    EXPECT_FALSE(registry.try_claim_branch("/home/u/app", "claude/x").value());
    EXPECT_TRUE(registry.try_claim_branch("/home/u/other", "claude/x").value());
    EXPECT_TRUE(registry.try_claim_branch("/home/u/app", "claude/y").value());
  }
  EXPECT_TRUE(registry.try_claim_branch("/home/u/app", "claude/x").value());
}

TEST_F(RegistryTest, ARemovedSessionIsGoneAndItsNameFree) {
  auto claim = registry.claim(record("a")).value();
  ASSERT_TRUE(os::write_file(os::join(claim.directory, "file"), "x"));
  ASSERT_TRUE(registry.remove(std::move(claim)));
  EXPECT_TRUE(registry.list().value().empty());
  EXPECT_TRUE(os::list_directory(os::join(state.path(), "sessions/.claims")).value().empty());
  EXPECT_TRUE(os::list_directory(os::join(state.path(), "sessions/.branches")).value().empty());
  EXPECT_TRUE(registry.claim(record("a")));
  EXPECT_EQ(registry.claim_existing("b").error().code, ENOENT);
}

TEST_F(RegistryTest, DamagedAndForeignFilesAreShownAndInNobodysWay) {
  const auto directory = [&](const std::string& name) {
    const std::string path = registry.directory_of(name);
    EXPECT_TRUE(os::make_directories(path));
    return path;
  };
  ASSERT_TRUE(os::write_file(directory("cut") + "/session.json", "{\"name\":\"cu"));
  ASSERT_TRUE(os::write_file(directory("empty-file") + "/session.json", ""));
  (void)directory("empty");
  ASSERT_TRUE(os::write_file(directory("other-name") + "/session.json", json::write(to_json(record("x")))));
  ASSERT_TRUE(os::write_file(directory("deep") + "/session.json", std::string(100'000, '[')));
  ASSERT_TRUE(os::write_file(directory("huge") + "/session.json", std::string(session_record_bytes_max + 1, ' ')));
  ASSERT_EQ(::mkfifo((directory("fifo") + "/session.json").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/dev/zero", (directory("link") + "/session.json").c_str()), 0);
  ASSERT_TRUE(os::make_directories(directory("nested") + "/session.json"));
  ASSERT_TRUE(os::write_file(registry.directory_of("a file"), "x"));
  ASSERT_TRUE(os::write_file(registry.directory_of(std::string("\x1b]52;c;eA==\a\xff")), "x"));
  const auto good = registry.claim(record("good")).value();
  const auto entries = registry.list().value();
  ASSERT_EQ(entries.size(), 12U);
  for (const auto& entry : entries) EXPECT_EQ(entry.damage.empty(), entry.name == "good") << visible(entry.name);
}

TEST_F(RegistryTest, AClaimThatWasCutOffIsCleanedUpByTheNextOfThatName) {
  ASSERT_TRUE(os::make_directories(os::join(state.path(), "sessions/.claims/a/half")));
  EXPECT_TRUE(registry.list().value().empty());
  EXPECT_TRUE(registry.claim(record("a")));
}

TEST_F(RegistryTest, FindsByNameAndByAUniqueBeginning) {
  std::vector<Claim> claims;
  for (const auto* name : {"claude-app-fix", "claude-app-fix-2", "codex-app-1"})
    claims.push_back(registry.claim(record(name, name)).value());
  EXPECT_EQ(registry.find("claude-app-fix")->name, "claude-app-fix") << "an exact name wins over a longer one";
  EXPECT_EQ(registry.find("cod")->name, "codex-app-1");
  EXPECT_NE(registry.find("claude").error().why.find("claude-app-fix, claude-app-fix-2"), std::string::npos);
  EXPECT_NE(registry.find("app-1").error().remedy.find("codex-app-1"), std::string::npos);
  EXPECT_NE(registry.find("nothing").error().remedy, "");
  EXPECT_FALSE(registry.find(""));
  EXPECT_FALSE(registry.find("../../etc"));
  EXPECT_EQ(registry.find("\x1b[2J").error().what.find('\x1b'), std::string::npos);
}

TEST_F(RegistryTest, NamesThatAreNoSingleHarmlessComponentAreRefused) {
  for (const std::string& name :
       {std::string(""), std::string("."), std::string(".."), std::string(".lock"), std::string("a/b"),
        std::string("-rf"), std::string("a b"), std::string("a\nb"), std::string("a\0b", 3), std::string("\x1b[31m"),
        std::string("ä"), std::string(session_name_bytes_max + 1, 'a')}) {
    EXPECT_FALSE(is_session_name(name)) << visible(name);
    EXPECT_FALSE(registry.claim(record(name)));
    EXPECT_FALSE(registry.claim_existing(name));
    EXPECT_FALSE(registry.save(record(name)));
  }
  EXPECT_TRUE(is_session_name(std::string(session_name_bytes_max, 'a')));
}

TEST_F(RegistryTest, AFullDiskIsAnErrorWithARemedyAndLeavesNothingBehind) {
  EXPECT_EQ(in_child([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{10, 10};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              const auto claim = registry.claim(record("a"));
              return claim ? 1 : claim.error().code == EFBIG || claim.error().code == ENOSPC ? 0 : 2;
            }),
            0);
  EXPECT_TRUE(registry.list().value().empty());
  EXPECT_TRUE(registry.claim(record("a"))) << "neither name nor branch is lost";
}

TEST(Registry, ARealFullFileSystemSaysWhatToDo) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const TemporaryDirectory state;
  if (::mount("tmpfs", state.path().c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "no tmpfs can be mounted here";
  const auto registry = Registry::open(state.path()).value();
  (void)os::write_file(state.file("ballast"), std::string(1 << 20, 'x'));
  const auto claim = registry.claim(record("a"));
  ::umount2(state.path().c_str(), MNT_DETACH);
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().code, ENOSPC);
  EXPECT_NE(claim.error().remedy.find("XDG_STATE_HOME"), std::string::npos);
}

TEST(Registry, AReadOnlyStateDirectorySaysWhatToDo) {
  const TemporaryDirectory state;
  ASSERT_EQ(::chmod(state.path().c_str(), 0755), 0);
  EXPECT_EQ(in_child([&] {
              if (::geteuid() == 0) {
                // Root writes anywhere: become somebody else.
                if (::setresuid(12345, 12345, 12345) != 0) return 3;
              } else {
                ::chmod(state.path().c_str(), 0500);
              }
              const auto registry = Registry::open(state.path());
              return registry ? 1 : registry.error().code == EACCES && !registry.error().remedy.empty() ? 0 : 2;
            }),
            0);
  ::chmod(state.path().c_str(), 0700);
}

TEST(Registry, AnotherUsersDirectoryIsNotUsed) {
  if (::geteuid() != 0) GTEST_SKIP() << "giving a directory away needs root";
  const TemporaryDirectory state;
  ASSERT_TRUE(os::make_directories(state.file("sessions")));
  ASSERT_EQ(::chown(state.file("sessions").c_str(), 12345, 12345), 0);
  EXPECT_FALSE(Registry::open(state.path()));
}

TEST(Registry, ADirectoryThatOthersCanReadIsMadePrivate) {
  const TemporaryDirectory state;
  ASSERT_TRUE(os::make_directories(state.file("sessions"), 0755));
  ::chmod(state.file("sessions").c_str(), 0755);
  ASSERT_TRUE(Registry::open(state.path()));
  struct stat status {};
  ASSERT_EQ(::stat(state.file("sessions").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST(SessionRecord, ReadsBackAsWrittenAlsoWithAPathThatIsNotUtf8) {
  auto written = record("a");
  written.repository = "/home/u/\xff\xfe";
  written.exit_status = 137;
  written.unlanded_work = true;
  written.last_error = "line\nbreak";
  written.degraded = {"no disk limit"};
  written.ended = written.created + std::chrono::microseconds(5);
  const std::string text = json::write(to_json(written), json::Layout::indented);
  const auto read = session_record_of(json::read(text, "session.json").value());
  ASSERT_TRUE(read) << to_lines(read.error());
  EXPECT_EQ(*read, written);
}

TEST(SessionRecord, MissingOrWrongMembersAreNamed) {
  for (const char* key :
       {"name", "agent", "repository", "status", "unlanded_work", "limits", "supervisor", "created"}) {
    auto value = to_json(record("a"));
    value.set(key, json::Value(json::Array{}));
    const auto read = session_record_of(value);
    ASSERT_FALSE(read) << key;
    EXPECT_NE(read.error().why.find(key), std::string::npos) << read.error().why;
  }
  EXPECT_FALSE(session_record_of(json::Value(json::Array{})));
}

TEST(SessionRecord, TimesAreExactAndImpossibleOnesRefused) {
  EXPECT_EQ(wall_time_of("2026-11-24T03:05:06.123456Z").transform(to_rfc3339), "2026-11-24T03:05:06.123456Z");
  for (const char* text : {"", "2026-13-24T03:05:06.123456Z", "2026-11-24T03:05:06Z", "2026-11-24T03:05:06.123456Zx",
                           "2026-11-24T03:05:06.123456+01:00", "2026-02-30T00:00:00.000000Z"})
    EXPECT_FALSE(wall_time_of(text)) << text;
}

TEST(ProcessIdentity, TellsAProcessFromAnotherOfTheSameNumber) {
  auto self = identity_of(::getpid()).value();
  EXPECT_TRUE(is_running(self));
  ++self.start_ticks;
  EXPECT_FALSE(is_running(self));
  EXPECT_FALSE(is_running({}));
}

}  // namespace
}  // namespace bailey::session
