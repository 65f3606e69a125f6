#include "sandbox/rootfs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "sandbox/environment.h"

namespace bailey::sandbox {
namespace {

using init::Step;

// A host made of names: "/a" is a directory, a value that begins with "->" is a link, with "=" a small file.
struct FakeHost {
  std::map<std::string, std::string> entries;

  [[nodiscard]] HostFacts facts(std::string path_variable, std::string home = "/home/u") const {
    HostFacts facts;
    facts.home = std::move(home);
    facts.path_variable = std::move(path_variable);
    facts.kind = [this](const std::string& path) {
      const auto found = entries.find(path);
      if (found == entries.end()) return PathKind::absent;
      if (found->second.starts_with("=")) return PathKind::file;
      return found->second.starts_with("->") ? PathKind::link : PathKind::directory;
    };
    facts.link_target = [this](const std::string& path) { return entries.at(path).substr(2); };
    facts.resolved = [this](const std::string& path) -> std::string {
      const auto found = entries.find(path);
      if (found == entries.end()) return {};
      return found->second.starts_with("->/") ? found->second.substr(2) : path;
    };
    facts.small_content = [this](const std::string& path) -> std::optional<std::string> {
      const auto found = entries.find(path);
      if (found == entries.end() || !found->second.starts_with("=")) return std::nullopt;
      return found->second.substr(1);
    };
    return facts;
  }
};

FakeHost debian() {
  FakeHost host;
  for (const char* path : {"/usr", "/usr/bin", "/usr/local/bin", "/lib32", "/home/u"}) host.entries[path] = "";
  host.entries["/bin"] = "->usr/bin";
  host.entries["/etc/localtime"] = "->/usr/share/zoneinfo/UTC";
  host.entries["/etc/ssl/certs"] = "";
  host.entries["/etc/shadow"] = "";
  return host;
}

RootfsInput input() {
  RootfsInput input;
  input.session_home = "/s/home";
  input.helpers = "/lib/bailey/guest";
  input.guest_socket = "/s/guest.sock";
  input.workspace = "/s/workspace";
  input.memory_bytes = std::uint64_t{8} << 30;
  return input;
}

const MountStep* find(const std::vector<MountStep>& steps, std::string_view target) {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const MountStep& step) { return step.target == target; });
  return found == steps.end() ? nullptr : &*found;
}

std::vector<std::string> hosts_of(const Toolchains& toolchains) {
  std::vector<std::string> list;
  for (const auto& mount : toolchains.mounts) list.push_back(mount.sandbox);
  return list;
}

TEST(Rootfs, ShowsTheSystemReadOnlyAndLinksAsLinks) {
  const auto steps = rootfs_steps(debian().facts(""), input(), {});
  EXPECT_TRUE(find(steps, "/usr")->flags & init::bind_flag::read_only);
  EXPECT_EQ(find(steps, "/bin")->kind, Step::link);
  EXPECT_EQ(find(steps, "/lib32")->kind, Step::bind);
  EXPECT_EQ(find(steps, "/lib64"), nullptr);
  EXPECT_EQ(find(steps, "/etc/localtime")->kind, Step::link);
}

TEST(Rootfs, HasNoSecretOfTheHostAndItsOwnIdentity) {
  const auto steps = rootfs_steps(debian().facts(""), input(), {});
  for (const auto& step : steps) {
    EXPECT_EQ(step.target.find("shadow"), std::string::npos) << step.target;
    EXPECT_EQ(step.target.find("ssl/private"), std::string::npos) << step.target;
    if (step.kind == Step::bind && step.source.starts_with("/etc")) {
      EXPECT_TRUE(step.flags & init::bind_flag::read_only) << step.target;
    }
  }
  EXPECT_NE(find(steps, "/etc/passwd")->source.find("agent:x:1000:1000"), std::string::npos);
  EXPECT_EQ(find(steps, "/etc/machine-id")->source, std::string(32, '0') + "\n");
}

