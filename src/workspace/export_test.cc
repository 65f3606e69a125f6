#include "workspace/export.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "os/files.h"
#include "workspace/session_view.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class ExportTest : public WorkspaceTest {
 protected:
  void SetUp() override {
    WorkspaceTest::SetUp();
    make_repository();
    shell("echo build/ >repo/.gitignore; mkdir repo/build out outside; echo mine >outside/f");
  }
  Status stage(Export& one, const Prepared& workspace, const std::vector<std::string>& paths) const {
    return one.stage(workspace, paths);
  }
  // Everything, to out/.
  Status exported(const Prepared& workspace, const std::vector<std::string>& paths, Overwrite overwrite = Overwrite::no,
                  const ExportLimits& limits = {}) const {
    auto one = TRY(Export::open(os::real_path(at("out")).value(), limits));
    TRY_STATUS(one.stage(workspace, paths));
    return one.publish(overwrite);
  }
  std::string why(const Status& status) const { return status ? "done" : status.error().why; }
  std::string inside_copy(const Prepared& workspace, const std::string& script) const {
    return shell("cd '" + workspace.root + "'; " + script);
  }
};

TEST_F(ExportTest, FilesAndDirectoriesUnderTheirLastName) {
  const auto workspace = prepared(at("repo"));
  inside_copy(workspace,
              "mkdir -p build/bin build/empty; echo x >build/bin/x; chmod 6755 build/bin/x; echo d >build/d; chmod 600 "
              "build/d");
  ASSERT_TRUE(exported(workspace, {"build/bin", "build/d"}));
  EXPECT_EQ(shell("cd out; find . -mindepth 1 | sort | xargs stat -c '%n %a'; cat bin/x d"),
            "./bin 755\n./bin/x 755\n./d 644\nx\nd");
}

TEST_F(ExportTest, OnlyRegularFilesComeOut) {
  const auto workspace = prepared(at("repo"));
  inside_copy(workspace,
              "mkdir -p build; cd build; ln -s ../../../../outside/f link; ln -s / root; mkfifo pipe; mkdir .git sub; "
              "echo '[core]' >.git/config; mkdir sub/.GIT; echo ok >ok");
  auto one = *Export::open(at("out"), {});
  ASSERT_TRUE(one.stage(workspace, {"build"}));
  const auto notes = one.notes().sentences();
  EXPECT_TRUE(has_note(notes, "symbolic link: build/link, build/root"));
  EXPECT_TRUE(has_note(notes, "no regular file: build/pipe"));
  EXPECT_TRUE(has_note(notes, "repository's own directory: build/.git, build/sub/.GIT"));
  ASSERT_TRUE(one.publish(Overwrite::no));
  EXPECT_EQ(shell("cd out; find . -type f"), "./build/ok");
  for (const char* path :
       {"build/link", "build/pipe", "build/.git/config", ".git", ".git/HEAD", "nowhere", "build/root/etc"})
    EXPECT_NE(why(exported(workspace, {path})), "done") << path;
}

TEST_F(ExportTest, NothingIsReplacedUnlessAsked) {
  const auto workspace = prepared(at("repo"));
  inside_copy(workspace, "mkdir -p build; echo new >build/f; echo other >build/g");
  shell("mkdir out/build; echo old >out/build/f; echo kept >out/build/kept");
  auto one = *Export::open(at("out"), {});
  ASSERT_TRUE(one.stage(workspace, {"build"}));
  EXPECT_EQ(*one.in_the_way(), std::vector<std::string>{"build/f"});
  EXPECT_FALSE(one.publish(Overwrite::no));
  EXPECT_EQ(shell("cat out/build/f"), "old");
  EXPECT_TRUE(exported(workspace, {"build"}, Overwrite::yes));
  EXPECT_EQ(shell("cd out/build; cat f g kept"), "new\nother\nkept");
}

