#include "verify/doctor.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

#include "os/files.h"
#include "sandbox/landlock.h"
#include "verify/gather_host.h"
#include "verify/host_trials.h"

namespace bailey::verify {
namespace {

HostReport perfect_host() {
  HostReport report;
  report.kernel_release = "6.12.1-amd64";
  report.uid = 1000;
  report.sysctls = {{"user.max_user_namespaces", "15000"}};
  report.landlock_abi = sandbox::landlock_abi_newest;
  report.cgroup = {sandbox::CgroupForm::v2_delegated, {"/sys/fs/cgroup/user"}, {}};
  report.state_directory = "/home/u/.local/state/bailey";
  report.state_free_bytes = std::uint64_t{100} << 30;
  report.trusted_certificates = 140;
  report.name_servers = 1;
  report.git = "/usr/bin/git";
  report.git_version = "2.39.5";
  report.agents = {{"claude", "/usr/bin/claude", "npm i claude", {}}, {"shell", "/bin/bash", "it is there", {}}};
  return report;
}

Finding finding_of(const HostReport& report, std::string_view name) {
  for (auto& finding : diagnose(report))
    if (finding.name == name) return finding;
  ADD_FAILURE() << "no finding '" << name << "'";
  return {};
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Doctor, FindsNothingWrongWithAPerfectHost) {
  for (const auto& finding : diagnose(perfect_host())) {
    EXPECT_EQ(finding.level, Level::ok) << finding.name;
    EXPECT_EQ(finding.consequence + finding.remedy, "") << finding.name;
  }
  EXPECT_EQ(exit_status(perfect_host()), 0);
}

struct Loss {
  std::string name;
  void (*take)(HostReport&);
  Level level;
  int status;
};

// Each loss alone: found under its name, with consequence and remedy, and nothing else is blamed.
class EachLoss : public testing::TestWithParam<Loss> {};

TEST_P(EachLoss, IsFoundAloneWithConsequenceAndRemedy) {
  auto report = perfect_host();
  GetParam().take(report);
  for (const auto& finding : diagnose(report)) {
    if (finding.name != GetParam().name) {
      EXPECT_EQ(finding.level, Level::ok) << finding.name;
      continue;
    }
    EXPECT_EQ(finding.level, GetParam().level);
    EXPECT_NE(finding.consequence, "");
    EXPECT_NE(finding.remedy, "");
    EXPECT_TRUE(says(to_text(report), finding.remedy));
  }
  EXPECT_EQ(exit_status(report), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Doctor, EachLoss,
    testing::Values(
        Loss{"kernel", [](HostReport& r) { r.kernel_release = "5.10.0-30-amd64"; }, Level::missing, 1},
        Loss{"kernel", [](HostReport& r) { r.kernel_release = "4.19"; }, Level::missing, 1},
        Loss{"kernel", [](HostReport& r) { r.kernel_release = "unknown"; }, Level::missing, 1},
        Loss{"namespaces",
             [](HostReport& r) {
               r.namespaces = {"create the namespaces", EPERM};
             },
             Level::missing, 1},
        Loss{"landlock", [](HostReport& r) { r.landlock_abi = 0; }, Level::missing, 1},
        Loss{"landlock", [](HostReport& r) { r.landlock_abi = 1; }, Level::degraded, 0},
        Loss{"seccomp",
             [](HostReport& r) {
               r.seccomp = {"ask for seccomp filters", ENOSYS};
             },
             Level::missing, 1},
        Loss{"limits",
             [](HostReport& r) {
               r.cgroup = {sandbox::CgroupForm::none, {}, "no cgroup v2 tree"};
             },
             Level::degraded, 0},
        Loss{"state",
             [](HostReport& r) {
               r.state_writable = {"write to it", EACCES};
             },
             Level::missing, 1},
        Loss{"state", [](HostReport& r) { r.state_free_bytes = state_free_bytes_wanted - 1; }, Level::degraded, 0},
        Loss{"state", [](HostReport& r) { r.state_free_bytes = state_free_bytes_min - 1; }, Level::missing, 1},
        Loss{"overlay",
             [](HostReport& r) {
               r.overlay = {"mount an overlay", EINVAL};
             },
             Level::degraded, 0},
        Loss{"reflink",
             [](HostReport& r) {
               r.reflink = {"share blocks", EOPNOTSUPP};
             },
             Level::degraded, 0},
        Loss{"git", [](HostReport& r) { r.git = r.git_version = ""; }, Level::missing, 1},
        Loss{"git", [](HostReport& r) { r.git_version = ""; }, Level::missing, 1},
        Loss{"nft",
             [](HostReport& r) {
               r.packet_rules = {"load the rules", EOPNOTSUPP};
             },
             Level::degraded, 0},
        Loss{"certificates", [](HostReport& r) { r.trusted_certificates = 0; }, Level::degraded, 0},
        Loss{"resolver", [](HostReport& r) { r.name_servers = 0; }, Level::degraded, 0},
        Loss{"agents", [](HostReport& r) { r.agents.front().binary = ""; }, Level::degraded, 0},
        Loss{"agents",
             [](HostReport& r) {
               r.agents.push_back({"own", {}, {}, "own.toml:1: no command"});
             },
             Level::degraded, 0}));

TEST(Doctor, NamesTheSysctlThatForbidsNamespaces) {
  const std::pair<const char*, const char*> blocking[] = {{"kernel.unprivileged_userns_clone", "0"},
                                                          {"user.max_user_namespaces", "0"},
                                                          {"kernel.apparmor_restrict_unprivileged_userns", "1"}};
  for (const auto& [name, value] : blocking) {
    auto report = perfect_host();
    report.namespaces = {"create the namespaces", EPERM};
    report.container = "docker";
    report.sysctls = {{name, value}};
    EXPECT_TRUE(says(finding_of(report, "namespaces").remedy, name)) << name;
    report.sysctls = {{name, value[0] == '0' ? "1" : "0"}};
    EXPECT_FALSE(says(finding_of(report, "namespaces").remedy, name)) << name;
  }
}

TEST(Doctor, TellsACoveredProcFromAContainerThatForbids) {
  auto report = perfect_host();
  report.container = "docker";
  report.namespaces = {std::string(proc_stage), EPERM};
  EXPECT_TRUE(says(finding_of(report, "namespaces").remedy, "unmasked"));
  report.namespaces = {"create the namespaces", EPERM};
  EXPECT_TRUE(says(finding_of(report, "namespaces").remedy, "docker"));
}

TEST(Doctor, TellsRootOfAUserNamespaceFromASecurityModule) {
  auto report = perfect_host();
  report.container = "podman";
  report.namespaces = {std::string(map_stage), EPERM};
  EXPECT_FALSE(says(finding_of(report, "namespaces").remedy, "root of a user namespace"));
  report.uid = 0;
  EXPECT_TRUE(says(finding_of(report, "namespaces").remedy, "root of a user namespace"));
}

TEST(Doctor, ASysctlThatForbidsNothingIsNotBlamedWhileNamespacesWork) {
  auto report = perfect_host();
  report.sysctls = {{"kernel.apparmor_restrict_unprivileged_userns", "1"}};
  EXPECT_EQ(finding_of(report, "namespaces").level, Level::ok);
}

TEST(Doctor, TextFromTheHostCannotMoveTheCursor) {
  auto report = perfect_host();
  report.state_directory = "/home/\x1b[2Ju";
  report.agents.push_back({"own", {}, {}, "own.toml: \x1b]0;title\a"});
  EXPECT_EQ(to_text(report).find('\x1b'), std::string::npos);
}

TEST(Doctor, JsonHoldsEveryFindingAndTheVerdict) {
  auto report = perfect_host();
  report.landlock_abi = 0;
  const auto value = to_json(report);
  EXPECT_EQ(value.find("can_run")->as_bool(), false);
  EXPECT_EQ(value.find("findings")->as_array()->size(), diagnose(report).size());
  const auto& first = value.find("findings")->as_array()->front();
  EXPECT_EQ(*first.find("name")->as_string(), "kernel");
  EXPECT_EQ(*first.find("level")->as_string(), "ok");
  EXPECT_EQ(value.find("agents")->as_array()->size(), report.agents.size());
}

// Of this machine: nothing is left behind, and what can't be written to is told, not crashed on.
TEST(HostTrials, LeaveNothingBehind) {
  std::string directory = "/tmp/doctor-test-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const auto overlay = try_overlay(directory);
  const auto reflink = try_reflink(directory);
  EXPECT_TRUE(os::list_directory(directory).value().empty()) << overlay.stage << " / " << reflink.stage;
  EXPECT_TRUE(os::remove_tree(directory));
}

TEST(HostTrials, FailWithTheErrnoWhereThereIsNoDirectory) {
  const auto reflink = try_reflink("/nonexistent");
  EXPECT_FALSE(reflink.worked());
  EXPECT_EQ(reflink.error, ENOENT);
}

TEST(HostTrials, ReportOnThisMachineAgreesWithASecondLook) {
  std::string home = "/tmp/doctor-test-XXXXXX";
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  const os::UserDirectories user{home, home + "/config", home + "/state", home + "/cache"};
  const auto report = gather_host(user, {{"PATH", "/usr/bin:/bin"}});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->landlock_abi, sandbox::landlock_abi());
  EXPECT_TRUE(report->state_writable.worked());
  EXPECT_EQ(report->namespaces.worked(), try_namespaces().worked());
  bool has_shell = false;
  for (const auto& agent : report->agents) has_shell = has_shell || (agent.name == "shell" && !agent.binary.empty());
  EXPECT_TRUE(has_shell);
  EXPECT_TRUE(os::remove_tree(home));
}

TEST(HostTrials, CountTheAuthoritiesThatTheUserTrustsInPlaceOfTheHosts) {
  std::string home = "/tmp/doctor-test-XXXXXX";
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  const os::UserDirectories user{home, home + "/config", home + "/state", home + "/cache"};
  const std::string bundle = home + "/own.pem";
  const std::string one = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
  ASSERT_TRUE(os::write_file(bundle, one + one));
  const auto own = gather_host(user, {{"SSL_CERT_FILE", bundle}});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->trusted_certificates, 2U);
  const auto none = gather_host(user, {{"SSL_CERT_FILE", home + "/missing.pem"}});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->trusted_certificates, 0U);
  EXPECT_TRUE(os::remove_tree(home));
}

}  // namespace
}  // namespace bailey::verify
