// Workspaces of ordinary repositories: the same files, a clean or equally dirty status, commits that work.
#include <sys/stat.h>

#include <chrono>

#include "os/files.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class PrepareTest : public WorkspaceTest {};

TEST_F(PrepareTest, TrackedUntrackedAndIgnoredFilesAreThereAndChangesStayInside) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; echo '*.o' >.gitignore; git add .; git commit -qm ignore; echo u >untracked; echo o >x.o; ln -s a "
      "link");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.mode, Mode::copy);
  EXPECT_EQ(said_inside(workspace, "cat untracked x.o; readlink link; git status --porcelain"),
            "u\no\na\n?? link\n?? untracked");
  said_inside(workspace, "echo changed >a; rm dir/b; git commit -qam work; git log --format=%s");
  EXPECT_EQ(read(at("repo/a")), "one\n");
  EXPECT_EQ(shell("cd repo; git log -1 --format=%s; git status --porcelain"), "ignore\n?? link\n?? untracked");
}

TEST_F(PrepareTest, AgentBranchStartsAtHeadAndHostBranchesTagsAndRemotesAreKnown) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "git init -q --bare up.git; cd repo; git remote add origin ../up.git; git push -q origin main; git remote "
      "set-head origin main;"
      "git tag -am t v1; git pack-refs --all; git branch later; git tag light");
  const auto workspace = prepared(at("repo"));
  const std::string head = shell("git -C repo rev-parse HEAD");
  EXPECT_EQ(
      said_inside(workspace, "git symbolic-ref HEAD; git rev-parse HEAD later light origin/main 'v1^{}' origin/HEAD"),
      "refs/heads/claude/session-1\n" + head + '\n' + head + '\n' + head + '\n' + head + '\n' + head + '\n' + head);
  EXPECT_EQ(said_inside(workspace,
                        "git fsck --connectivity-only 2>&1; git remote | sort; git config remote.pushDefault; "
                        "git config push.default; git remote get-url local"),
            "local\norigin\nlocal\ncurrent\nbailey::local");
}

TEST_F(PrepareTest, DirtyIndexAndWorkingTreeStayExactlyAsDirty) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; echo staged >>a; git add a; echo more >>a; git rm -q --cached dir/b; git add -N dir/b; echo n >new; "
      "git add new; rm new");
  const std::string host = shell("git -C repo status --porcelain=v2");
  EXPECT_EQ(said_inside(prepared(at("repo")), "git status --porcelain=v2"), host);
}

TEST_F(PrepareTest, FirstStatusReadsNoFileContents) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; touch -d '1 hour ago' a dir/b; git status -q 2>/dev/null || git status >/dev/null; sleep 1.1; git "
      "update-index --refresh; git commit -qm x --allow-empty");
  // Would it read a file, it would see different bytes of the same size and time.
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(said_inside(workspace, "touch -r a /run/time; echo ONE >a; touch -r /run/time a; git status --porcelain"),
            "");
}

TEST_F(PrepareTest, HooksCredentialsAndProgramsOfTheHostConfigDoNotComeAlong) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; printf '#!/bin/sh\\ntouch /tmp/never\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit;"
      "git config core.fsmonitor /bin/evil; git config core.sshCommand evil; git config credential.helper '!evil';"
      "git config filter.x.clean evil; git config alias.st '!evil'; git config include.path ../../home/secret-config;"
      "git config http.extraHeader 'Authorization: Bearer TOKEN';"
      "git config remote.origin.url https://user:TOKEN@example.org/x.git?access_token=TOKEN;"
      "git config remote.helper.url 'ext::sh -c evil'; git config remote.local.url /somewhere");
  const auto workspace = prepared(at("repo"));
  const std::string config = read(workspace.git_dir + "/config");
  for (const char* bad : {"evil", "TOKEN", "/somewhere", "secret-config"})
    EXPECT_EQ(config.find(bad), std::string::npos) << config;
  EXPECT_EQ(
      said_inside(workspace,
                  "git remote get-url origin; ls .git; git commit -q --allow-empty -m x; git log -1 --format=%an"),
      "https://example.org/x.git\nHEAD\nconfig\nindex\nobjects\npacked-refs\nrefs\nT");
  EXPECT_TRUE(has_note(workspace.notes, "remotes not taken over: helper, local"));
}

TEST_F(PrepareTest, IdentityLineEndingsAndGlobalIgnoresOfTheUserApply) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  write("home/.gitconfig",
        "[user]\n name = Ann\n[include]\n path = ~/more\n[core]\n autocrlf = input\n excludesFile = ~/ignore\n"
        "[includeIf \"gitdir:" +
            base_ + "/\"]\n path = work\n[includeIf \"gitdir:/elsewhere/\"]\n path = never\n");
  write("home/more", "[user]\n email = ann@example.org\n");
  write("home/work", "[user]\n name = Ann Work\n");
  write("home/never", "[user]\n name = Never\n");
  write("home/ignore", ".DS_Store\n");
  shell("cd repo; touch .DS_Store");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(said_inside(workspace,
                        "git config --local user.name; git config --local user.email; git config --local "
                        "core.autocrlf; git status --porcelain"),
            "Ann Work\nann@example.org\ninput");
}

