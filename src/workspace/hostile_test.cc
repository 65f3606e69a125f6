// A directory made by an attacker: pointers to what belongs to somebody else, things that block, things that lie.
#include <sys/stat.h>
#include <unistd.h>

#include "os/files.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class HostileTest : public WorkspaceTest {
 protected:
  void SetUp() override {
    WorkspaceTest::SetUp();
    shell(
        "git init -q -b main private; cd private; echo PRIVATE >p; git add p; git commit -qm private; git init -q -b "
        "main ../trap; cd ../trap; echo t >t; git add t; git commit -qm t");
  }
  // The error of looking at trap/; fails the test when there is none or it does not say what to do.
  Error refusal() const {
    const auto facts = discover(at("trap"));
    if (facts) {
      ADD_FAILURE() << "accepted";
      return {};
    }
    EXPECT_NE(facts.error().remedy, "") << to_lines(facts.error());
    return facts.error();
  }
};

TEST_F(HostileTest, ControlTheSameRepositoryWithoutATrickIsAccepted) { EXPECT_TRUE(discover(at("trap"))); }

TEST_F(HostileTest, GitFileThatNamesAnotherRepositoryIsRefused) {
  shell("cd trap; rm -rf .git; echo \"gitdir: ../private/.git\" >.git");
  EXPECT_NE(refusal().why.find("does not say that it belongs"), std::string::npos);
}

TEST_F(HostileTest, GitFileThatNamesSomebodyElsesWorktreeIsRefused) {
  shell("git -C private worktree add -q ../tree; cp tree/.git trap/gitfile; cd trap; rm -rf .git; mv gitfile .git");
  EXPECT_NE(refusal().why.find("does not know this directory"), std::string::npos);
  EXPECT_TRUE(discover(at("tree")));  // control
}

TEST_F(HostileTest, InventedWorktreeOfAnotherRepositoryIsRefused) {
  shell(
      "cd trap; mkdir -p fake/worktrees/w; echo ../../../../private/.git >fake/worktrees/w/commondir; echo "
      "\"$PWD/.git\" >fake/worktrees/w/gitdir;"
      "echo 'ref: refs/heads/main' >fake/worktrees/w/HEAD; rm -rf .git; echo 'gitdir: fake/worktrees/w' >.git");
  (void)refusal();
}

TEST_F(HostileTest, CommondirInAGitDirectoryIsRefused) {
  shell("echo ../../private/.git >trap/.git/commondir");
  EXPECT_NE(refusal().why.find("another one"), std::string::npos);
}

TEST_F(HostileTest, GitDirectoryThatIsALinkIsRefused) {
  shell("cd trap; rm -rf .git; ln -s ../private/.git .git");
  (void)refusal();
}

TEST_F(HostileTest, AlternatesThatNameADirectoryOfTheUserAreRefused) {
  write("home/.ssh/id_rsa", "KEY");
  shell("echo " + at("home/.ssh") + " >trap/.git/objects/info/alternates");
  EXPECT_NE(refusal().why.find("id_rsa"), std::string::npos);
  shell("cd trap; mkdir ../empty; echo ../../../empty >.git/objects/info/alternates");
  EXPECT_NE(refusal().why.find("no 'pack'"), std::string::npos);
  shell("cd trap; rm .git/objects/info/alternates; mv .git/objects ../objects; ln -s " + at("home/.ssh") +
        " .git/objects");
  (void)refusal();
}

TEST_F(HostileTest, SubmoduleThatNamesAnotherRepositoryHasNoGitInside) {
  shell(
      "cd trap; mkdir sub; echo 'gitdir: ../../private/.git' >sub/.git; echo s >sub/s; mkdir link; ln -s "
      "../../private/.git link/.git; echo l >link/l");
  for (const auto mode : {WantedMode::copy, WantedMode::overlay}) {
    const auto workspace = prepared(at("trap"), mode);
    EXPECT_TRUE(has_note(workspace.notes, "could not be used: link, sub"));
    EXPECT_EQ(workspace.object_stores.size(), 1U);
    if (mode == WantedMode::copy || namespaces_obstacle().empty()) {
      EXPECT_EQ(said_inside(workspace, "cat sub/s link/l; ls -A sub link"), "s\nl\nlink:\nl\n\nsub:\ns");
    }
    ASSERT_TRUE(cleanup(at("state/session")));
  }
}

TEST_F(HostileTest, PipesInTheGitDirectoryDoNotBlock) {
  for (const char* name : {"HEAD", "config", "packed-refs", "index", "shallow", "info/exclude", "refs/heads/main",
                           "commondir", "objects/info/alternates"}) {
    shell(std::string("cp -a trap copy; cd copy/.git; rm -f ") + name + "; mkfifo " + name);
    const auto facts = discover(at("copy"));  // either way, but at once
    if (facts) {
      auto wanted = request(at("copy"));
      wanted.mode = WantedMode::copy;
      (void)prepare(wanted);
      ASSERT_TRUE(cleanup(at("state/session")));
    }
    shell("rm -rf copy");
  }
}

TEST_F(HostileTest, NonsenseInTheGitDirectoryIsAnErrorOrLeftOut) {
  const std::string nonsense[] = {"", std::string(100, '\0'), std::string(300'000, 'A'), "ref: ../../../etc/passwd\n",
                                  "[core\n"};
  for (const char* name :
       {"HEAD", "config", "packed-refs", "index", "shallow", "refs/heads/main", "objects/info/alternates"})
    for (const auto& bytes : nonsense) {
      shell("rm -rf copy; cp -a trap copy");
      write(std::string("copy/.git/") + name, bytes);
      if (const auto facts = discover(at("copy")); facts) {
        auto wanted = request(at("copy"));
        wanted.mode = WantedMode::copy;
        const auto workspace = prepare(wanted);
        EXPECT_TRUE(workspace || os::list_directory(at("state/session")).value().empty());
        ASSERT_TRUE(cleanup(at("state/session")));
      }
    }
}

TEST_F(HostileTest, RepositoryOfAnotherUserAboveIsNotTakenForOurs) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make another user's files";
  shell("mkdir -p trap/ours; chown -R 4321 trap; chown 4322 trap/ours");
  const auto facts = discover(at("trap/ours"));
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().why.find("uid 4321"), std::string::npos);
  shell("chown 4321 trap/ours");  // control: the same user's
  EXPECT_EQ(discover(at("trap/ours")).value().prefix, "ours");
}

TEST_F(HostileTest, LinksAreCopiedAsLinksWhereverTheyPoint) {
  shell(
      "cd trap; ln -s /etc/passwd abs; ln -s ../private up; ln -s nowhere dangling; ln -s . self; ln -s \"$(printf "
      "'new\\nline')\" nl");
  const auto workspace = prepared(at("trap"));
  EXPECT_EQ(
      shell("cd " + workspace.root + "; readlink abs up dangling self; find . -type f -not -path './.git/*' | sort"),
      "/etc/passwd\n../private\nnowhere\n.\n./t");
}

TEST_F(HostileTest, OverlayAttributesInTheTreeAreNoWayOut) {
  BAILEY_NEEDS_NAMESPACES();
  // Someone who knows that the tree becomes a lower layer tries to redirect a directory elsewhere.
  shell(
      "cd trap; mkdir d; echo d >d/d; setfattr -n user.overlay.redirect -v /etc d 2>/dev/null || python3 -c \"import "
      "os; os.setxattr('d', 'user.overlay.redirect', b'/etc')\"");
  EXPECT_EQ(said_inside(prepared(at("trap"), WantedMode::overlay), "cd d; ls"), "d");
}

}  // namespace
}  // namespace bailey::workspace
