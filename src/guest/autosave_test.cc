// `bailey autosave` on every state a work tree can be in: what was there is on the session's branch of the host
// afterwards.
#include <gtest/gtest.h>
#include <unistd.h>

#include "git/git_lab.h"
#include "json/read.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class Autosave : public ::testing::Test {
 protected:
  Autosave() {
    lab.guest_bin = GUEST_BIN;
    lab.make_session();
  }
  // The JSON line; its human line is in `words`.
  json::Value save(const std::string& environment = "") {
    const auto result = lab.sh("cd work && " + environment + " bailey autosave 3>../report");
    words = result.out + result.err;
    const auto report = json::read(os::read_file(lab.path("report")).value_or(""), "report");
    EXPECT_TRUE(report) << words;
    return report ? *report : json::Value(json::Object{});
  }
  void expect(const json::Value& report, const std::string& result) const {
    const auto* found = report.find("result");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(*found->as_string(), result) << words;
  }
  void work(const std::string& script) const { lab.out("cd work && " + script); }
  std::string on_host(const std::string& path) const { return lab.out("git -C host show 'shell/one:" + path + "'"); }
  std::string rev(const std::string& where, const std::string& name) const {
    return lab.out("git -C " + where + " rev-parse " + name);
  }
  // Everything that the work tree has is on the host's branch, file by file.
  void expect_same_files() const {
    lab.out("rm -rf check && mkdir check && git -C host archive shell/one | tar x -C check");
    EXPECT_EQ(lab.out("diff -r --no-dereference -x .git check work 2>&1 || true"), "");
  }
  GitLab lab;
  std::string words;
};

TEST_F(Autosave, NothingToDoIsSaidQuickly) {
  expect(save(), "clean");
  work("echo b >b && git add b && git commit -q -m b && git push -q local");
  const auto counted = lab.out(
      "cd work && mkdir -p ../count && printf '#!/bin/sh\\necho x >>../calls\\nexec /usr/bin/git \"$@\"\\n' "
      ">../count/git && chmod +x "
      "../count/git && PATH=../count:$PATH bailey autosave && wc -l <../calls");
  EXPECT_EQ(counted, "bailey: nothing to save\n1") << "one git process";
}

TEST_F(Autosave, SavesEverythingWithAMessageAndTrailers) {
  work(
      "echo changed >a && mkdir -p d && echo new >'d/with space' && ln -s nowhere link && printf x >script && chmod +x "
      "script && echo '*.o' >.gitignore && touch x.o");
  const auto report = save();
  expect(report, "saved");
  EXPECT_EQ(*report.find("files")->as_int(), 5);
  EXPECT_EQ(*report.find("pushed")->as_bool(), true);
  EXPECT_EQ(*report.find("commit")->as_string(), rev("host", "shell/one"));
  const std::string message = lab.out("git -C host log -1 --format=%B shell/one");
  EXPECT_TRUE(message.starts_with("Update .gitignore and 4 more files\n")) << message;
  EXPECT_EQ(
      lab.out("git -C host log -1 "
              "--format='%(trailers:key=Bailey-Session,valueonly)%(trailers:key=Bailey-Audit,valueonly)' shell/one"),
      "shell-one\n0123abcd");
  work("rm x.o");
  expect_same_files();
  EXPECT_EQ(lab.out("git -C work status --porcelain"), "") << "and the agent's index is up to date";
  EXPECT_EQ(lab.out("ls work/.git | grep bailey || true"), "");
  expect(save(), "clean");
}

TEST_F(Autosave, DeletionsRenamesAndModesToo) {
  work(
      "mkdir d && for i in 1 2 3; do echo $i >d/$i; done && git add . && git commit -q -m d && git rm -q d/1 && rm d/2 "
      "&& git mv d/3 e && rmdir d && chmod +x a");
  expect(save(), "saved");
  expect_same_files();
}

TEST_F(Autosave, CommitsThatWereNotPushedArePushed) {
  work("echo b >b && git add b && git commit -q -m mine");
  const auto report = save();
  expect(report, "saved");
  EXPECT_EQ(*report.find("files")->as_int(), 0);
  EXPECT_EQ(lab.out("git -C host log -1 --format=%s shell/one"), "mine");
}

TEST_F(Autosave, NoPushCommitsOnly) {
  const std::string before = lab.out("git -C host for-each-ref");
  work("echo b >b");
  const auto report = save("BAILEY_NO_PUSH=1");
  expect(report, "saved");
  EXPECT_EQ(*report.find("pushed")->as_bool(), false);
  EXPECT_EQ(lab.out("git -C host for-each-ref"), before);
  EXPECT_EQ(lab.out("git -C work show HEAD:b"), "b");
  expect(save("BAILEY_NO_PUSH=1"), "clean");
}

