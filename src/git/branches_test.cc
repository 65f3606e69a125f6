#include "git/branches.h"

#include <gtest/gtest.h>

#include "git/git_lab.h"

namespace bailey::git {
namespace {

BranchFacts facts(std::string current, std::vector<std::string> branches, std::vector<std::string> live = {}) {
  BranchFacts all{std::move(current), std::move(branches), std::move(live), {}};
  all.merged = [](const std::string&) -> Result<bool> { return fail("merged", "must not be asked"); };
  return all;
}
BranchFacts with_merged(BranchFacts all, std::string merged_branch) {
  all.merged = [merged_branch](const std::string& branch) -> Result<bool> { return branch == merged_branch; };
  return all;
}
const BranchRequest automatic{"claude", BranchMode::automatic, "", Consent::ask};
BranchRequest named(std::string name, Consent consent = Consent::ask) {
  return {"claude", BranchMode::named, std::move(name), consent};
}

TEST(Branches, TheDefaultIsTheFirstFreeNumber) {
  EXPECT_EQ(decide_branch(automatic, facts("main", {"main"}))->branch, "claude/session-1");
  EXPECT_EQ(decide_branch(automatic, facts("", {}))->branch, "claude/session-1") << "detached HEAD, no branches";
  const auto decision = decide_branch(automatic, facts("main", {"main", "claude/session-1", "claude/session-3"}));
  EXPECT_EQ(decision->branch, "claude/session-2");
  EXPECT_EQ(decision->action, BranchAction::create);
}

TEST(Branches, ArchivedBranchesLiveSessionsAndDirectoriesKeepTheirNumbers) {
  const auto decision = decide_branch(
      automatic,
      facts("main", {"claude/session-1-archived-20260101T000000Z", "claude/session-3/x"}, {"claude/session-2"}));
  EXPECT_EQ(decision->branch, "claude/session-4");
}

TEST(Branches, AnAgentBranchThatIsCheckedOutIsGoneOnWith) {
  const auto decision = decide_branch(automatic, facts("claude/x", {"claude/x"}));
  EXPECT_EQ(decision->action, BranchAction::reuse);
  EXPECT_EQ(decision->branch, "claude/x");
  EXPECT_EQ(decide_branch(automatic, facts("codex/x", {"codex/x"}))->branch, "claude/session-1") << "another agent's";
  EXPECT_EQ(decide_branch(automatic, facts("claude/x", {"claude/x"}, {"claude/x"}))->branch, "claude/session-1")
      << "another session works on it";
}

TEST(Branches, NamesGetTheAgentsPrefixOnce) {
  EXPECT_EQ(decide_branch(named("x"), facts("main", {"main"}))->branch, "claude/x");
  EXPECT_EQ(decide_branch(named("claude/x"), facts("main", {"main"}))->branch, "claude/x");
  EXPECT_EQ(decide_branch(named("codex/x"), facts("main", {"main"}))->branch, "claude/codex/x");
}

TEST(Branches, BadNamesAreErrors) {
  for (const char* bad : {"", "a b", "a..b", "x.lock", "a\nb", "/", "x/", "../main"})
    EXPECT_FALSE(decide_branch(named(bad), facts("main", {"main"}))) << bad;
  EXPECT_FALSE(decide_branch(named(std::string("a\0b", 3)), facts("main", {})));
}

TEST(Branches, AnExistingBranchAsksAndNeverOverwrites) {
  const auto there = facts("main", {"main", "claude/x"});
  auto decision = decide_branch(named("x"), with_merged(there, ""));
  EXPECT_EQ(decision->action, BranchAction::ask);
  EXPECT_NE(decision->question.find("Archive"), std::string::npos);
  decision = decide_branch(named("x"), with_merged(there, "claude/x"));
  EXPECT_EQ(decision->action, BranchAction::ask);
  EXPECT_EQ(decide_branch(named("x", Consent::given), with_merged(there, ""))->action, BranchAction::archive);
  EXPECT_EQ(decide_branch(named("x", Consent::given), with_merged(there, "claude/x"))->action, BranchAction::replace);
  EXPECT_FALSE(decide_branch(named("x", Consent::given), there)) << "not known is not merged: an error";
  EXPECT_EQ(decide_branch(named("x"), facts("claude/x", {"claude/x"}))->action, BranchAction::reuse) << "checked out";
}

TEST(Branches, NamesAboveAndBelowOthersAreRefusedBeforeAnyChange) {
  EXPECT_FALSE(decide_branch(named("x/y"), facts("main", {"claude/x"})));
  EXPECT_FALSE(decide_branch(named("x"), facts("main", {"claude/x/y"})));
  EXPECT_FALSE(decide_branch(named("x"), facts("main", {"claude"})));
  const auto refused = decide_branch(automatic, facts("main", {"claude"}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remedy.find("git branch -m"), std::string::npos);
}

TEST(Branches, ALiveSessionsBranchIsNotTaken) {
  EXPECT_FALSE(decide_branch(named("x", Consent::given), facts("main", {"claude/x"}, {"claude/x"})));
  EXPECT_FALSE(
      decide_branch({"claude", BranchMode::use_current, "", Consent::given}, facts("main", {"main"}, {"main"})));
}

TEST(Branches, UseCurrentTakesAnyBranchButNeedsOne) {
  const BranchRequest current{"claude", BranchMode::use_current, "", Consent::ask};
  EXPECT_EQ(decide_branch(current, facts("main", {"main"}))->branch, "main");
  EXPECT_EQ(decide_branch(current, facts("main", {"main"}))->action, BranchAction::reuse);
  const auto refused = decide_branch(current, facts("", {"main"}));
  ASSERT_FALSE(refused);
  EXPECT_NE(to_lines(refused.error()).find("detached"), std::string::npos);
}

class ReplaceBranch : public ::testing::Test {
 protected:
  ReplaceBranch() {
    lab.make_host();
    lab.out(
        "cd host && git checkout -q -b shell/x && echo p >p && git add p && git commit -q -m precious && git checkout "
        "-q main &&"
        "git branch shell/merged");
    lab.make_quarantine("shell/new");
  }
  Oid oid(const std::string& name) const { return *Oid::parse(lab.out("git -C host rev-parse " + name)); }
  Result<bool> merged(const std::string& branch) const {
    return is_merged(lab.runner(), *open_quarantine(lab.config.quarantine), *RefStore::open(lab.host()), branch);
  }
  GitLab lab;
  SystemClock clock;
};

TEST_F(ReplaceBranch, KnowsWhatIsMerged) {
  EXPECT_FALSE(*merged("shell/x"));
  EXPECT_TRUE(*merged("shell/merged"));
  lab.out("git -C host branch other shell/x");
  EXPECT_TRUE(*merged("shell/x")) << "another branch has the commits";
}

TEST_F(ReplaceBranch, ArchivesWhatWouldBeLost) {
  const auto refs = *RefStore::open(lab.host());
  const Oid precious = oid("shell/x");
  auto facts = *gather_branch_facts(refs);
  EXPECT_EQ(facts.current, "main");
  facts.merged = [&](const std::string& branch) { return merged(branch); };
  const auto decision = decide_branch({"shell", BranchMode::named, "x", Consent::given}, facts);
  ASSERT_TRUE(decision);
  const auto archived = replace_branch(refs, *decision, precious, oid("main"), clock);
  ASSERT_TRUE(archived) << to_lines(archived.error());
  EXPECT_TRUE(archived->starts_with("refs/heads/shell/x-archived-"));
  EXPECT_EQ(oid(*archived), precious);
  EXPECT_EQ(oid("shell/x"), oid("main"));
}

TEST_F(ReplaceBranch, ABranchThatMovedMeanwhileIsLeftAlone) {
  const auto refs = *RefStore::open(lab.host());
  const Oid precious = oid("shell/x");
  EXPECT_FALSE(replace_branch(refs, {BranchAction::replace, "shell/x", "", ""}, oid("main"), oid("main"), clock));
  EXPECT_EQ(oid("shell/x"), precious);
  lab.out("git -C host checkout -q shell/x");
  EXPECT_FALSE(replace_branch(refs, {BranchAction::replace, "shell/x", "", ""}, precious, oid("main"), clock))
      << "checked out";
}

}  // namespace
}  // namespace bailey::git
