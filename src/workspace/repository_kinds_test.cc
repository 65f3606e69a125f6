// Every kind of repository that people have, made with git itself: each has its defined behaviour.
#include "base/text.h"
#include "os/files.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class RepositoryKindsTest : public WorkspaceTest {};

TEST_F(RepositoryKindsTest, DirectoryThatIsNoRepositoryGetsAnEmptyOne) {
  BAILEY_NEEDS_NAMESPACES();
  write("plain/file", "x\n");
  const auto workspace = prepared(at("plain"));
  EXPECT_EQ(
      said_inside(workspace,
                  "git status --porcelain; git symbolic-ref HEAD; git add -A; git commit -qm x; git log --format=%s"),
      "?? file\nrefs/heads/claude/session-1\nx");
  EXPECT_TRUE(has_note(workspace.notes, "no git repository"));
  EXPECT_FALSE(os::exists(at("plain/.git")));
}

TEST_F(RepositoryKindsTest, PathThatDoesNotExistOrIsAFileIsAnError) {
  write("file", "x");
  EXPECT_FALSE(discover(at("nowhere")));
  EXPECT_FALSE(discover(at("file")));
  EXPECT_FALSE(discover(std::string("repo\0x", 6)));
}

TEST_F(RepositoryKindsTest, EmptyRepositoryHasAnUnbornBranch) {
  BAILEY_NEEDS_NAMESPACES();
  shell("git init -q -b main repo; echo x >repo/new");
  const auto workspace = prepared(at("repo"));
  EXPECT_TRUE(workspace.git.head.oid.is_zero());
  EXPECT_EQ(said_inside(workspace,
                        "git status --porcelain; git add new; git commit -qm first; git branch --format='%(refname)'"),
            "?? new\nrefs/heads/claude/session-1");
}

TEST_F(RepositoryKindsTest, DetachedHeadStartsTheAgentsBranchThere) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("cd repo; echo 2 >>a; git commit -qam second; git checkout -q --detach HEAD~1");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.git.head.ref, "");
  EXPECT_EQ(said_inside(workspace, "git log --format=%s; git status --porcelain; git symbolic-ref HEAD"),
            "first\nrefs/heads/claude/session-1");
}

TEST_F(RepositoryKindsTest, LinkedWorktreeHasItsOwnHeadIndexAndFiles) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("cd repo; git worktree add -q -b side ../tree; cd ../tree; echo t >>a; git add a; echo u >u");
  const auto workspace = prepared(at("tree/dir"));
  EXPECT_TRUE(workspace.git.linked_worktree());
  EXPECT_EQ(workspace.git.repository.common_dir, at("repo/.git"));
  EXPECT_EQ(workspace.git.head.ref, "refs/heads/side");
  EXPECT_EQ(said_inside(workspace, "git status --porcelain; git rev-parse --git-common-dir; git log --format=%s main"),
            "M  a\n?? u\n.git\nfirst");
}

TEST_F(RepositoryKindsTest, WorktreeOfABareRepositoryWorks) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("git clone -q --bare repo bare.git; git -C bare.git worktree add -q ../tree main");
  EXPECT_EQ(said_inside(prepared(at("tree")), "git status --porcelain; cat a"), "one");
}

TEST_F(RepositoryKindsTest, BareRepositoryIsCheckedOut) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("git clone -q --bare repo bare.git; git init -q --bare empty.git");
  const auto workspace = prepared(at("bare.git"), WantedMode::automatic);
  EXPECT_EQ(workspace.git.kind, SourceKind::bare);
  EXPECT_EQ(said_inside(workspace, "git status --porcelain; cat a dir/b; git log --format=%s"), "one\ntwo\nfirst");
  ASSERT_TRUE(cleanup(at("state/session")));
  EXPECT_EQ(said_inside(prepared(at("empty.git")), "git status --porcelain; ls"), "");
  ASSERT_TRUE(cleanup(at("state/session")));
  auto wanted = request(at("bare.git"));
  wanted.git = nullptr;
  EXPECT_NE(prepare(wanted).error().remedy, "");
}

TEST_F(RepositoryKindsTest, ShallowCloneKeepsItsBoundary) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("cd repo; echo 2 >>a; git commit -qam second; cd ..; git clone -q --depth 1 file://$PWD/repo shallow");
  const auto workspace = prepared(at("shallow"));
  EXPECT_EQ(said_inside(workspace, "git log --format=%s; git fsck --connectivity-only 2>&1; git status --porcelain"),
            "second");
  EXPECT_TRUE(has_note(workspace.notes, "shallow"));
}