TEST_F(Autosave, OddNames) {
  work(
      "printf x >\"$(printf 'new\\nline')\" && printf x >\"$(printf 'tab\\t\"quote\\\\')\" && printf x >\"$(printf "
      "'latin\\351')\" && touch -- -dash ':(top)x' '*'");
  expect(save(), "saved");
  expect_same_files();
}

TEST_F(Autosave, ALeftOverIndexLockCostsNothing) {
  work("echo b >b && touch .git/index.lock && touch .git/HEAD.lock .git/refs/heads/shell/one.lock");
  expect(save(), "saved");
  EXPECT_EQ(on_host("b"), "b");
  work("rm .git/HEAD.lock .git/refs/heads/shell/one.lock && touch -d '1 hour ago' .git/index.lock && echo c >c");
  expect(save(), "saved");
  expect_same_files();
  EXPECT_FALSE(os::exists(lab.path("work/.git/index.lock"))) << "an old one is cleared away";
}

TEST_F(Autosave, ADamagedOrMissingIndexCostsNothing) {
  work("echo b >b && printf garbage >.git/index");
  expect(save(), "saved");
  expect_same_files();
  work("echo c >c && rm .git/index");
  expect(save(), "saved");
  expect_same_files();
}

TEST_F(Autosave, InTheMiddleOfAMerge) {
  work(
      "git checkout -q -b other && echo o >a && git commit -qam o && git checkout -q shell/one && echo m >a && git "
      "commit -qam m && echo extra >extra");
  ASSERT_NE(lab.sh("cd work && git merge other").exit_status, 0) << "control: it stops at a conflict";
  const std::string head = rev("work", "HEAD");
  expect(save(), "saved");
  expect_same_files();
  EXPECT_NE(on_host("a").find("<<<<<<<"), std::string::npos) << "as it was found";
  EXPECT_EQ(rev("host", "shell/one~1"), head);
  EXPECT_EQ(rev("work", "HEAD"), head) << "nothing moves under the merge";
  expect(save(), "clean");
  work("echo solved >a && git add a && git commit -q -m merged");
  expect(save(), "saved");
  EXPECT_EQ(on_host("a"), "solved");
  EXPECT_EQ(lab.out("git -C host log -1 --format=%s shell/one~1"), "merged");
}

TEST_F(Autosave, InTheMiddleOfARebaseNoCommitIsLost) {
  work(
      "git branch base && for i in 1 2 3; do echo $i >a; git commit -qam c$i; done && git checkout -q base && echo "
      "conflict >a && git commit -qam base && git checkout -q shell/one");
  const std::string original = rev("work", "HEAD");
  ASSERT_NE(lab.sh("cd work && git rebase base").exit_status, 0) << "control: it stops at a conflict";
  expect(save(), "saved");
  expect_same_files();
  EXPECT_EQ(lab.out("git -C host branch --contains " + original + " --format='%(refname:short)'"), "shell/one");
  EXPECT_EQ(rev("work", "shell/one"), original) << "the rebase can go on";
  work(
      "git checkout -q --theirs a && git add a && GIT_EDITOR=: git rebase --skip >/dev/null 2>&1; git rebase --abort "
      "2>/dev/null; git status | head -1");
}

TEST_F(Autosave, OnADetachedHeadAndOnAnotherBranch) {
  work(
      "echo b >b && git add b && git commit -q -m b && git checkout -q --detach HEAD~1 && echo d >d && git add d && "
      "git commit -q -m d && echo loose >loose");
  const std::string head = rev("work", "HEAD");
  const std::string branch = rev("work", "shell/one");
  expect(save(), "saved");
  expect_same_files();
  for (const auto& oid : {head, branch})
    EXPECT_EQ(lab.sh("git -C host merge-base --is-ancestor " + oid + " shell/one").exit_status, 0);
  EXPECT_EQ(rev("work", "HEAD"), head) << "HEAD stays where the agent put it";
  expect(save(), "clean");

  work("git checkout -q -f -b feature && echo f >f && git add f && git commit -q -m feature && echo more >more");
  expect(save(), "saved");
  expect_same_files();
  EXPECT_EQ(rev("work", "--abbrev-ref HEAD"), "feature");
}

TEST_F(Autosave, OnADescendantOfTheBranchNoMergeIsMade) {
  work("git checkout -q -b feature && echo f >f && git add f && git commit -q -m feature");
  expect(save(), "saved");
  EXPECT_EQ(rev("host", "shell/one"), rev("work", "feature"));
}

TEST_F(Autosave, WorkThatTheBranchCanNotCarryIsSaid) {
  work(
      "git checkout -q -b aside && echo s >s && git add s && git commit -q -m aside && git checkout -q shell/one && "
      "echo t >a && git stash -q && echo b >b");
  const auto report = save();
  expect(report, "saved");
  EXPECT_NE(words.find("commits on branch aside"), std::string::npos) << words;
  EXPECT_NE(words.find("stash"), std::string::npos) << words;
  EXPECT_EQ(report.find("left_out")->as_array()->size(), 2U);
}