TEST(Rootfs, OnlyTheSessionsOwnPlacesAreWritable) {
  for (const auto& step : rootfs_steps(debian().facts(""), input(), {})) {
    if (step.kind != Step::bind || (step.flags & (init::bind_flag::read_only | init::bind_flag::devices)) != 0)
      continue;
    EXPECT_TRUE(step.source.starts_with("/s/")) << step.source << " is writable at " << step.target;
  }
}

TEST(Rootfs, DevicesAreTheUsualNodesAndWhatWasGranted) {
  RootfsInput with_gpu = input();
  with_gpu.devices = {"/dev/nvidia0"};
  int devices = 0;
  for (const auto& step : rootfs_steps(debian().facts(""), with_gpu, {}))
    devices += (step.flags & init::bind_flag::devices) != 0 && step.kind == Step::bind ? 1 : 0;
  EXPECT_EQ(devices, 7);
}

TEST(Rootfs, LandlockAllowsWritingOnlyWhereTheMountsDo) {
  for (const auto& rule : rootfs_rules(input())) {
    if (rule.path == "/") {
      EXPECT_EQ(rule.access, FileAccess::read_exec);
    }
    EXPECT_FALSE(rule.path.starts_with("/usr") || rule.path.starts_with("/etc")) << rule.path;
  }
}

TEST(Toolchains, ShowWhatTheyNeedAndNeverTheirTokens) {
  FakeHost host = debian();
  for (const char* path : {"/home/u/.cargo", "/home/u/.cargo/bin", "/home/u/.rustup", "/home/u/.nvm",
                           "/home/u/.nvm/versions/node/v20/bin", "/home/u/go/bin"})
    host.entries[path] = "";
  const auto found = find_toolchains(
      host.facts("/home/u/.cargo/bin:/home/u/.nvm/versions/node/v20/bin:/home/u/go/bin:/usr/bin:/gone"));
  EXPECT_EQ(hosts_of(found),
            (std::vector<std::string>{"/home/u/.rustup", "/home/u/.cargo/bin", "/home/u/.nvm", "/home/u/go/bin"}));
  EXPECT_EQ(found.path.size(), 4U);
  EXPECT_NE(std::find(found.environment.begin(), found.environment.end(), "RUSTUP_HOME=/home/u/.rustup"),
            found.environment.end());
}

TEST(Toolchains, ProgramsThatNpmInstalledFindTheirPackages) {
  FakeHost host = debian();
  for (const char* path : {"/home/u/.npm-global", "/home/u/.npm-global/bin", "/home/u/.npm-global/lib",
                           "/home/u/.npm-global/lib/node_modules", "/home/u/.local/bin",
                           "/home/u/.local/lib/node_modules", "/home/u/.local/share/claude/versions", "/opt/bin"})
    host.entries[path] = "";
  host.entries["/home/u/.npm-global/.npmrc"] = "=_authToken=x";
  const auto found = find_toolchains(host.facts("/home/u/.npm-global/bin:/home/u/.local/bin:/opt/bin"));
  EXPECT_EQ(hosts_of(found),
            (std::vector<std::string>{"/home/u/.npm-global/bin", "/home/u/.npm-global/lib/node_modules",
                                      "/home/u/.local/share/claude/versions", "/home/u/.local/lib/node_modules",
                                      "/home/u/.local/bin", "/opt/bin"}));
  // A link out of it is followed like any other: never to what is refused.
  host.entries["/home/u/.npm-global/lib/node_modules"] = "->/home/u/.ssh";
  host.entries["/home/u/.ssh"] = "";
  EXPECT_EQ(hosts_of(find_toolchains(host.facts("/home/u/.npm-global/bin"))),
            std::vector<std::string>{"/home/u/.npm-global/bin"});
}

