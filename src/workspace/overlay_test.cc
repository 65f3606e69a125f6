// Overlay and mixed workspaces, mounted for real in a user namespace.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "os/files.h"
#include "workspace/choose.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class OverlayTest : public WorkspaceTest {
 protected:
  void SetUp() override {
    BAILEY_NEEDS_NAMESPACES();
    WorkspaceTest::SetUp();
  }
  void TearDown() override {
    if (!base_.empty()) WorkspaceTest::TearDown();
  }
  // `count` empty files in directories of 100.
  void make_files(const std::string& directory, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string inner = at(directory) + "/d" + std::to_string(i / 100);
      if (i % 100 == 0) (void)os::make_directories(inner);
      std::ofstream(inner + "/f" + std::to_string(i)) << i;
    }
  }
};

TEST_F(OverlayTest, NothingIsCopiedAndNothingReachesTheHost) {
  make_repository();
  shell("cd repo; echo u >u; echo '*.o' >.git/info/exclude; echo o >x.o");
  const auto workspace = prepared(at("repo"), WantedMode::overlay);
  EXPECT_EQ(workspace.mode, Mode::overlay);
  EXPECT_EQ(workspace.root, "");
  EXPECT_EQ(said_inside(workspace, "cat a u x.o; git status --porcelain; git log --format=%s; ls -A"),
            "one\nu\no\n?? u\nfirst\n.git\na\ndir\nu\nx.o");
  EXPECT_EQ(shell("cd state/session/upper/0; find . -name .git -prune -o -type f -print"), "");
  EXPECT_EQ(
      said_inside(workspace,
                  "git config core.hooksPath; echo 2 >>a; rm -r dir; git commit -qam two; git status --porcelain"),
      "/dev/null\n?? u");
  EXPECT_EQ(shell("cd repo; cat a dir/b; git log --all --format=%s"), "one\ntwo\nfirst");
}

TEST_F(OverlayTest, SessionIsStillThereAfterAKillAndARemount) {
  make_repository();
  const auto workspace = prepared(at("repo"), WantedMode::overlay);
  said_inside(workspace, "echo 2 >>a");
  EXPECT_TRUE(os::exists(at("state/session/work/0/work")));  // where "volatile" leaves its mark
  ASSERT_TRUE(prepare_remount(workspace));
  EXPECT_FALSE(os::exists(at("state/session/work/0/work")));
  EXPECT_EQ(said_inside(workspace, "cat a"), "one\n2");
}

TEST_F(OverlayTest, SecretsNestedGitDirectoriesAndOurOwnStateAreHidden) {
  make_repository();
  shell(
      "mv state repo/bailey-cache; mkdir -p state/session; cd repo; echo S >.env; mkdir -p deep/er; chmod 750 deep; "
      "touch -d 2001-01-01 deep; echo S >deep/er/k.pem; echo T >t.pem; git add -f t.pem; git commit -qm t;"
      "git init -q -b main emb; cd emb; echo e >e; git add e; git commit -qm e; git config remote.o.url "
      "https://u:TOKEN@h/x");
  auto wanted = request(at("repo"));
  wanted.mode = WantedMode::overlay;
  wanted.excluded.push_back(at("repo/bailey-cache"));
  const auto workspace = prepare(wanted).value();
  EXPECT_EQ(workspace.withheld, (std::vector<std::string>{".env", "deep/er/k.pem"}));
  EXPECT_EQ(said_inside(workspace,
                        "ls -A . deep/er; stat -c '%a %y' deep | cut -c1-14; cat t.pem; git -C emb log --format=%s; "
                        "grep -r TOKEN . || echo none; cat .env 2>&1 || true"),
            ".:\n.git\na\ndeep\ndir\nemb\nt.pem\n\ndeep/er:\n750 2001-01-01\nT\ne\nnone\ncat: .env: No such file or "
            "directory");
  EXPECT_EQ(read(at("repo/.env")), "S\n");
}

TEST_F(OverlayTest, LinkedWorktreeWhoseGitIsAFileWorks) {
  make_repository();
  shell("git -C repo worktree add -q -b side ../tree");
  EXPECT_EQ(said_inside(prepared(at("tree"), WantedMode::overlay), "git status --porcelain; git log --format=%s"),
            "first");
}

TEST_F(OverlayTest, PathsWithEveryAwkwardCharacterCanBeMounted) {
  const std::string name = "a,b:c\\d e\nf\"g'h\xff=";
  ASSERT_TRUE(os::make_directories(at(name)));
  ASSERT_TRUE(os::write_file(at(name) + "/file", "x\n", 0644));
  EXPECT_EQ(said_inside(prepared(at(name), WantedMode::overlay), "cat file"), "x");
}