TEST_F(Autosave, RepositoriesInsideAreSavedAsFiles) {
  work(
      "git init -q empty && echo e >empty/e && git init -q clone && cd clone && echo c >c && git add c && git commit "
      "-q -m c && echo u >u && git init -q deep && echo d >deep/d");
  const auto report = save();
  expect(report, "saved");
  EXPECT_EQ(on_host("empty/e"), "e");
  EXPECT_EQ(on_host("clone/c"), "c");
  EXPECT_EQ(on_host("clone/u"), "u");
  EXPECT_EQ(on_host("clone/deep/d"), "d");
  EXPECT_EQ(lab.out("git -C host ls-tree -r shell/one | grep -c ^160000 || true"), "0");
  EXPECT_NE(words.find("its history is not"), std::string::npos) << words;
}

TEST_F(Autosave, AHugeFileIsLeftOutAndTheRestIsSaved) {
  work("truncate -s 300M huge && echo small >small");
  expect(save(), "saved");
  EXPECT_EQ(on_host("small"), "small");
  EXPECT_NE(words.find("huge (larger than 256 MiB)"), std::string::npos) << words;
  EXPECT_NE(lab.sh("git -C host cat-file -e shell/one:huge").exit_status, 0);
}

TEST_F(Autosave, AFileThatCanNotBeReadDoesNotStopTheRest) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read everything";
  work("echo x >locked && chmod 000 locked && echo b >b");
  expect(save(), "saved");
  EXPECT_EQ(on_host("b"), "b");
  EXPECT_NE(words.find("locked"), std::string::npos) << words;
}

TEST_F(Autosave, FifosAndSocketsAreNoObstacle) {
  work("mkfifo fifo && echo b >b");
  expect(save(), "saved");
  EXPECT_EQ(on_host("b"), "b");
}

TEST_F(Autosave, AHostileConfigurationHurtsOnlyItself) {
  const std::string mark = lab.path("mark");
  work("printf '#!/bin/sh\\necho $0 >>" + mark +
       "\\nexit 1\\n' >../evil && chmod +x ../evil && for h in pre-commit commit-msg prepare-commit-msg post-commit "
       "pre-push reference-transaction post-index-change; do cp ../evil .git/hooks/$h; done; git config core.fsmonitor "
       "../evil; git config commit.gpgSign true;"
       "git config push.gpgSign true; git config gpg.program ../evil; git config core.editor ../evil; git config "
       "push.followTags true; git config push.pushOption x;"
       "git config push.default nothing; git config user.useConfigOnly true; git config alias.add '!false'; git config "
       "status.showUntrackedFiles no;"
       "git config core.pager ../evil; git config color.status always; git config status.short true; git config "
       "diff.external ../evil; git config core.autocrlf input;"
       "git config remote.local.pushurl /nonexistent; git config i18n.commitEncoding latin1; git tag v1; rm -f "
       "../mark; echo b >b");
  expect(save(), "saved");
  EXPECT_EQ(on_host("b"), "b");
  EXPECT_FALSE(os::exists(mark)) << os::read_file(mark).value_or("");
  (void)lab.sh("cd work && git commit -q --allow-empty -m x");
  EXPECT_TRUE(os::exists(mark)) << "control: for the agent's own git they run";
}

TEST_F(Autosave, WithoutAnIdentity) {
  work(
      "git config --global --unset user.name; git config --global --unset user.email; git config user.useConfigOnly "
      "true; echo b >b");
  expect(save(), "saved");
  EXPECT_EQ(lab.out("git -C host log -1 --format=%ae shell/one"), "agent@localhost");
}

TEST_F(Autosave, ABranchThatTheAgentRewroteIsPushedAndNothingIsLost) {
  work(
      "echo b >b && git add b && git commit -q -m b && git push -q local && git commit -q --amend -m rewritten && echo "
      "c >c");
  const std::string old_tip = rev("host", "shell/one");
  expect(save(), "saved");
  expect_same_files();
  EXPECT_NE(lab.out("git -C host for-each-ref --contains " + old_tip), "");
}

TEST_F(Autosave, ADeletedRepositoryIsSaid) {
  work("rm -rf .git");
  const auto report = save();
  expect(report, "failed");
  EXPECT_NE(words.find(".git is missing"), std::string::npos);
}

TEST_F(Autosave, AHostThatIsGoneIsSaidAndTheCommitIsThere) {
  lab.out("rm guest.sock");
  work("echo b >b");
  const auto report = save();
  expect(report, "failed");
  EXPECT_NE(words.find("can't be reached"), std::string::npos) << words;
  EXPECT_EQ(lab.out("git -C work show HEAD:b"), "b");
}

