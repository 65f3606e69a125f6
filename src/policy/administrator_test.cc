// The administrator's bounds, from every side.
#include <gtest/gtest.h>

#include "policy/resolve_fixture.h"
#include "policy/secret_names.h"

namespace bailey::policy {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool withholds(const SessionPlan& plan, std::string_view name) {
  std::vector<std::string> patterns;
  for (const auto& pattern : plan.secret_patterns) patterns.push_back(pattern.value);
  return SecretNames::compile(patterns).value().matches(name);
}

TEST(Administrator, LowersDefaultsSilentlyAndNeverRaisesThem) {
  const auto lowered = plan_of(inputs_of("push = false\nworkspace = 'copy'\n[limits]\nmemory = '1g'", "", ""));
  EXPECT_EQ(lowered.limits.memory_bytes.value, std::uint64_t{1} << 30);
  EXPECT_EQ(lowered.limits.memory_bytes.origin.layer, Layer::administrator);
  EXPECT_EQ(lowered.push.value, Push::no);
  EXPECT_EQ(lowered.workspace.value, WorkspaceMode::copy);
  EXPECT_TRUE(lowered.notes.empty());
  const auto raised =
      plan_of(inputs_of("network = 'allow-all'\nprofile = 'trusted'\n[limits]\nmemory = '64g'", "", ""));
  EXPECT_EQ(raised.limits.memory_bytes.value, memory_bytes_default);
  EXPECT_EQ(raised.network.value, Network::proxy);
  EXPECT_EQ(raised.profile.value, Profile::development);
}

TEST(Administrator, FilesBeyondABoundAreClampedWithANote) {
  const auto plan = plan_of(inputs_of("network = 'proxy'\n[limits]\nmemory = '16g'",
                                      "network = 'allow-all'\n[limits]\nmemory = '32g'\n", ""));
  EXPECT_EQ(plan.network.value, Network::proxy);
  EXPECT_EQ(plan.limits.memory_bytes.value, std::uint64_t{16} << 30);
  EXPECT_EQ(plan.notes.size(), 2u);
  EXPECT_TRUE(contains(all_notes(plan),
                       "limits.memory: 32g from user (/home/u/.config/bailey/config.toml:3:10) is "
                       "beyond what the administrator allows; it is 16g"))
      << all_notes(plan);
}

TEST(Administrator, CanHaveUnattendedSessionsRefuseAndRequestsExpireSoon) {
  const auto plan = plan_of(inputs_of("approvals = 'deny'\napproval_minutes = 10",
                                      "approvals = 'queue'\napproval_minutes = 600", "approval_minutes = 5"));
  EXPECT_EQ(plan.approvals.value, Approvals::deny);
  EXPECT_EQ(plan.approval_minutes.value, 5u) << "a project may tighten";
  const auto free = plan_of(inputs_of("", "approvals = 'deny'\napproval_minutes = 600", "approvals = 'queue'"));
  EXPECT_EQ(free.approvals.value, Approvals::deny) << "but not loosen";
  EXPECT_EQ(free.approval_minutes.value, 600u);
  EXPECT_TRUE(contains(error_of(inputs_of("", "approvals = 'allow'", "")), "approvals"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "approval_minutes = 0", "")), "approval_minutes"));
}

TEST(Administrator, FlagsBeyondABoundAreErrors) {
  auto inputs = inputs_of("[limits]\nmemory = '16g'", "", "");
  inputs.flags.memory = "17g";
  EXPECT_EQ(error_of(inputs),
            "--memory 17g: the administrator allows 16g for limits.memory (/etc/bailey/policy.d/a.toml:2:10)\n"
            "  leave --memory out or stay within that");
  inputs.flags.memory = "16g";
  EXPECT_EQ(error_of(inputs), "no error");
  inputs = inputs_of("profile = 'development'", "", "");
  inputs.flags.profile = "trusted";
  EXPECT_TRUE(contains(error_of(inputs), "--profile trusted"));
  inputs = inputs_of("network = 'proxy'", "", "");
  inputs.flags.profile = "trusted";
  EXPECT_TRUE(contains(error_of(inputs), "--profile allow-all"));
  inputs = inputs_of("gpu = false", "", "");
  inputs.flags.gpu = GpuAccess::yes;
  EXPECT_TRUE(contains(error_of(inputs), "--gpu"));
}

TEST(Administrator, ReviewAsABoundBindsWhatItStandsFor) {
  auto inputs = inputs_of("profile = 'review'", "network = 'proxy'\npush = true", "");
  const auto plan = plan_of(inputs);
  EXPECT_EQ(plan.profile.value, Profile::review);
  EXPECT_EQ(plan.network.value, Network::restricted);
  EXPECT_EQ(plan.push.value, Push::no);
  inputs.flags.network = "proxy";
  EXPECT_NE(error_of(inputs), "no error");
}

TEST(Administrator, TheStrictestOfSeveralFilesCounts) {
  auto inputs = inputs_of("[limits]\npids = 100", "", "");
  inputs.files.administrator.push_back({"/etc/bailey/policy.d/b.toml", "[limits]\npids = 1000"});
  EXPECT_EQ(plan_of(inputs).limits.pids.value, 100u);
  inputs.files.administrator.push_back({"/etc/bailey/policy.d/c.toml", "[limits]\npids = 50"});
  EXPECT_EQ(plan_of(inputs).limits.pids.value, 50u);
}