TEST_F(OverlayTest, OptionsLongerThanAPageAreAnErrorAndNotCutOff) {
  EXPECT_FALSE(mount_options({.lower = "/" + std::string(4096, 'x'), .upper = "/u", .work = "/w"}));
  EXPECT_EQ(mount_options({.lower = "/a:b", .upper = "/u,v", .work = "/w\\x"}).value(),
            "lowerdir=/a\\:b,upperdir=/u\\,v,workdir=/w\\\\x,userxattr");
}

TEST_F(OverlayTest, WhatTheUserEditsMeanwhileShowsOnlyUntilTheFileIsCopiedUp) {
  make_repository();
  shell("cd repo; echo r >ro; chmod 444 ro; git add ro; git commit -qm ro");
  const auto workspace = prepared(at("repo"), WantedMode::overlay);
  // The window, as documented: before settling, the host's edit shows.
  EXPECT_EQ(said_inside(workspace, "echo host >" + at("repo/a") + "; cat a"), "host");
  // Setting the access time to what it is, as guest/settle.h does, copies up.
  const std::string settled = "for f in a dir/b ro; do touch -ar $f $f; done; ";
  EXPECT_EQ(said_inside(workspace, settled + "echo later >" + at("repo/a") + "; chmod u+w " + at("repo/ro") +
                                       "; echo later >" + at("repo/ro") + "; cat a ro; git status --porcelain"),
            "host\nr\n M a");
}

TEST_F(OverlayTest, LargeIgnoredDirectoryIsAnOverlayAndTheRestACopy) {
  make_repository();
  shell(
      "cd repo; echo node_modules/ >.gitignore; git add .; git commit -qm i; echo u >u; mkdir -p "
      "node_modules/dep/.git; echo S >node_modules/dep/x.pem; echo small >small");
  make_files("repo/node_modules", ignored_entries_max + 1);
  const auto workspace = prepared(at("repo"), WantedMode::automatic);
  ASSERT_EQ(workspace.mode, Mode::mixed) << workspace.why;
  EXPECT_EQ(workspace.overlays.at(0).target, "node_modules");
  EXPECT_EQ(workspace.withheld, std::vector<std::string>{"node_modules/dep/x.pem"});
  EXPECT_EQ(
      shell("ls -A state/session/workspace/node_modules; find state/session -type f -not -path '*/.git/*' | wc -l"),
      "5");
  EXPECT_EQ(said_inside(workspace,
                        "git status --porcelain; cat node_modules/d0/f7; ls -A node_modules/dep; echo x "
                        ">node_modules/d0/f7; echo y >>a;"
                        "echo host >" +
                            at("repo/a") + "; cat a"),
            "?? small\n?? u\n7one\ny");
  EXPECT_EQ(shell("cat repo/node_modules/d0/f7"), "7");
}

TEST_F(OverlayTest, SmallIgnoredDirectoriesAreCopiedAlong) {
  make_repository();
  shell("cd repo; echo out >.gitignore");
  make_files("repo/out", 200);
  const auto workspace = prepared(at("repo"), WantedMode::automatic);
  EXPECT_EQ(workspace.mode, Mode::copy);
  EXPECT_EQ(read(workspace.root + "/out/d1/f101"), "101");
}

TEST_F(OverlayTest, VeryLargeTreeIsAnOverlay) {
  ASSERT_TRUE(os::make_directories(at("big")));
  make_files("big", copied_entries_max + 1);
  const auto workspace = prepared(at("big"), WantedMode::automatic);
  EXPECT_EQ(workspace.mode, Mode::overlay);
  EXPECT_NE(workspace.why.find("large"), std::string::npos);
}

TEST_F(OverlayTest, WithoutOverlaySupportOnlyAnExplicitRequestFails) {
  make_repository();
  auto wanted = request(at("repo"));
  wanted.overlay = OverlaySupport::unavailable;
  wanted.mode = WantedMode::overlay;
  EXPECT_NE(prepare(wanted).error().remedy, "");
  wanted.mode = WantedMode::automatic;
  EXPECT_EQ(prepare(wanted).value().mode, Mode::copy);
}

TEST_F(OverlayTest, SessionInsideTheTreeCannotBeAnOverlayAndIsNotCopiedIntoItself) {
  make_repository();
  shell("mv state repo/state");
  auto wanted = request(at("repo"));
  wanted.session_directory = at("repo/state/session");
  wanted.excluded = {at("repo/state")};
  wanted.mode = WantedMode::overlay;
  EXPECT_FALSE(prepare(wanted));
  wanted.mode = WantedMode::copy;
  const auto workspace = prepare(wanted).value();
  EXPECT_EQ(shell("ls -A " + workspace.root), ".git\na\ndir");
}

}  // namespace
}  // namespace bailey::workspace
