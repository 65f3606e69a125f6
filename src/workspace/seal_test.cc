// "Nothing was changed": every kind of change is seen, and no change is imagined.
#include "workspace/seal.h"

#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "os/files.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class SealTest : public WorkspaceTest {
 protected:
  // Kernels without multigrain timestamps can't tell a change in the same tick: they say "possible", which is safe.
  Prepared sealed(WantedMode mode = WantedMode::copy) {
    make_repository();
    auto workspace = prepared(at("repo"), mode);
    if (changes_since(workspace) == Changes::none) return workspace;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    workspace.seal = make_seal(workspace.git_dir + "/config").value();
    return workspace;
  }
};

TEST_F(SealTest, UntouchedWorkspaceHasNoChanges) { EXPECT_EQ(changes_since(sealed()), Changes::none); }

TEST_F(SealTest, WhatWasWrittenJustBeforeIsOlderThanTheSealAndWhatComesAfterIsNot) {
  shell("mkdir tree");
  write("mark", "");
  const auto seal_now = [&] {
    write("tree/file", "x");
    return make_seal(at("mark")).value();
  };
  if (!untouched_since(at("tree"), seal_now(), SealRoot::included))
    GTEST_SKIP() << "times move in ticks: the kernel has no multigrain timestamps";
  for (int round = 0; round < 2000; ++round) {
    const auto seal = seal_now();
    ASSERT_TRUE(untouched_since(at("tree"), seal, SealRoot::included)) << round;
    write("tree/file", "y");
    ASSERT_FALSE(untouched_since(at("tree"), seal, SealRoot::included)) << round;
  }
}

TEST_F(SealTest, EveryChangeIsSeenEvenWithTheOldTimesPutBack) {
  for (const char* change :
       {"echo x >new", "echo x >>a", "rm dir/b", "mv a b", "chmod +x a", "touch -d 2001-01-01 a", "mkdir e", "ln a c",
        "ln -sfn x dir/l", "cp -p a t; echo y >a; touch -r t a; rm t", "setfattr -n user.x -v y a || chmod 600 a"}) {
    const auto workspace = sealed();
    ASSERT_EQ(changes_since(workspace), Changes::none);
    shell("cd " + workspace.root + "; " + change);
    EXPECT_EQ(changes_since(workspace), Changes::possible) << change;
    ASSERT_TRUE(os::remove_tree(at("repo")));
    ASSERT_TRUE(cleanup(at("state/session")));
  }
}

TEST_F(SealTest, CommitsAndBranchesAreSeenAndARefreshedIndexIsNot) {
  BAILEY_NEEDS_NAMESPACES();
  for (const char* change :
       {"git commit -q --allow-empty -m x", "git branch y", "git checkout -q main", "git pack-refs --all"}) {
    const auto workspace = sealed();
    said_inside(workspace, "git status >/dev/null; git update-index --refresh; git log >/dev/null");
    EXPECT_EQ(changes_since(workspace), Changes::none);
    said_inside(workspace, change);
    EXPECT_EQ(changes_since(workspace), Changes::possible) << change;
    ASSERT_TRUE(os::remove_tree(at("repo")));
    ASSERT_TRUE(cleanup(at("state/session")));
  }
}

TEST_F(SealTest, OverlaysAreJudgedByTheirUpperLayer) {
  BAILEY_NEEDS_NAMESPACES();
  for (const char* change : {"echo x >new", "echo x >>a", "rm dir/b", "chmod 600 a", "rm .git/packed-refs"}) {
    const auto workspace = sealed(WantedMode::overlay);
    said_inside(workspace, "git status --porcelain; cat a dir/b");
    EXPECT_EQ(changes_since(workspace), Changes::none);
    said_inside(workspace, change);
    EXPECT_EQ(changes_since(workspace), Changes::possible) << change;
    ASSERT_TRUE(os::remove_tree(at("repo")));
    ASSERT_TRUE(cleanup(at("state/session")));
  }
}

TEST_F(SealTest, CopiedUpFilesAreNoChangesAndChangesOnTopOfThemAre) {
  BAILEY_NEEDS_NAMESPACES();
  const std::string settle = "for f in a dir/b; do touch -ar $f $f; done; ";
  for (const char* change :
       {"echo x >>a", "rm dir/b", "chmod 600 a", "chmod 700 dir", "cp -p a /tmp/t; echo eno >a; touch -r /tmp/t a",
        "cp -a dir /tmp/d; rm -r dir; mkdir dir; touch -r /tmp/d dir", "ln a dir/c", "mv dir e"}) {
    const auto workspace = sealed(WantedMode::overlay);
    said_inside(workspace, settle);
    EXPECT_TRUE(os::exists(workspace.overlays.at(0).upper + "/dir/b"));
    EXPECT_EQ(changes_since(workspace), Changes::none);
    said_inside(workspace, std::string("mount -t tmpfs t /tmp; ") + change);
    EXPECT_EQ(changes_since(workspace), Changes::possible) << change;
    ASSERT_TRUE(os::remove_tree(at("repo")));
    ASSERT_TRUE(cleanup(at("state/session")));
  }
  const auto workspace = sealed(WantedMode::overlay);
  said_inside(workspace, settle);
  shell("echo host >>repo/a");  // can't be told from a change inside any more
  EXPECT_EQ(changes_since(workspace), Changes::possible);
}

TEST_F(SealTest, ClockThatWasSetAndAnUnknownSealAreNotTrusted) {
  auto workspace = sealed();
  workspace.seal.clock_offset_ns += clock_offset_tolerance_ns * 2;  // as if it had been set back since
  EXPECT_EQ(changes_since(workspace), Changes::possible);
  workspace.seal = {};
  EXPECT_EQ(changes_since(workspace), Changes::possible);
}

TEST_F(SealTest, LinkInPlaceOfTheWorkspaceIsNotFollowed) {
  const auto workspace = sealed();
  shell("mv " + workspace.root + " elsewhere; ln -s ../../elsewhere " + workspace.root);
  EXPECT_EQ(changes_since(workspace), Changes::possible);
}

TEST_F(SealTest, MoreEntriesThanTheLimitCountAsChanged) {
  shell("mkdir big; cd big; seq " + std::to_string(changes_entries_max + 1) + " | xargs touch");
  auto workspace = prepared(at("big"));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  workspace.seal = make_seal(workspace.git_dir + "/config").value();
  EXPECT_EQ(changes_since(workspace), Changes::possible);
  shell("rm state/session/workspace/1 state/session/workspace/2");
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  workspace.seal = make_seal(workspace.git_dir + "/config").value();
  EXPECT_EQ(changes_since(workspace), Changes::none);  // control
}

}  // namespace
}  // namespace bailey::workspace