TEST_F(RepositoryKindsTest, SubmodulesAndEmbeddedRepositoriesGetFreshGitDirectoriesToo) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "git init -q -b main lib; cd lib; echo l >l; git add l; git commit -qm lib; git remote add origin "
      "https://u:TOKEN@h/x; cd ../repo;"
      "git -c protocol.file.allow=always submodule add -q ../lib sub; git commit -qm sub; git init -q -b main "
      "embedded; cd embedded;"
      "echo e >e; git add e; git commit -qm emb; git config core.fsmonitor evil; git config remote.o.url "
      "https://u:TOKEN@h/x");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(
      said_inside(workspace,
                  "git status --porcelain; cat sub/l; git -C sub status --porcelain; git -C sub log --format=%s; git "
                  "-C embedded log --format=%s;"
                  "git submodule status | cut -c1; test -d sub/.git; git -C sub symbolic-ref -q HEAD || echo detached"),
      "?? embedded/\nl\nlib\nemb\n \ndetached");
  EXPECT_EQ(shell("grep -rE 'evil|TOKEN' state || echo none"), "none");
  EXPECT_TRUE(has_note(workspace.notes, "do not land on the host: embedded, sub"));
  EXPECT_EQ(said_inside(workspace, "cd sub; echo 2 >>l; git commit -qam two; cd ..; git status --porcelain"),
            " M sub\n?? embedded/");
}

TEST_F(RepositoryKindsTest, SecretsInASubmoduleAreJudgedByItsOwnIndex) {
  make_repository();
  shell(
      "git init -q -b main lib; cd lib; echo l >ok.pem; git add -f .; git commit -qm lib; cd ../repo;"
      "git -c protocol.file.allow=always submodule add -q ../lib sub; git commit -qm sub; echo S >sub/.env");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.withheld, std::vector<std::string>{"sub/.env"});
  EXPECT_EQ(read(workspace.root + "/sub/ok.pem"), "l\n");
}

TEST_F(RepositoryKindsTest, SparseCheckoutStaysClean) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  for (const char* flags : {"--cone", "--cone --sparse-index"}) {
    shell(std::string("cd repo; mkdir -p in out; echo i >in/i; echo o >out/o; git add .; git commit -qm s "
                      "--allow-empty; git sparse-checkout set ") +
          flags + " in; test ! -e out/o");
    EXPECT_EQ(said_inside(prepared(at("repo")), "git status --porcelain; ls; git sparse-checkout list"), "a\nin\nin")
        << flags;
    ASSERT_TRUE(cleanup(at("state/session")));
    shell("cd repo; git sparse-checkout disable");
  }
}

TEST_F(RepositoryKindsTest, LfsPointersStayAsTheyAreAndAreMentioned) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; echo '*.bin filter=lfs diff=lfs merge=lfs -text' >.gitattributes; printf 'version "
      "https://git-lfs.github.com/spec/v1\\noid sha256:0\\nsize 1\\n' >x.bin; git add .; git commit -qm lfs");
  const auto workspace = prepared(at("repo"));
  EXPECT_TRUE(has_note(workspace.notes, "git-lfs does not run"));
  EXPECT_EQ(said_inside(workspace, "git status --porcelain; head -1 x.bin"),
            "version https://git-lfs.github.com/spec/v1");
}

TEST_F(RepositoryKindsTest, ReftableIsAnErrorWithTheWayOut) {
  make_repository();
  shell("cd repo; git config core.repositoryFormatVersion 1; git config extensions.refStorage reftable");
  const auto facts = discover(at("repo"));
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().remedy.find("refs migrate"), std::string::npos);
}

TEST_F(RepositoryKindsTest, Sha256RepositoriesWork) {
  BAILEY_NEEDS_NAMESPACES();
  shell(
      "git init -q -b main --object-format=sha256 repo; cd repo; echo 1 >a; git add a; git commit -qm first; echo S "
      ">x.pem; echo T >t.pem; git add t.pem");
  const auto workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.withheld, std::vector<std::string>{"x.pem"});
  EXPECT_EQ(said_inside(workspace, "git status --porcelain; git log --format=%s; git commit -qm second; git fsck 2>&1"),
            "A  t.pem\nfirst");
}

