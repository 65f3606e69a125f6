#include "policy/resolve.h"

#include <gtest/gtest.h>

#include "policy/resolve_fixture.h"

namespace bailey::policy {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

TEST(Resolve, DefaultsAreStrictAndGrantNothing) {
  const auto plan = plan_of(inputs_of("", "", ""));
  EXPECT_EQ(plan.network.value, Network::proxy);
  EXPECT_EQ(plan.profile.value, Profile::development);
  EXPECT_EQ(plan.workspace.value, WorkspaceMode::automatic);
  EXPECT_EQ(plan.push.value, Push::yes);
  EXPECT_EQ(plan.limits.cpus.value, 4.0);
  EXPECT_EQ(plan.limits.pids.value, 4096u);
  EXPECT_EQ(plan.limits.memory_bytes.value, std::uint64_t{8} << 30);
  EXPECT_EQ(plan.repository, ".");
  EXPECT_EQ(plan.argv, std::vector<std::string>{"bash"});
  EXPECT_FALSE(plan.argv_is_custom);
  EXPECT_FALSE(plan.grants.gpu || plan.grants.seccomp_profile || plan.grants.trusted_profile);
  EXPECT_TRUE(plan.grants.environment.empty() && plan.grants.read_only_paths.empty() &&
              plan.grants.secret_exceptions.empty());
  EXPECT_TRUE(plan.allow_domains.empty());
  EXPECT_TRUE(plan.notes.empty()) << all_notes(plan);
}

TEST(Resolve, LaterLayersOverrideAndEachValueKnowsItsOrigin) {
  auto inputs = inputs_of("", "[limits]\nmemory = '16g'\npids = 100\n", "[limits]\npids = 50\n");
  inputs.flags.memory = "32g";
  const auto plan = plan_of(inputs);
  EXPECT_EQ(plan.limits.memory_bytes.value, std::uint64_t{32} << 30);
  EXPECT_EQ(to_string(plan.limits.memory_bytes.origin), "flags (--memory)");
  EXPECT_EQ(plan.limits.pids.value, 50u);
  EXPECT_EQ(to_string(plan.limits.pids.origin), "project (/home/u/src/app/.bailey.toml:2:8)");
  EXPECT_EQ(to_string(plan.limits.disk_bytes.origin), "built in");
}

TEST(Resolve, CpusAreClampedToTheMachine) {
  auto inputs = inputs_of("", "", "");
  inputs.host.cpus = 2;
  EXPECT_EQ(plan_of(inputs).limits.cpus.value, 2.0);
  EXPECT_TRUE(plan_of(inputs).notes.empty());
  inputs.flags.cpus = "64";
  EXPECT_EQ(plan_of(inputs).limits.cpus.value, 2.0);
  EXPECT_TRUE(contains(all_notes(plan_of(inputs)), "more than this machine has"));
}

TEST(Resolve, MistakesInAFileAreErrorsWithTheirPlace) {
  EXPECT_EQ(error_of(inputs_of("", "\nnetwrok = 'proxy'\n", "")),
            "/home/u/.config/bailey/config.toml:2:1: unknown key 'netwrok'\n  did you mean 'network'?");
  EXPECT_TRUE(contains(error_of(inputs_of("", "network = 'prxy'", "")), ":1:11: unknown network 'prxy'"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits]\nmemory = true", "")), ":2:10: limits.memory must be a size"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits]\nmemory = '8gb'", "")), ":2:10: size '8gb'"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits]\npids = -1", "")), "can't be negative"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits]\npids = 1", "")), "too small"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits]\ncpus = nan", "")), "not a possible number"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits]\nmemroy = 1", "")), "in [limits]"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "limits = 1", "")), "limits must be a table"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "allow_domains = ['a.com', '*']", "")), ":1:27: domain '*'"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[secrets]\npatterns = ['!x']", "")), "except in [secrets]"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "", "push = 1")), ".bailey.toml:1:8: push must be true or false"));
  EXPECT_TRUE(contains(error_of(inputs_of("[limits]\nx = 1", "", "")), "policy.d/a.toml:2:1"));
}