TEST(Administrator, AnEmptyListAllowsNothing) {
  auto inputs =
      inputs_of("allow_domains = []\n[environment]\npass = []\n[paths]\nread_only = []",
                "allow_domains = ['a.com']\n[environment]\npass = ['X']\n[paths]\nread_only = ['/opt/x']", "");
  const auto plan = plan_of(inputs);
  EXPECT_TRUE(plan.allow_domains.empty() && plan.grants.environment.empty() && plan.grants.read_only_paths.empty());
  EXPECT_EQ(plan.notes.size(), 3u);
  inputs.flags.pass_environment = {"Y"};
  EXPECT_TRUE(contains(error_of(inputs), "--pass-env Y: the administrator allows nothing"));
  // Positive control: without a list the same additions count.
  inputs.files.administrator.clear();
  EXPECT_EQ(plan_of(inputs).grants.environment.size(), 2u);
}

TEST(Administrator, ListsBoundWhatCanBeAdded) {
  const auto plan = plan_of(inputs_of("allow_domains = ['*.corp.example']\n[paths]\nread_only = ['/opt']",
                                      "allow_domains = ['a.corp.example', 'corp.example', 'evil.example']\n"
                                      "[paths]\nread_only = ['/opt/go', '/optional', '/srv/x']",
                                      ""));
  ASSERT_EQ(plan.allow_domains.size(), 2u);
  EXPECT_EQ(plan.allow_domains[0].value, "a.corp.example");
  EXPECT_EQ(plan.allow_domains[1].value, "corp.example");
  ASSERT_EQ(plan.grants.read_only_paths.size(), 1u);
  EXPECT_EQ(plan.grants.read_only_paths[0].value.path, "/opt/go");
}

TEST(Administrator, FixedValuesAreEverybodys) {
  auto inputs = inputs_of("seccomp_profile = 'built-in'\naudit_bytes_max = '2g'",
                          "seccomp_profile = '/home/u/open.json'\naudit_bytes_max = '1m'", "");
  const auto plan = plan_of(inputs);
  EXPECT_FALSE(plan.grants.seccomp_profile);
  EXPECT_EQ(plan.audit_bytes_max.value, std::uint64_t{2} << 30);
  EXPECT_EQ(plan.notes.size(), 2u);
  inputs.flags.seccomp_profile = "/home/u/open.json";
  EXPECT_TRUE(contains(error_of(inputs), "--seccomp-profile"));
  inputs = inputs_of("seccomp_profile = '/etc/bailey/seccomp.json'", "", "");
  EXPECT_EQ(plan_of(inputs).grants.seccomp_profile->value.path, "/etc/bailey/seccomp.json");
  inputs.files.administrator.push_back({"/etc/bailey/policy.d/b.toml", "seccomp_profile = '/other.json'"});
  EXPECT_TRUE(contains(error_of(inputs), "must agree"));
}

TEST(Administrator, SecretPatternsCannotBeExceptedByAnybody) {
  auto inputs = inputs_of("[secrets]\npatterns = ['*.corp']", "[secrets]\nexcept = ['*.corp', 'test.pem']", "");
  inputs.flags.allow_files = {"*"};
  const auto plan = plan_of(inputs);
  EXPECT_TRUE(withholds(plan, "x.corp"));
  EXPECT_FALSE(withholds(plan, "test.pem"));  // positive control: the exception works for others
  EXPECT_TRUE(withholds(plan_of(inputs_of("", "", "[secrets]\npatterns = ['*.local']")), "x.local"));
}

TEST(Grants, PathsThatWouldShowKeysOrSocketsAreRefused) {
  for (const auto* path :
       {"/",      "/proc",       "/proc/1",   "/sys/kernel",  "/dev", "/run/user/1000", "/var/run", "/var", "/etc",
        "/home",  "/home/u",     "/home/u/",  "/home/u/x/..", "~/.",  "/tmp",           "relative", "~",    "/root",
        "~/.ssh", "~/.ssh/keys", "~/.config", "~/.aws"}) {
    const auto user = std::string("[paths]\nread_only = ['") + path + "']";
    EXPECT_TRUE(contains(error_of(inputs_of("", user, "")), ":2:14: path '")) << path;
  }
  for (const auto* path : {"/opt/go", "~/sdk", "/home/u/.nvm", "/etc/alternatives"}) {
    const auto user = std::string("[paths]\nread_only = ['") + path + "']";
    EXPECT_EQ(error_of(inputs_of("", user, "")), "no error") << path;
  }
}

TEST(Grants, VariablesThatLoadCodeOrBelongToTheSandboxAreRefused) {
  for (const auto* name : {"LD_PRELOAD", "BASH_ENV", "HOME", "PATH", "BAILEY_SESSION", "A=B", "1A", "", "A B"}) {
    const auto user = std::string("[environment]\npass = ['") + name + "']";
    EXPECT_TRUE(contains(error_of(inputs_of("", user, "")), ":2:9: variable '")) << name;
  }
  EXPECT_EQ(error_of(inputs_of("", "[environment]\npass = ['NODE_ENV']", "")), "no error");
}

}  // namespace
}  // namespace bailey::policy
