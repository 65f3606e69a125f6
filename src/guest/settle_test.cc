// `bailey settle`: what it chooses, and that it changes nothing it touches. That later edits on the host don't show up
// is tests/e2e/host-edits-meanwhile.
#include "guest/settle.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/fd.h"
#include "git/git_lab.h"

namespace bailey::guest {
namespace {

using Names = std::vector<std::string>;

TEST(ChooseSettled, MostRecentlyChangedFirst) {
  EXPECT_EQ(choose_settled({{"old", 1, 1}, {"new", 3, 1}, {"middle", 2, 1}}, 100), (Names{"new", "middle", "old"}));
}

TEST(ChooseSettled, WhatDoesNotFitIsPassedOver) {
  EXPECT_EQ(choose_settled({{"a", 3, 60}, {"b", 2, 60}, {"c", 1, 40}}, 100), (Names{"a", "c"}));
  EXPECT_EQ(choose_settled({{"a", 3, 60}, {"empty", 1, 0}}, 0), Names{"empty"});
}

TEST(ChooseSettled, NoMoreThanTheLimit) {
  std::vector<SettleCandidate> many;
  for (std::size_t i = 0; i < settle_files_max + 2; ++i)
    many.push_back({std::to_string(i), static_cast<std::int64_t>(i), 0});
  const auto chosen = choose_settled(many, 0);
  ASSERT_EQ(chosen.size(), settle_files_max);
  EXPECT_EQ(chosen.back(), "2");
}

class SettleFile : public ::testing::Test {
 protected:
  SettleFile() {
    lab.out(
        "mkdir -p outside t/dir && cd t && echo a >a && echo b >dir/b && echo r >ro && chmod 444 ro && ln -s "
        "../outside "
        "out && echo x >../outside/x && ln -s a link && mkfifo fifo && touch -d 2001-01-01 a dir/b ro ../outside/x");
    top = Fd(::open(lab.path("t").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  [[nodiscard]] std::string state() const {
    return lab.out("find t outside -type f -printf '%p %m %s %T@ %A@\\n' | sort");
  }
  git::GitLab lab;
  Fd top;
};

TEST_F(SettleFile, TouchesFilesWithoutChangingContentModeOrTimes) {
  const std::string before = state();
  const std::string changed = lab.out("stat -c %z t/a t/dir/b t/ro");
  for (const char* path : {"a", "dir/b", "ro"}) EXPECT_TRUE(settle_file(top.get(), path)) << path;
  EXPECT_EQ(state(), before);
  EXPECT_NE(lab.out("stat -c %z t/a t/dir/b t/ro"), changed) << "control: an attribute was set";
}

TEST_F(SettleFile, FollowsNoLinkAndNeverLeavesTheWorkspace) {
  const std::string before = lab.out("find outside -printf '%p %C@\\n'");
  for (const char* path : {"link", "out/x", "../outside/x", "fifo", "dir", "gone", ""})
    EXPECT_FALSE(settle_file(top.get(), path)) << path;
  EXPECT_FALSE(settle_file(top.get(), lab.path("outside/x")));
  EXPECT_EQ(lab.out("find outside -printf '%p %C@\\n'"), before);
}

class SettleCommand : public ::testing::Test {
 protected:
  SettleCommand() {
    lab.guest_bin = GUEST_BIN;
    lab.make_session();
  }
  git::GitLab lab;
};

TEST_F(SettleCommand, TakesTrackedAndUntrackedFilesButNotIgnoredOrLargeOnes) {
  lab.out(
      "cd work && echo '*.o' >.gitignore && echo o >x.o && echo u >\"$(printf 'un\\ntracked')\" && truncate -s 2M "
      "large && "
      "touch ../mark && sleep 0.05 && bailey settle 1000000");
  EXPECT_EQ(lab.out("cd work && find . -path ./.git -prune -o -type f -newercm ../mark -print | sort"),
            "./.gitignore\n./a\n./un\ntracked");
  EXPECT_EQ(lab.out("cd work && git status --porcelain"), "?? .gitignore\n?? large\n?? \"un\\ntracked\"");
}

TEST_F(SettleCommand, WantsOneNumber) {
  for (const char* arguments : {"", "x", "1 2", "-1", "1x"})
    EXPECT_EQ(lab.sh(std::string("cd work && bailey settle ") + arguments).exit_status, 2) << arguments;
}

}  // namespace
}  // namespace bailey::guest
