#include "verify/verify.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "gateway/network_policy.h"
#include "os/files.h"
#include "sandbox/identity.h"
#include "verify/acts/groups.h"
#include "verify/arena.h"
#include "verify/branch_rows.h"
#include "verify/cases.h"
#include "verify/gateway_rows.h"
#include "verify/interruption.h"
#include "verify/judge.h"
#include "verify/render.h"

namespace bailey::verify {
namespace {

const Trial did_it{Verdict::succeeded, 0, {}};
const Trial no_permission{Verdict::refused, EPERM, {}};
const Trial not_there{Verdict::refused, ENOENT, {}};
const Trial no_family{Verdict::refused, EAFNOSUPPORT, {}};
const Trial untried{Verdict::unavailable, 0, {}};
const Trial hung{Verdict::timed_out, 0, {}};

TEST(Judge, RefusedInsideAndShownOutsideHolds) {
  EXPECT_EQ(judge_row(no_permission, did_it, ControlState::shown), RowState::holds);
}
TEST(Judge, AnEscapeFailsWhateverTheControlSays) {
  EXPECT_EQ(judge_row(did_it, did_it, ControlState::shown), RowState::failed);
}
TEST(Judge, AnActThatIsRefusedEverywhereProvesNothing) {
  const auto state = judge_control(Control::outside_user, not_there, Privilege::user);
  EXPECT_EQ(judge_row(not_there, not_there, state), RowState::failed);
}
TEST(Judge, AnActThatHangsOrDiesIsNoRefusal) {
  EXPECT_EQ(judge_row(hung, did_it, ControlState::shown), RowState::failed);
  EXPECT_EQ(judge_control(Control::outside_user, hung, Privilege::user), ControlState::failed);
}
TEST(Judge, UntriedInsideFailsUnlessItCanBeTriedNowhere) {
  EXPECT_EQ(judge_row(untried, did_it, ControlState::shown), RowState::failed);
  EXPECT_EQ(judge_row(untried, untried, ControlState::impossible), RowState::not_applicable);
}
TEST(Judge, SaysWhyAControlWasNotShown) {
  EXPECT_EQ(judge_control(Control::outside_root, no_permission, Privilege::user), ControlState::needs_root);
  EXPECT_EQ(judge_control(Control::outside_root, no_permission, Privilege::root), ControlState::impossible);
  EXPECT_EQ(judge_control(Control::outside_user, no_family, Privilege::user), ControlState::impossible);
  EXPECT_EQ(judge_control(Control::without_layer, no_permission, Privilege::user), ControlState::failed);
}

TEST(ReadTrial, NeedsReportAndExitStatusToAgree) {
  constexpr int status_of_success = 0;
  constexpr int status_of_refusal = 1 << 8;
  const char* line = R"({"act":"x","outcome":"refused","errno":13,"error":"EACCES","detail":"open /x"})";
  EXPECT_EQ(read_trial(line, status_of_refusal).verdict, Verdict::refused);
  EXPECT_EQ(read_trial(line, status_of_refusal).error, EACCES);
  EXPECT_EQ(read_trial(line, status_of_success).verdict, Verdict::broken);
  EXPECT_EQ(read_trial("", status_of_refusal).verdict, Verdict::broken);
  EXPECT_EQ(read_trial("{", status_of_refusal).verdict, Verdict::broken);
  EXPECT_EQ(read_trial(line, SIGSEGV).verdict, Verdict::broken);
}

TEST(Render, CannotMoveTheCursorAndCountsWhatFailed) {
  Report report;
  report.rows.push_back({1,
                         "act",
                         "row",
                         "seccomp",
                         {Verdict::succeeded, 0, "\033[2J"},
                         "outside",
                         ControlState::shown,
                         did_it,
                         RowState::failed});
  const std::string text = to_text(report);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(text.find("0 guarantees hold, 1 failed, 0 controls need root"), std::string::npos);
  EXPECT_FALSE(report.ok());
  const json::Value value = to_json(report);
  EXPECT_EQ(value.find("ok")->as_bool(), false);
  const json::Value& row = value.find("rows")->as_array()->at(0);
  EXPECT_EQ(*row.find("inside")->find("outcome")->as_string(), "succeeded");
  EXPECT_EQ(*row.find("control")->find("state")->as_string(), "shown");
  EXPECT_FALSE(Report{}.ok()) << "nothing tried is nothing shown";
}

TEST(Render, SaysWhatWasNotTriedOfASessionsGateway) {
  Report report;
  report.network = "proxy";
  EXPECT_NE(to_text(report).find("Not tried of network mode proxy"), std::string::npos);
  EXPECT_EQ(to_json(report).find("not_tried")->as_array()->size(), 1U);
  report.network = "restricted";
  EXPECT_EQ(to_text(report).find("Not tried"), std::string::npos);
  EXPECT_TRUE(to_json(report).find("not_tried")->as_array()->empty());
}

TEST(BranchRows, APlantArrivesOnItsOwnBranchAndTheReviewShowsIt) {
  std::string directory = "/tmp/verify-branch-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const auto rows = branch_rows(directory, {});
  (void)os::remove_tree(directory);
  ASSERT_TRUE(rows) << to_lines(rows.error());
  ASSERT_EQ(rows->size(), 2U);
  for (const auto& row : *rows) {
    EXPECT_EQ(row.state, RowState::holds) << row.act << ": " << row.inside.detail;
    EXPECT_EQ(row.control_state, ControlState::shown) << row.act << ": " << row.control.detail;
  }
}

class VerifyTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(base_.data()), nullptr);
    ASSERT_EQ(::chmod(base_.c_str(), 0711), 0);  // as root the gateway is somebody else, who must get to its program
    options_.user = {base_, base_ + "/config", base_ + "/state", base_ + "/cache"};
    options_.helpers = base_ + "/helpers";
    options_.path_variable = "/usr/bin:/bin";
    ASSERT_TRUE(os::make_directories(options_.helpers + "/guest", 0755));
    for (const char* name : {"bailey-init", "bailey-probe", "bailey-gateway"})
      ASSERT_EQ(::symlink(os::join(BAILEY_HELPERS, name).c_str(), os::join(options_.helpers, name).c_str()), 0);
    subject_.limits = {256, std::uint64_t{1} << 30, 1, std::uint64_t{1} << 30, 1024};
  }
  void TearDown() override {
    (void)os::remove_tree(base_);
    EXPECT_FALSE(os::exists(base_));
  }
  std::string base_ = "/tmp/verify-test-XXXXXX";
  Subject subject_;
  Options options_;
};

