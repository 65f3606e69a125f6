// `git push local` and `git fetch local` with real git on both ends: what is accepted, and every way around the one
// rule.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "git/git_lab.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class Push : public ::testing::Test {
 protected:
  Push() { lab.guest_bin = GUEST_BIN; }
  os::Output push(const std::string& arguments) const { return lab.sh("cd work && git push " + arguments); }
  void commit(const std::string& name) const {
    lab.out("cd work && echo " + name + " >" + name + " && git add . && git commit -q -m " + name);
  }
  std::string host_refs() const { return lab.out("git -C host for-each-ref --format='%(refname) %(objectname)'"); }
  std::string quarantine_refs() const {
    return lab.out("git -C quarantine for-each-ref --format='%(refname) %(objectname)'");
  }
  // Nothing may have changed anywhere, and the reason must have reached the agent and the supervisor.
  void expect_refused(const std::string& arguments, const std::string& reason) const {
    const std::string before = host_refs() + quarantine_refs();
    const auto result = push(arguments);
    EXPECT_NE(result.exit_status, 0) << arguments;
    EXPECT_NE(result.err.find(reason), std::string::npos) << arguments << '\n' << result.err;
    EXPECT_EQ(host_refs() + quarantine_refs(), before) << arguments;
  }
  GitLab lab;
};

TEST_F(Push, LandsOnTheHostAndSaysSo) {
  lab.make_session();
  commit("b");
  const auto result = push("local");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_NE(result.err.find("landed on the host as refs/heads/shell/one"), std::string::npos) << result.err;
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one"), lab.out("git -C work rev-parse HEAD"));
  EXPECT_EQ(lab.out("git -C host show shell/one:b"), "b");
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
  EXPECT_EQ(lab.out("ls host/.git/objects/pack | grep keep || true"), "");
  EXPECT_NE(lab.reports().find("\"decision\":\"allow\""), std::string::npos);
  EXPECT_EQ(push("local").exit_status, 0) << "up to date";
}

TEST_F(Push, AnotherRefIsRefusedWithWordsThatHelp) {
  lab.make_session();
  commit("b");
  for (const char* refspec :
       {"HEAD:refs/heads/main", "HEAD:refs/heads/shell/two", "HEAD:refs/heads/shell", "HEAD:refs/bailey/x",
        "HEAD:refs/heads/shell/one/x", "HEAD:refs/remotes/origin/main", "HEAD:refs/replace/x"}) {
    expect_refused(std::string("local ") + refspec, "git push local HEAD:refs/heads/shell/one");
    expect_refused(std::string("--force local ") + refspec, "this session's branch");
  }
  EXPECT_EQ(push("local HEAD:refs/heads/shell/one").exit_status, 0) << "control: the same commit on the own branch";
  EXPECT_NE(lab.reports().find("\"ref\":\"refs/heads/main\""), std::string::npos) << "the attempt is on record";
}

TEST_F(Push, TagsNotesDeletionsAndSeveralRefs) {
  lab.make_session();
  commit("b");
  lab.out("cd work && git tag t && git tag -a -m x ann && git notes add -m note && git branch other");
  expect_refused("local t", "tags are not accepted");
  expect_refused("local ann", "tags are not accepted");
  expect_refused("local refs/notes/commits", "notes are not accepted");
  expect_refused("local HEAD:refs/heads/shell/one t", "one ref at a time");
  expect_refused("--tags local HEAD:refs/heads/shell/one", "one ref at a time");
  expect_refused("--all local", "one ref at a time");
  expect_refused("--mirror local", "one ref at a time");
  expect_refused("local 'refs/*:refs/*'", "one ref at a time");
  EXPECT_EQ(push("local").exit_status, 0) << "control";
  expect_refused("local :refs/heads/shell/one", "deleting the session's branch");
  expect_refused("--force local :refs/heads/shell/one HEAD:refs/heads/main", "one ref at a time");
}

TEST_F(Push, OptionsThatWereNotOffered) {
  lab.make_session();
  commit("b");
  expect_refused("-o ci.skip local", "push options");
  expect_refused("--atomic local", "atomic");
  expect_refused("--signed=true local", "signed");
  EXPECT_EQ(push("local").exit_status, 0) << "control";
}