TEST(Resolve, MistakesInFlagsAreErrorsThatNameTheFlag) {
  auto inputs = inputs_of("", "", "");
  inputs.flags.network = "squidd";
  EXPECT_EQ(error_of(inputs), "--network: unknown network 'squidd'\n  did you mean 'squid'?");
  inputs = inputs_of("", "", "");
  inputs.flags.memory = "lots";
  EXPECT_TRUE(contains(error_of(inputs), "--memory: size 'lots'"));
  inputs = inputs_of("", "", "");
  inputs.flags.allow_domains.assign(list_entries_max + 1, "a.com");
  EXPECT_TRUE(contains(error_of(inputs), "--allow-domain"));
}

TEST(Resolve, NetworkAliases) {
  auto inputs = inputs_of("", "", "");
  inputs.flags.network = "squid";
  EXPECT_EQ(plan_of(inputs).network.value, Network::proxy);
  inputs.flags.network = "none";
  EXPECT_EQ(plan_of(inputs).network.value, Network::restricted);
}

TEST(Resolve, ARepositoryCannotLoosenUntilItIsTrusted) {
  const std::string project =
      "network = 'allow-all'\nprofile = 'trusted'\nallow_domains = ['evil.example']\n"
      "[limits]\nmemory = '64g'\npids = 100\n[secrets]\nexcept = ['.env']\n";
  const auto untrusted = plan_of(inputs_of("", "", project));
  EXPECT_EQ(untrusted.network.value, Network::proxy);
  EXPECT_EQ(untrusted.profile.value, Profile::development);
  EXPECT_FALSE(untrusted.grants.trusted_profile);
  EXPECT_EQ(untrusted.limits.memory_bytes.value, memory_bytes_default);
  EXPECT_EQ(untrusted.limits.pids.value, 100u);  // tightens: counts
  EXPECT_TRUE(untrusted.allow_domains.empty());
  EXPECT_TRUE(untrusted.grants.secret_exceptions.empty());
  EXPECT_EQ(untrusted.notes.size(), 5u) << all_notes(untrusted);
  EXPECT_TRUE(contains(all_notes(untrusted), "bailey trust"));
  // Positive control: the same file loosens once it is trusted.
  const auto trusted = plan_of(inputs_of("", "", project, Trust::trusted));
  EXPECT_EQ(trusted.network.value, Network::allow_all);
  EXPECT_EQ(trusted.limits.memory_bytes.value, std::uint64_t{64} << 30);
  EXPECT_TRUE(trusted.grants.trusted_profile);
  EXPECT_EQ(trusted.allow_domains.size(), 1u);
  EXPECT_EQ(trusted.grants.secret_exceptions.size(), 1u);
}

TEST(Resolve, ARepositoryNeverGivesGrantsOfTheHostEvenWhenTrusted) {
  const std::string project =
      "gpu = true\nseccomp_profile = '/tmp/open.json'\naudit_bytes_max = '1m'\n"
      "[environment]\npass = ['AWS_SECRET_ACCESS_KEY']\n[paths]\nread_only = ['/opt/keys']\n";
  for (const auto trust : {Trust::untrusted, Trust::trusted}) {
    const auto plan = plan_of(inputs_of("", "", project, trust));
    EXPECT_FALSE(plan.grants.gpu || plan.grants.seccomp_profile);
    EXPECT_TRUE(plan.grants.environment.empty() && plan.grants.read_only_paths.empty());
    EXPECT_EQ(plan.audit_bytes_max.value, audit_bytes_max_default);
    EXPECT_EQ(plan.notes.size(), 5u) << all_notes(plan);
  }
  // Positive control: the same text in the user's own file.
  const auto plan = plan_of(inputs_of("", project, ""));
  EXPECT_TRUE(plan.grants.gpu && plan.grants.seccomp_profile);
  EXPECT_EQ(plan.grants.environment.size(), 1u);
  EXPECT_EQ(plan.grants.read_only_paths.size(), 1u);
  EXPECT_EQ(plan.audit_bytes_max.value, std::uint64_t{1} << 20);
}