TEST_F(VerifyTest, EveryActGetsTheArgumentsItNeeds) {
  const auto fixture = Fixture::create(options_.user.state, sandbox::choose_ids(sandbox::identity_facts()));
  ASSERT_TRUE(fixture) << to_lines(fixture.error());
  const auto listeners = Listeners::open(*fixture);
  ASSERT_TRUE(listeners) << to_lines(listeners.error());
  for (const auto& entry : all_cases(*fixture, *listeners)) {
    const std::string_view wants = entry.act->arguments;
    if (wants.empty() || (wants.starts_with("ADDRESS") && listeners->address().empty())) continue;
    EXPECT_FALSE(entry.control.empty()) << entry.name;
    if (!wants.starts_with("[")) {
      EXPECT_FALSE(entry.inside.empty()) << entry.name;
    }
  }
}

TEST_F(VerifyTest, HoldsOnThisMachineAndLeavesNothingBehind) {
  const auto report = verify(subject_, options_);
  ASSERT_TRUE(report) << to_lines(report.error());
  EXPECT_TRUE(report->ok()) << to_text(*report);
  EXPECT_GT(report->rows.size(), 100U);
  EXPECT_TRUE(os::list_directory(options_.user.state).value().empty());
}

TEST_F(VerifyTest, AGatewayThatAllowsTheTargetIsFoundOut) {
  const auto ids = sandbox::choose_ids(sandbox::identity_facts());
  const auto fixture = Fixture::create(options_.user.state, ids);
  ASSERT_TRUE(fixture) << to_lines(fixture.error());
  auto listeners = Listeners::open(*fixture);
  ASSERT_TRUE(listeners) << to_lines(listeners.error());
  if (listeners->address().empty()) GTEST_SKIP() << "this machine has no address of its own";
  Surroundings around{*listeners, -1};
  const auto controls = Controls::open(options_.helpers, ids);
  ASSERT_TRUE(controls) << to_lines(controls.error());
  const auto rows_under = [&](const std::vector<gateway::NetworkRule>& rules) {
    Subject subject = subject_;
    subject.network = "proxy";
    subject.gateway_policy = gateway::to_json_text(gateway::Mode::proxy, rules, {});
    const auto arena = GatewayArena::open(subject, options_, *fixture, "verify-test-gateway", attacked_hosts());
    if (!arena) {
      ADD_FAILURE() << to_lines(arena.error());
      return std::vector<Row>();
    }
    return gateway_rows(**arena, subject, all_cases(*fixture, *listeners), *controls, around, {}).value();
  };
  const auto strict = rows_under({});
  ASSERT_EQ(strict.size(), 14U);
  for (const auto& row : strict) {
    EXPECT_EQ(row.state, RowState::holds) << row.act << ": " << row.inside.detail << "; " << row.control.detail;
    EXPECT_EQ(row.logged, Logged::yes) << row.act;
    EXPECT_EQ(row.control_state, ControlState::shown) << row.act << ": " << row.control.detail;
  }
  const auto open = rows_under(
      {{.id = "too-much", .hosts = {listeners->address()}, .ports = {listeners->tcp_port()}, .allow_private = true}});
  ASSERT_EQ(open.size(), 14U);
  EXPECT_EQ(open.front().act, "lateral-movement");
  EXPECT_EQ(open.front().state, RowState::failed);
  // The name of the attacks allowed by mistake: every row that relies on the session's policy says so.
  const auto named = rows_under({{.id = "too-much",
                                  .hosts = {"*." + std::string(arena_domain)},
                                  .ports = {listeners->loopback_port()},
                                  .allow_private = true}});
  for (const auto& row : named) {
    const bool relies_on_the_policy = row.act.starts_with("theft-by-");
    EXPECT_EQ(row.state, relies_on_the_policy ? RowState::failed : RowState::holds) << row.act;
  }
}