TEST_F(Push, ARebaseNeedsForceAndLosesNothing) {
  lab.make_session();
  commit("b");
  ASSERT_EQ(push("local").exit_status, 0);
  const std::string old_tip = lab.out("git -C host rev-parse shell/one");
  lab.out("cd work && git commit -q --amend -m rewritten");
  EXPECT_NE(push("local").exit_status, 0);
  const auto forced = push("--force local");
  EXPECT_EQ(forced.exit_status, 0) << forced.err;
  EXPECT_NE(forced.err.find("former tip was kept as refs/heads/shell/one-archived-"), std::string::npos) << forced.err;
  EXPECT_EQ(
      lab.out(
          "git -C host rev-parse $(git -C host for-each-ref --format='%(refname)' 'refs/heads/shell/one-archived-*')"),
      old_tip);
}

TEST_F(Push, WithoutLandingItStaysInTheQuarantine) {
  lab.make_host();
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.serve(GitLab::Land::no);
  commit("b");
  const std::string before = host_refs();
  EXPECT_EQ(push("local").exit_status, 0);
  EXPECT_EQ(host_refs(), before);
  EXPECT_EQ(lab.out("git -C quarantine rev-parse shell/one"), lab.out("git -C work rev-parse HEAD"));
}

TEST_F(Push, FetchBringsWhatTheQuarantineHasAndNothingElse) {
  lab.make_session();
  commit("b");
  ASSERT_EQ(push("local").exit_status, 0);
  lab.out(
      "git -C host branch hidden; cd work && git reset -q --hard HEAD~1 && git fetch -q local && git merge -q "
      "--ff-only local/shell/one");
  EXPECT_EQ(lab.out("cat work/b"), "b");
  EXPECT_EQ(lab.out("cd work && git ls-remote local | cut -f2"), "HEAD\nrefs/heads/shell/one");
  EXPECT_NE(lab.reports().find("\"op\":\"fetch\""), std::string::npos);
  EXPECT_EQ(lab.out("git clone -q bailey::local fresh && cat fresh/a fresh/b"), "a\nb") << "with the host's objects";
  EXPECT_NE(lab.sh("cd work && git fetch local refs/bailey/landed").exit_status, 0);
  EXPECT_NE(lab.sh("cd work && git archive --remote=local HEAD").exit_status, 0);
}

TEST_F(Push, EmptySha256AndShallowRepositories) {
  for (const char* make : {"git init -q host", "git init -q --object-format=sha256 host"}) {
    GitLab empty;
    empty.guest_bin = GUEST_BIN;
    empty.make_host();
    empty.out(std::string("rm -rf host && ") + make);
    empty.make_quarantine("shell/one");
    empty.out(
        "cp -r host work; cd work && git symbolic-ref HEAD refs/heads/shell/one && git remote add local bailey::local");
    empty.serve();
    const auto result = empty.sh("cd work && echo x >x && git add x && git commit -q -m x && git push local HEAD");
    EXPECT_EQ(result.exit_status, 0) << make << result.err;
    EXPECT_EQ(empty.out("git -C host show shell/one:x"), "x");
  }
  lab.make_host();
  lab.out(
      "cd host && for i in 1 2 3; do echo $i >a; git commit -qam $i; done; cd .. && mv host full && git clone -q "
      "--depth 1 file://$PWD/full host");
  lab.make_quarantine("shell/one");
  lab.out(
      "git clone -q --no-local host work 2>/dev/null; cd work && git checkout -q -B shell/one && git remote add local "
      "bailey::local");
  lab.serve();
  commit("b");
  const auto result = push("local HEAD");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(lab.out("git -C host rev-list --count shell/one"), "2");
}

TEST_F(Push, ALargeTreeAndALargeHistory) {
  lab.make_session();
  lab.out(
      "cd work && mkdir d && for i in $(seq 2000); do echo $i >d/$i; done && git add . && git commit -q -m many && "
      "for i in $(seq 50); do echo $i >a; git commit -qam $i; done && head -c 8000000 /dev/urandom >big && git add "
      "big && git commit -q -m big");
  const auto result = push("local");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
  EXPECT_EQ(lab.out("git -C host rev-list --count shell/one"), "53");
}