TEST(Resolve, AProfileActsWhereItWasChosen) {
  auto inputs = inputs_of("", "", "");
  inputs.flags.profile = "review";
  auto plan = plan_of(inputs);
  EXPECT_EQ(plan.network.value, Network::restricted);
  EXPECT_EQ(plan.push.value, Push::no);
  EXPECT_EQ(to_string(plan.push.origin), "flags (--profile, profile review)");
  // A file's profile yields to a flag, and to a project that restricts.
  inputs = inputs_of("", "profile = 'trusted'", "network = 'restricted'");
  EXPECT_EQ(plan_of(inputs).network.value, Network::restricted);
  inputs = inputs_of("", "profile = 'trusted'", "");
  EXPECT_EQ(plan_of(inputs).network.value, Network::allow_all);
  EXPECT_TRUE(plan_of(inputs).grants.trusted_profile);
  inputs.flags.profile = "development";
  EXPECT_EQ(plan_of(inputs).network.value, Network::proxy);
  EXPECT_FALSE(plan_of(inputs).grants.trusted_profile);
  inputs.flags.profile = "trusted";
  inputs.flags.network = "restricted";
  EXPECT_EQ(plan_of(inputs).network.value, Network::restricted);
  // A repository may ask for a review.
  EXPECT_EQ(plan_of(inputs_of("", "network = 'proxy'", "profile = 'review'")).network.value, Network::restricted);
}

TEST(Resolve, CommandReplacesTheManifests) {
  auto inputs = inputs_of("", "", "");
  inputs.command = {"make", "all"};
  EXPECT_EQ(plan_of(inputs).argv, (std::vector<std::string>{"make", "all"}));
  EXPECT_TRUE(plan_of(inputs).argv_is_custom);
  inputs.command = {""};
  EXPECT_NE(error_of(inputs), "no error");
}

TEST(Resolve, HostileCommandLinesAreRefusedBeforeAnything) {
  using namespace std::string_literals;
  auto inputs = inputs_of("", "", "");
  inputs.command = {"true", std::string(argument_bytes_max, 'x')};
  EXPECT_EQ(error_of(inputs), "no error");
  inputs.command = {"true", std::string(argument_bytes_max + 1, 'x')};
  EXPECT_TRUE(contains(error_of(inputs), "longer than the kernel takes"));
  inputs.command.assign(10 * 1024 * 1024 / 1000, std::string(1000, 'x'));
  EXPECT_TRUE(contains(error_of(inputs), "longer than the kernel takes"));
  inputs.command = {"a\0b"s};
  EXPECT_TRUE(contains(error_of(inputs), "NUL"));
  for (const auto& path : {"a\0b"s, "a\nb"s, "\x1b[2J"s, std::string(repository_bytes_max + 1, 'a')}) {
    inputs = inputs_of("", "", "");
    inputs.repository = path;
    EXPECT_TRUE(contains(error_of(inputs), "repository '"));
  }
  for (const auto& name : {""s, "a\0b"s, "a\nb"s, "\xE2\x80\xAE"s, "\xff"s, std::string(name_bytes_max + 1, 'a')}) {
    inputs = inputs_of("", "", "");
    inputs.flags.name = name;
    EXPECT_TRUE(contains(error_of(inputs), "--name")) << name;
  }
  inputs = inputs_of("", "", "");
  inputs.flags.branch = "a\0b"s;
  EXPECT_TRUE(contains(error_of(inputs), "--branch: branch name"));
}

TEST(Resolve, BranchFlags) {
  auto inputs = inputs_of("", "", "");
  EXPECT_EQ(plan_of(inputs).branch_choice.value, BranchChoice::automatic);
  inputs.flags.branch = "fix";
  EXPECT_EQ(plan_of(inputs).branch, "shell/fix");
  EXPECT_EQ(plan_of(inputs).branch_choice.value, BranchChoice::named);
  inputs.flags.use_current_branch = CurrentBranch::yes;
  EXPECT_TRUE(contains(error_of(inputs), "contradicts"));
  inputs.flags.branch.reset();
  EXPECT_EQ(plan_of(inputs).branch_choice.value, BranchChoice::current);
}

}  // namespace
}  // namespace bailey::policy