TEST_F(VerifyTest, ASandboxWithoutSystemCallFilterIsFoundOut) {
  const auto ids = sandbox::choose_ids(sandbox::identity_facts());
  const auto fixture = Fixture::create(options_.user.state, ids);
  ASSERT_TRUE(fixture) << to_lines(fixture.error());
  auto listeners = Listeners::open(*fixture);
  ASSERT_TRUE(listeners) << to_lines(listeners.error());
  Surroundings around{*listeners, -1};
  auto whole = Arena::open(subject_, options_, *fixture, "verify-test-whole", 0);
  ASSERT_TRUE(whole) << to_lines(whole.error());
  auto weak = Arena::open(subject_, options_, *fixture, "verify-test-weak", init::without::seccomp);
  ASSERT_TRUE(weak) << to_lines(weak.error());
  for (const char* act : {"tioclinux", "vmsplice", "kcmp"}) {
    EXPECT_EQ(whole->run(act, {}, around)->verdict, Verdict::refused) << act;
    EXPECT_EQ(weak->run(act, {}, around)->verdict, Verdict::succeeded) << act;
  }
}

TEST_F(VerifyTest, WhatTheCallerLeftOpenDoesNotReachTheAgent) {
  const Fd forgotten(::open("/etc/passwd", O_RDONLY));  // without close-on-exec, as a shell may leave it
  const auto fixture = Fixture::create(options_.user.state, sandbox::choose_ids(sandbox::identity_facts()));
  ASSERT_TRUE(fixture) << to_lines(fixture.error());
  auto listeners = Listeners::open(*fixture);
  ASSERT_TRUE(listeners) << to_lines(listeners.error());
  Surroundings around{*listeners, -1};
  auto arena = Arena::open(subject_, options_, *fixture, "verify-test-descriptors", 0);
  ASSERT_TRUE(arena) << to_lines(arena.error());
  EXPECT_EQ(arena->run("inherited-descriptors", {}, around)->verdict, Verdict::refused);
}

TEST_F(VerifyTest, AnInterruptionEndsItAndLeavesNothingBehind) {
  const auto held = Interruption::hold();  // so that the signal stays pending after verify let go of it
  ASSERT_TRUE(held);
  options_.progress = [](std::string_view) { ::kill(::getpid(), SIGINT); };
  const auto report = verify(subject_, options_);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, interrupted_code);
  EXPECT_TRUE(os::list_directory(options_.user.state).value().empty());
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  const timespec at_once{};
  EXPECT_EQ(::sigtimedwait(&interrupt, nullptr, &at_once), SIGINT) << "the user's wish must not be swallowed";
}

}  // namespace
}  // namespace bailey::verify