TEST_F(Push, LimitsOfBytesAndObjects) {
  lab.make_host();
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.config.limits.pack_bytes_max = 2 << 20;
  lab.config.limits.pack_objects_max = 20;
  lab.serve();
  lab.out("cd work && head -c 3000000 /dev/urandom >big && git add big && git commit -q -m big");
  expect_refused("local", "larger than 2097152 bytes");
  lab.out(
      "cd work && git reset -q --hard HEAD~1 && for i in $(seq 30); do echo $i >$i; done && git add . && git commit -q "
      "-m many");
  expect_refused("local", "the limit is 20");
  lab.out("cd work && git reset -q --hard HEAD~1");
  commit("small");
  EXPECT_EQ(push("local").exit_status, 0) << "control";
  EXPECT_EQ(lab.out("ls quarantine/objects | grep tmp_ || true"), "") << "refused packs leave nothing";
}

// 100 MB of zeros compress to 100 kB: neither memory nor the disk may feel it.
TEST_F(Push, AZipBombCostsTheGuestsPatienceOnly) {
  lab.make_host();
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.limits.memory_bytes_max = std::uint64_t{64} << 20;
  lab.serve();
  lab.out("cd work && truncate -s 100M zeros && git -c core.bigFileThreshold=16m add zeros && git commit -q -m zeros");
  (void)push("local");
  EXPECT_LT(std::atoi(lab.out("du -sm quarantine | cut -f1").c_str()), 10);
  EXPECT_LT(std::atoi(lab.out("du -sm host/.git | cut -f1").c_str()), 10);
  lab.out("cd work && git reset -q --hard HEAD~1");
  commit("small");
  EXPECT_EQ(push("--force local").exit_status, 0) << "and the session goes on";
}

// Deltas are small on the wire and large in memory when they are resolved.
TEST_F(Push, MemoryIsLimitedWhileDeltasAreResolved) {
  lab.make_host();
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.limits.memory_bytes_max = std::uint64_t{26} << 20;
  lab.serve();
  lab.out(
      "cd work && head -c 12000000 /dev/urandom >big && cp big big2 && echo x >>big2 && git config core.compression 0 "
      "&& git add . && git commit -q -m "
      "big");
  expect_refused("local", "the pack was refused");
  lab.limits = {};
  lab.restart_server();
  EXPECT_EQ(push("local").exit_status, 0) << "control";
}

TEST_F(Push, ObjectsThatFsckNamesAreRefused) {
  lab.make_session();
  const auto commit_with = [&](const std::string& name) {
    return lab.out("cd work && tree=$(printf '100644 blob %s\\t" + name +
                   "\\n' $(git hash-object -w a) | git mktree) && git commit-tree -p HEAD -m evil $tree");
  };
  for (const char* name : {".git", "..", ".", ".GIT", "git~1", ".g\xE2\x80\x8Cit"})
    expect_refused("local " + commit_with(name) + ":refs/heads/shell/one", "git: ");
  EXPECT_EQ(push("local " + commit_with("fine") + ":refs/heads/shell/one").exit_status, 0) << "control";
}

TEST_F(Push, OldSlipsOfGitAreTolerated) {
  lab.make_session();
  lab.out(
      "cd work && tree=$(git rev-parse HEAD^{tree}) && printf 'tree %s\\nparent %s\\nauthor A U Thor 1234567890 "
      "+051800\\n"
      "committer C <c@c> 1234567890 +0000\\n\\nold\\n' $tree $(git rev-parse HEAD) >../c && git hash-object -t commit "
      "-w --literally ../c >../oid");
  const auto result = push("local $(cat ../oid):refs/heads/shell/one");
  EXPECT_EQ(result.exit_status, 0) << result.err;
}

TEST_F(Push, TwoAtOnceBothEndInOrder) {
  lab.make_session();
  lab.out("cp -r work work2; for w in work work2; do (cd $w && echo $w >$w && git add . && git commit -q -m $w); done");
  os::Output second;
  std::thread other([&] { second = lab.sh("cd work2 && git push local"); });
  const auto first = push("local");
  other.join();
  EXPECT_EQ((first.exit_status == 0) + (second.exit_status == 0), 1) << first.err << second.err;
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one"), lab.out("git -C quarantine rev-parse shell/one"));
}