TEST_F(PrepareTest, RepositoryCannotNameAFileOfTheUserToBeCopied) {
  make_repository();
  write("home/.ssh/key", "PRIVATE KEY\n");
  shell(
      "cd repo; git config core.excludesFile ~/.ssh/key; git config core.attributesFile ~/.ssh/key; git config "
      "include.path ~/.ssh/key;"
      "rm .git/info/exclude; ln -s ~/.ssh/key .git/info/exclude; ln -s ~/.ssh/key .git/info/attributes; ln -s "
      "~/.ssh/key .git/info/sparse-checkout");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(shell("grep -rl 'PRIVATE KEY' state || echo none"), "none");
  write("home/.config/git/ignore", "PRIVATE KEY\n");  // positive control: the user's own file does arrive
  ASSERT_TRUE(cleanup(at("state/session")));
  (void)prepared(at("repo"));
  EXPECT_EQ(shell("grep -rl 'PRIVATE KEY' state"), "state/session/workspace/.git/info/exclude");
}

TEST_F(PrepareTest, SubdirectoryGivesTheWholeRepositoryAndItsPlaceInIt) {
  make_repository();
  const auto facts = discover(at("repo/dir")).value();
  EXPECT_EQ(facts.top, at("repo"));
  EXPECT_EQ(facts.prefix, "dir");
}

TEST_F(PrepareTest, SecretLookingFilesAreWithheldUnlessTracked) {
  make_repository();
  shell(
      "cd repo; echo T >dir/tracked.pem; git add -f .; git commit -qm k; sleep 0.01; echo S >.env; echo S "
      ">dir/server.pem; ln -s x link.pem;"
      "mkdir sub.pem; echo n >sub.pem/normal");
  auto workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.withheld, (std::vector<std::string>{".env", "dir/server.pem", "link.pem"}));
  EXPECT_EQ(read(workspace.root + "/dir/tracked.pem"), "T\n");
  EXPECT_EQ(read(workspace.root + "/sub.pem/normal"), "n\n");
  EXPECT_FALSE(os::exists(workspace.root + "/.env"));
  EXPECT_FALSE(os::exists(workspace.root + "/link.pem"));
  EXPECT_TRUE(has_note(workspace.notes, "tracked by git, so the agent gets it: dir/tracked.pem"));
  shell("echo changed >repo/dir/tracked.pem");
  ASSERT_TRUE(cleanup(at("state/session")));
  workspace = prepared(at("repo"));
  EXPECT_TRUE(has_note(workspace.notes, "with your uncommitted changes: dir/tracked.pem"));
}

TEST_F(PrepareTest, SocketsAndPipesAreSkippedAndNamed) {
  make_repository();
  shell("cd repo; mkfifo pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'");
  const auto workspace = prepared(at("repo"));
  EXPECT_TRUE(has_note(workspace.notes, "a socket, pipe or device: pipe, sock"));
  EXPECT_FALSE(os::exists(workspace.root + "/pipe"));
  EXPECT_EQ(read(workspace.root + "/a"), "one\n");
}

TEST_F(PrepareTest, UnreadableFilesAndDirectoriesAreSkippedAndNamedInBoundedNumber) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read everything";
  make_repository();
  shell("cd repo; for i in $(seq 50); do echo x >u$i; chmod 0 u$i; done; mkdir closed; chmod 0 closed");
  const auto workspace = prepared(at("repo"));
  ASSERT_TRUE(has_note(workspace.notes, "not copied, not readable: "));
  EXPECT_TRUE(has_note(workspace.notes, " and 31 more"));
  EXPECT_EQ(read(workspace.root + "/a"), "one\n");
}

TEST_F(PrepareTest, FailureLeavesNothingInTheSessionDirectory) {
  make_repository();
  shell("git -C repo branch claude");  // claude/session-1 cannot exist beside it
  const auto result = prepare_source(at("repo"));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().remedy, "");
  EXPECT_EQ(os::list_directory(at("state/session")).value().size(), 0U);
}

TEST_F(PrepareTest, BadBranchNamesAndTheHomeDirectoryAreRefusedBeforeAnyChange) {
  make_repository();
  for (const char* branch : {"", "..", "a b", "x.lock", "-x", "a\nb", "refs//x"}) {
    auto wanted = request(at("repo"));
    wanted.branch = branch;
    EXPECT_FALSE(prepare(wanted)) << branch;
  }
  const auto home = prepare_source(at("home"));
  ASSERT_FALSE(home);
  EXPECT_NE(to_lines(home.error()).find("home directory"), std::string::npos);
  EXPECT_EQ(os::list_directory(at("state/session")).value().size(), 0U);
}

TEST_F(PrepareTest, SmallRepositoryIsPreparedInMilliseconds) {
  make_repository();
  shell("cd repo; for i in 1 2 3 4 5 6 7 8 9 10; do echo $i >f$i; done; git add .; git commit -qm more");
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(cleanup(at("state/session")));
    const auto start = std::chrono::steady_clock::now();
    auto wanted = request(at("repo"));
    wanted.mode = WantedMode::automatic;
    ASSERT_TRUE(prepare(wanted));
    best = std::min(best, std::chrono::steady_clock::now() - start);
  }
  RecordProperty("microseconds", static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(best).count()));
  // The aim is 2 ms; the bench measures it. This only catches a mistake of an order of magnitude.
  EXPECT_LT(best, std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace bailey::workspace