TEST(AutosaveRepositories, UnbornSha256AndSparse) {
  GitLab lab;
  lab.guest_bin = GUEST_BIN;
  lab.make_host();
  lab.out("rm -rf host && git init -q --object-format=sha256 host");
  lab.make_quarantine("shell/one");
  lab.out(
      "cp -r host work; cd work && git symbolic-ref HEAD refs/heads/shell/one && git remote add local bailey::local && "
      "echo first >first");
  lab.serve();
  EXPECT_NE(lab.out("cd work && bailey autosave").find("saved 1 file"), std::string::npos);
  EXPECT_EQ(lab.out("git -C host show shell/one:first"), "first");
  EXPECT_EQ(lab.out("cd work && bailey autosave"), "bailey: nothing to save");
}

TEST(AutosaveRepositories, ASparseCheckoutKeepsWhatIsNotThere) {
  GitLab lab;
  lab.guest_bin = GUEST_BIN;
  lab.make_host();
  lab.out("cd host && mkdir in out && echo i >in/i && echo o >out/o && git add . && git commit -q -m dirs");
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.serve();
  lab.out(
      "cd work && git sparse-checkout set in && test ! -e out/o && echo new >in/new && mkdir -p out && echo outside "
      ">out/new");
  EXPECT_NE(lab.out("cd work && bailey autosave").find("saved 2 files"), std::string::npos);
  EXPECT_EQ(lab.out("git -C host show shell/one:out/o"), "o");
  EXPECT_EQ(lab.out("git -C host show shell/one:out/new"), "outside");
}

TEST(AutosaveRepositories, ASubmodulesOwnChangesAreSaid) {
  GitLab lab;
  lab.guest_bin = GUEST_BIN;
  lab.make_host();
  lab.out(
      "git init -q library && cd library && echo l >l && git add l && git commit -q -m l && cd ../host && "
      "git -c protocol.file.allow=always submodule --quiet add ../library lib && git commit -q -m sub");
  lab.make_quarantine("shell/one");
  lab.make_work("shell/one");
  lab.out("cd work && git -c protocol.file.allow=always -c submodule.lib.url=" + lab.path("library") +
          " submodule --quiet update --init");
  lab.serve();
  lab.out("echo changed >work/lib/l; echo b >work/b");
  const auto result = lab.out("cd work && bailey autosave");
  EXPECT_NE(result.find("saved 1 file"), std::string::npos) << result;
  EXPECT_NE(result.find("lib (a submodule with changes of its own"), std::string::npos) << result;
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one:lib"), lab.out("git -C host rev-parse main:lib"));
}

TEST(GuestCommands, ExplainTheNetworkOfTheSessionsMode) {
  GitLab lab;
  lab.guest_bin = GUEST_BIN;
  const auto explained = [&lab](const std::string& environment) {
    return lab.out(environment + " bailey explain network");
  };
  const auto restricted = explained("BAILEY_NETWORK=restricted");
  const auto proxy = explained("BAILEY_NETWORK=proxy");
  const auto allow_all = explained("BAILEY_NETWORK=allow-all");
  const auto unknown = explained("BAILEY_NETWORK=");
  EXPECT_NE(restricted.find("no way out"), std::string::npos);
  EXPECT_NE(proxy.find("listed hosts"), std::string::npos);
  EXPECT_NE(allow_all.find("the internet can be reached"), std::string::npos);
  for (const auto& other : {proxy, allow_all, unknown}) EXPECT_EQ(other.find("no way out"), std::string::npos);
  for (const auto& text : {restricted, proxy, allow_all, unknown}) EXPECT_TRUE(text.starts_with("network:")) << text;
}

TEST(GuestCommands, TeachAndAnswerTruthfully) {
  GitLab lab;
  lab.guest_bin = GUEST_BIN;
  EXPECT_NE(lab.out("bailey").find("bailey autosave"), std::string::npos);
  EXPECT_EQ(lab.out("bailey --help"), lab.out("bailey help"));
  EXPECT_NE(lab.out("bailey explain").find("network:"), std::string::npos);
  EXPECT_TRUE(lab.out("bailey explain git").starts_with("git:"));
  EXPECT_EQ(lab.sh("bailey explain nonsense").exit_status, 2);
  const auto request = lab.sh("bailey request domain example.org");
  EXPECT_EQ(request.exit_status, 1);
  EXPECT_NE(request.err.find("nobody can be asked"), std::string::npos);
  EXPECT_EQ(lab.sh("bailey nonsense").exit_status, 2);
  lab.make_session();
  EXPECT_NE(lab.out("cd work && echo x >x && bailey status").find("1 changed file not committed"), std::string::npos);
  EXPECT_EQ(lab.sh("bailey status").exit_status, 1) << "outside of a repository";
}

}  // namespace
}  // namespace bailey::git