TEST_F(Push, KilledServicesAndClientsLeaveARepositoryThatGoesOn) {
  lab.make_session();
  for (int round = 0; round < 10; ++round) {
    lab.out("cd work && head -c 500000 /dev/urandom >blob" + std::to_string(round));
    commit("r" + std::to_string(round));
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(round * 12));
      if (round % 2 == 0) lab.restart_server();                  // the service and its git
      else (void)lab.sh("kill -9 $(cat work/pid) 2>/dev/null");  // the guest's git
    });
    const auto result = lab.sh("cd work && sh -c 'echo $$ >pid; exec git push -q local'");
    killer.join();
    EXPECT_EQ(lab.out("git -C quarantine fsck --strict --no-dangling --connectivity-only 2>&1"), "");
  }
  const auto result = push("--force local");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one"), lab.out("git -C work rev-parse HEAD"));
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
  EXPECT_EQ(lab.out("ls -d quarantine/objects/tmp_* quarantine/refs/heads/shell/*.lock 2>/dev/null || true"), "");
}

TEST_F(Push, TenThousandRefsOnTheHost) {
  lab.make_session();
  lab.out(
      "cd host && oid=$(git rev-parse HEAD) && seq -f \"$oid refs/heads/many/%.0f\" 10000 | sort >.git/packed-refs");
  commit("b");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(push("local").exit_status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(Push, HooksAndConfigurationOfTheHostAndTheGuestStayWhereTheyAre) {
  lab.make_session();
  lab.out("printf '#!/bin/sh\\necho $0 >>" + lab.path("mark") +
          "\\n' >evil && chmod +x evil; for r in host/.git work/.git; do for h in pre-receive update "
          "post-receive post-update reference-transaction proc-receive push-to-checkout pre-push; do cp evil "
          "$r/hooks/$h; done; done;"
          "git -C host config core.alternateRefsCommand " +
          lab.path("evil") + "; git -C host config receive.procReceiveRefs refs");
  commit("b");
  lab.out("rm -f mark");
  EXPECT_EQ(push("--no-verify local").exit_status, 0);
  const auto marks = os::read_file(lab.path("mark")).value_or("");
  EXPECT_EQ(marks.find("host"), std::string::npos) << marks;
  EXPECT_EQ(marks.find("receive"), std::string::npos) << marks;
  (void)lab.sh("git -C host update-ref refs/heads/c HEAD");
  EXPECT_NE(os::read_file(lab.path("mark")).value_or("").find("reference-transaction"), std::string::npos) << "control";
}

// The guest's own index, alternates, grafts and replace refs mean nothing to the host.
TEST_F(Push, CraftedFilesInTheGuestsRepositoryDoNotMatter) {
  lab.make_session();
  commit("b");
  lab.out(
      "cd work && echo secret >../secret && printf 'DIRC\\0\\0\\0\\2garbage' >.git/index && echo /etc "
      ">>.git/objects/info/alternates &&"
      "git replace $(git rev-parse HEAD~1) HEAD -f; mkdir -p .git/info; echo \"$(git rev-parse HEAD)\" "
      ">.git/info/grafts");
  const auto result = push("local");
  EXPECT_EQ(lab.out("cat quarantine/objects/info/alternates"), lab.path("host/.git/objects"));
  EXPECT_EQ(lab.out("git -C quarantine fsck --strict --no-dangling 2>&1"), "") << result.err;
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
}

// The host's file system is full: the push is kept, the host is sound, and it lands when there is room again.
TEST_F(Push, AFullDiskOnTheHost) {
  lab.make_host();
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.out(
      "cd work && head -c 3000000 /dev/urandom >big && git add big && git commit -q -m big && git push -q "
      "../quarantine HEAD:refs/heads/shell/one 2>/dev/null;"
      "git -C ../quarantine rev-parse shell/one");
  const auto result = lab.sh(
      "unshare -rm sh -c 'mkdir full && mount -t tmpfs -o size=1m none full && cp -r host/.git full/host.git && "
      "BAILEY_LAND_TEST=1 exec " +
      std::string(LANDING_PROBE) + " full/host.git quarantine'");
  if (result.err.find("unshare") != std::string::npos) GTEST_SKIP() << result.err;
  EXPECT_NE(result.out.find("refused: copy the commits"), std::string::npos) << result.out << result.err;
  EXPECT_NE(result.out.find("sound"), std::string::npos) << result.out << result.err;
  EXPECT_NE(result.out.find("then landed"), std::string::npos) << result.out << result.err;
}

}  // namespace
}  // namespace bailey::git