TEST_F(RepositoryKindsTest, SplitAndCompressedIndexesAreUnderstood) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; echo k >k.pem; git add -f k.pem; git commit -qm k; git update-index --split-index; echo l >l.pem; git "
      "add -f l.pem");
  auto workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.withheld.size(), 0U);
  EXPECT_EQ(said_inside(workspace, "git status --porcelain"), "A  l.pem");
  ASSERT_TRUE(cleanup(at("state/session")));
  shell("cd repo; git update-index --no-split-index --index-version 4");
  workspace = prepared(at("repo"));
  EXPECT_EQ(workspace.withheld.size(), 0U);
  EXPECT_EQ(said_inside(workspace, "git status --porcelain"), "A  l.pem");
}

TEST_F(RepositoryKindsTest, BorrowedObjectsAreReadableAndGitDoesNotComplain) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("git clone -q --shared repo second; git clone -q --shared second third");
  const auto workspace = prepared(at("third"));
  EXPECT_TRUE(has_note(workspace.notes, at("repo/.git/objects")));
  EXPECT_EQ(said_inside(workspace, "git log --format=%s; git fsck --connectivity-only 2>&1; git status --porcelain"),
            "first");
  EXPECT_EQ(inside(workspace, "touch /run/bailey/objects/0/x 2>&1 || echo read-only").out.find("Read-only") !=
                std::string::npos,
            true);
}

TEST_F(RepositoryKindsTest, PartialCloneIsNoDamagedRepository) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "git -C repo config uploadpack.allowFilter true; cd repo; echo 2 >a; git commit -qam second; cd ..; git clone -q "
      "--filter=blob:none file://$PWD/repo partial");
  const auto workspace = prepared(at("partial"));
  EXPECT_TRUE(has_note(workspace.notes, "partial clone"));
  EXPECT_EQ(said_inside(workspace, "git status --porcelain; git log --format=%s; git fsck 2>&1"), "second\nfirst");
}

TEST_F(RepositoryKindsTest, MergeUnderWayIsMentionedAndNotContinuedInside) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; git checkout -qb x; echo x >a; git commit -qam x; git checkout -q main; echo y >a; git commit -qam y; "
      "git merge -q x || true");
  const auto workspace = prepared(at("repo"));
  EXPECT_TRUE(has_note(workspace.notes, "a merge is under way"));
  EXPECT_EQ(said_inside(workspace, "git status --porcelain; test ! -e .git/MERGE_HEAD"), "UU a");
}

TEST_F(RepositoryKindsTest, SubmoduleGivenByItselfAndSeparateGitDirectoryThatNamesItsTreeWork) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "git init -q -b main lib; cd lib; echo l >l; git add l; git commit -qm lib; cd ../repo; git -c "
      "protocol.file.allow=always submodule add -q ../lib sub; cd ..;"
      "git init -q -b main --separate-git-dir sep tree; git -C tree commit -q --allow-empty -m s");
  EXPECT_EQ(said_inside(prepared(at("repo/sub")), "git log --format=%s"), "lib");
  ASSERT_TRUE(cleanup(at("state/session")));
  const auto refused = discover(at("tree"));
  ASSERT_FALSE(refused);
  shell("git --git-dir=sep config core.worktree " + at("tree"));  // the remedy that the error gives
  EXPECT_NE(refused.error().remedy.find("core.worktree"), std::string::npos);
  EXPECT_EQ(said_inside(prepared(at("tree")), "git log --format=%s"), "s");
}

TEST_F(RepositoryKindsTest, ManyRefsAreKeptAndGitFindsEach) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell(
      "cd repo; h=$(git rev-parse HEAD); for i in $(seq 2000); do echo create refs/heads/b/$i $h; echo create "
      "refs/tags/t$i $h; done | git update-ref --stdin; git pack-refs --all; git update-ref -d refs/heads/b/7; git "
      "branch b/new");
  EXPECT_EQ(said_inside(prepared(at("repo")),
                        "git for-each-ref | wc -l; git rev-parse -q --verify refs/heads/b/7 || echo gone; git "
                        "rev-parse b/1999 t1 b/new | uniq | wc -l"),
            "4002\ngone\n1");
}

}  // namespace
}  // namespace bailey::workspace