TEST(Toolchains, AHostilePathVariableShowsNothing) {
  FakeHost host = debian();
  for (const char* path : {"/", "/home", "/home/u/.ssh", "/home/u/x/.aws/bin", "/etc", "/run/user/1", "/proc/1"})
    host.entries[path] = "";
  host.entries["/opt/trap"] = "->/home/u";
  host.entries["/opt/keys"] = "->/home/u/.ssh";
  const auto found =
      find_toolchains(host.facts("/:/home:/home/u:/home/u/.ssh:/home/u/x/.aws/bin:/etc:/run/user/1:/proc/1:/opt/trap:/"
                                 "opt/keys:.:bin::/usr/../home/u"));
  EXPECT_TRUE(found.mounts.empty()) << found.mounts.front().host;
  // Control: an ordinary directory in the same place is shown.
  host.entries["/opt/tool"] = "";
  EXPECT_EQ(find_toolchains(host.facts("/opt/tool")).mounts.size(), 1U);
}

TEST(Environment, CarriesNothingOfTheUsersButLanguageTerminalAndGrants) {
  EnvironmentInput input;
  input.host = {{"LANG", "C.UTF-8"},
                {"SSH_AUTH_SOCK", "/tmp/a"},
                {"AWS_SECRET_ACCESS_KEY", "k"},
                {"HOME", "/home/u"},
                {"CI_MODE", "1"},
                {"PATH", "/evil"}};
  input.passed = {"CI_MODE"};
  input.manifest = {{"HOME", "/evil"}, {"AGENT_FLAG", "1"}};
  input.session = "s";
  const auto list = agent_environment(input, {});
  const auto has = [&](std::string_view text) { return std::find(list.begin(), list.end(), text) != list.end(); };
  EXPECT_TRUE(has("LANG=C.UTF-8"));
  EXPECT_TRUE(has("CI_MODE=1"));
  EXPECT_TRUE(has("AGENT_FLAG=1"));
  EXPECT_TRUE(has("HOME=/home/agent"));
  EXPECT_TRUE(has("PATH=/run/bailey/bin:/usr/local/bin:/usr/bin:/bin"));
  for (const auto& text : list) {
    EXPECT_FALSE(text.starts_with("SSH_") || text.starts_with("AWS_")) << text;
    EXPECT_EQ(text.find("evil"), std::string::npos) << text;
  }
  input.ssh_agent = "/run/bailey/guest.sock";
  const auto granted = agent_environment(input, {});
  EXPECT_NE(std::find(granted.begin(), granted.end(), "SSH_AUTH_SOCK=/run/bailey/guest.sock"), granted.end());
}

TEST(Rootfs, SmallFilesOfEtcAreCopiedAndDirectoriesAreBound) {
  auto host = debian();
  host.entries["/etc/services"] = "=ssh 22/tcp\n";
  const auto steps = rootfs_steps(host.facts("/usr/bin"), {}, {});
  const auto find = [&](std::string_view target) {
    return std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.target == target; });
  };
  EXPECT_EQ(find("/etc/services")->kind, Step::file);
  EXPECT_EQ(find("/etc/services")->source, "ssh 22/tcp\n");
  EXPECT_EQ(find("/etc/ssl/certs")->kind, Step::bind);
  EXPECT_EQ(find("/etc/shadow"), steps.end());
  EXPECT_EQ(find("/etc/gitconfig"), steps.end()) << "the host's never";
  RootfsInput input;
  input.git_config = "[commit]\n";
  const auto configured = rootfs_steps(host.facts("/usr/bin"), input, {});
  const auto file = std::find_if(configured.begin(), configured.end(),
                                 [](const auto& step) { return step.target == "/etc/gitconfig"; });
  ASSERT_NE(file, configured.end());
  EXPECT_EQ(file->source, "[commit]\n");
}

TEST(Rootfs, WithAGatewayNamesAreAskedOfItAndItsCaIsThere) {
  RootfsInput input;
  input.trust = "/session/trust";
  const auto steps = rootfs_steps(debian().facts("/usr/bin"), input, {});
  const auto find = [&](std::string_view target) {
    return std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.target == target; });
  };
  EXPECT_NE(find("/etc/resolv.conf")->source.find("nameserver 127.0.0.1\n"), std::string::npos);
  EXPECT_EQ(find(trust_path)->source, "/session/trust");
  EXPECT_NE(find(trust_path)->flags & init::bind_flag::read_only, 0U);
}

}  // namespace
}  // namespace bailey::sandbox