// Links at the destination: planted by an earlier export, or by a tree that was applied.
TEST_F(ExportTest, LinksAtTheDestinationAreNotFollowed) {
  const auto workspace = prepared(at("repo"));
  inside_copy(workspace, "mkdir -p build/d; echo attack >build/f; echo attack >build/d/f");
  shell("ln -s ../outside/f out/f; ln -s ../outside out/d; ln -s outside elsewhere");
  EXPECT_FALSE(exported(workspace, {"build/f"}));
  EXPECT_TRUE(exported(workspace, {"build/f"}, Overwrite::yes));
  EXPECT_FALSE(exported(workspace, {"build/d"}, Overwrite::yes));
  EXPECT_EQ(shell("cat outside/f; stat -c %F out/f"), "mine\nregular file");
  const auto refused = Export::open(at("elsewhere"), {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remedy.find(os::real_path(at("outside")).value()), std::string::npos);
  EXPECT_FALSE(Export::open(at("elsewhere/new"), {}));
  EXPECT_FALSE(Export::open(at("repo/.git/hooks"), {}));
  EXPECT_FALSE(Export::open(at("repo/.Git/hooks"), {}));
}

TEST_F(ExportTest, LimitsOfBytesFilesAndDepth) {
  const auto workspace = prepared(at("repo"));
  inside_copy(
      workspace,
      "mkdir -p build; truncate -s 1T build/sparse; echo a >build/a; echo b >build/b; mkdir -p build/x/y/z; echo "
      "z >build/x/y/z/z");
  EXPECT_NE(why(exported(workspace, {"build/sparse"})).find("MiB"), std::string::npos);
  EXPECT_NE(why(exported(workspace, {"build/a", "build/b"}, Overwrite::no, {.files_max = 1})).find("files"),
            std::string::npos);
  EXPECT_NE(why(exported(workspace, {"build/a"}, Overwrite::no, {.free_bytes_min = UINT64_MAX / 2})).find("full"),
            std::string::npos);
  ASSERT_TRUE(exported(workspace, {"build/x"}, Overwrite::no, {.depth_max = 2}));
  EXPECT_EQ(shell("cd out; find . -name z; ls -A"), "x");
}

TEST_F(ExportTest, WhatAKilledExportLeftGoesAndALiveOneStays) {
  const auto workspace = prepared(at("repo"));
  shell("mkdir -p out/.bailey-export-1-0/deep; echo x >out/.bailey-export-1-0/deep/x");
  auto live = *Export::open(at("out"), {});
  ASSERT_TRUE(live.stage(workspace, {"a"}));
  EXPECT_TRUE(exported(workspace, {"dir"}));
  ASSERT_TRUE(live.publish(Overwrite::no));
  EXPECT_EQ(shell("cd out; ls -A | grep -v bailey-export; cat a"), "a\ndir\none");
}

// The attack: while files are copied, the agent swaps directories and files for links to what it can't read.
TEST_F(ExportTest, ARaceWithLinksNeverReadsOutside) {
  const auto workspace = prepared(at("repo"));
  shell("echo SECRET >outside/secret");
  inside_copy(workspace, "mkdir -p build/d; for i in $(seq 50); do echo ok >build/d/secret; echo ok >build/d/$i; done");
  const std::string build = workspace.root + "/build";
  std::atomic<bool> stop{false};
  std::thread attacker([&] {
    const std::string outside = at("outside");
    while (!stop) {
      (void)::rename((build + "/d").c_str(), (build + "/e").c_str());
      (void)!::symlink(outside.c_str(), (build + "/d").c_str());
      (void)::unlink((build + "/d").c_str());
      (void)::rename((build + "/e").c_str(), (build + "/d").c_str());
    }
  });
  for (int round = 0; round < 40; ++round) {
    shell("rm -rf out; mkdir out");
    (void)exported(workspace, {"build"});
    ASSERT_EQ(shell("grep -rl SECRET out || true"), "");
  }
  stop = true;
  attacker.join();
}

TEST_F(ExportTest, PathsAreCountedFromTheTop) {
  EXPECT_EQ(*exported_path("/workspace/a//b/./c/"), "a/b/c");
  EXPECT_EQ(*exported_path("a"), "a");
  EXPECT_FALSE(exported_path("../a"));
  EXPECT_FALSE(exported_path("a/../../b"));
  EXPECT_FALSE(exported_path("/etc/passwd"));
  EXPECT_FALSE(exported_path("/workspaces"));
}

class OverlayExportTest : public ExportTest {
 protected:
  void SetUp() override {
    BAILEY_NEEDS_NAMESPACES();
    ExportTest::SetUp();
  }
  void TearDown() override {
    if (!base_.empty()) ExportTest::TearDown();
  }
};

TEST_F(OverlayExportTest, TheMergedViewIsWhatComesOut) {
  shell(
      "cd repo; mkdir -p build/sub build/gone; echo lower >build/l; echo lower >build/changed; echo s >build/sub/s; "
      "echo g >build/gone/g; echo d >build/deleted");
  const auto workspace = prepared(at("repo"), WantedMode::overlay);
  said_inside(workspace,
              "cd build; echo upper >changed; echo new >new; rm deleted; rm -r gone; mkdir gone; echo again "
              ">gone/again; echo t >sub/t");
  ASSERT_TRUE(exported(workspace, {"build"}));
  EXPECT_EQ(shell("cd out/build; find . -type f | sort; cat changed l gone/again"),
            "./changed\n./gone/again\n./l\n./new\n./sub/s\n./sub/t\nupper\nlower\nagain");
  const auto view = *SessionView::open(workspace);
  EXPECT_FALSE(*view.find("build/deleted"));
  EXPECT_FALSE(*view.find("build/gone/g"));
  EXPECT_TRUE(*view.find("build/sub/s"));
  EXPECT_TRUE(*view.find(".git/HEAD"));
}

}  // namespace
}  // namespace bailey::workspace
