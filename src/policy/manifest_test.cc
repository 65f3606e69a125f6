#include "policy/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "os/files.h"
#include "policy/domain_pattern.h"
#include "policy/secret_source.h"

namespace bailey::policy {
namespace {

const std::string good =
    "name = 'x'\ntitle = 'X'\ncommand = ['xbin', '--yolo']\nbinary = 'xbin'\ninstall = 'apt install x'\n";

std::string error_of(const std::string& text) {
  const auto manifest = parse_manifest(text, "x.toml");
  return manifest ? "no error" : to_lines(manifest.error());
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

TEST(Manifest, EveryBuiltInOneIsGoodAndUnrestricted) {
  const auto names = agent_names("/nonexistent");
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"claude", "codex", "copilot", "gemini", "opencode", "shell"}));
  for (const auto& name : *names) {
    const auto manifest = load_manifest(name, "/nonexistent");
    ASSERT_TRUE(manifest) << to_lines(manifest.error());
    EXPECT_EQ(manifest->name, name);
    EXPECT_EQ(manifest->hosts.empty(), name == "shell");
    // A file of the home that holds a secret is never copied.
    for (const auto& file : manifest->home) {
      for (const auto& secret : manifest->secrets) {
        EXPECT_FALSE(file.mode == HomeFileMode::copy && secret.source.starts_with("file:" + file.path)) << file.path;
      }
    }
  }
  EXPECT_EQ(load_manifest("claude", "/nonexistent")->command.at(1), "--dangerously-skip-permissions");
  EXPECT_EQ(load_manifest("codex", "/nonexistent")->command.at(1), "--dangerously-bypass-approvals-and-sandbox");
  EXPECT_EQ(load_manifest("copilot", "/nonexistent")->command.at(1), "--allow-all-tools");
  EXPECT_EQ(load_manifest("gemini", "/nonexistent")->command.at(1), "--yolo");
}

TEST(Manifest, EverySecretOfABuiltInOneHasAHostThatTheAgentReachesAndComesFromAFileThatIsReplaced) {
  for (const auto* name : {"claude", "codex", "copilot", "gemini", "opencode"}) {
    const auto manifest = load_manifest(name, "/nonexistent").value();
    EXPECT_GE(manifest.secrets.size(), 2u) << name;
    std::set<std::string> ids;
    std::set<std::string> variables;
    for (const auto& secret : manifest.secrets) {
      EXPECT_TRUE(ids.insert(secret.id).second) << secret.id;
      EXPECT_TRUE(secret.variable.empty() || variables.insert(secret.variable).second) << secret.variable;
      for (const auto& host : secret.hosts)
        EXPECT_TRUE(std::ranges::any_of(manifest.hosts, [&](const auto& bound) { return covers(bound, host); }))
            << host;
      const auto source = parse_secret_source(secret.source).value();
      EXPECT_EQ(source.kind == SourceKind::env, source.name == secret.variable) << secret.id;
      if (source.kind != SourceKind::file) continue;
      EXPECT_TRUE(source.selector.starts_with('/')) << secret.id;
      EXPECT_TRUE(std::ranges::any_of(manifest.home, [&](const auto& file) {
        return file.path == source.name && file.mode == HomeFileMode::placeholder;
      })) << secret.id;
    }
    for (const auto& login : manifest.logins)
      EXPECT_TRUE(std::ranges::any_of(manifest.secrets, [&](const auto& secret) {
        return secret.source == login.source();
      })) << login.source();
  }
}

TEST(Manifest, AllFieldsAreRead) {
  const auto manifest = parse_manifest(
      good +
          "hosts = ['API.x.com']\n[[home]]\npath = '.x/a'\nmode = 'copy'\n[[secret]]\nsource = 'env:X_KEY'\n"
          "hosts = ['api.x.com']\nheader = 'authorization'\n[mcp]\nformat = 'x'\npath = '.x/mcp.json'\n"
          "[environment]\nX_A = 'b'\n",
      "x.toml");
  ASSERT_TRUE(manifest) << to_lines(manifest.error());
  EXPECT_EQ(manifest->command, (std::vector<std::string>{"xbin", "--yolo"}));
  EXPECT_EQ(manifest->hosts, std::vector<std::string>{"api.x.com"});
  EXPECT_EQ(manifest->home.at(0).path, ".x/a");
  EXPECT_EQ(manifest->home.at(0).mode, HomeFileMode::copy);
  EXPECT_EQ(manifest->secrets.at(0).source, "env:X_KEY");
  EXPECT_EQ(manifest->mcp.path, ".x/mcp.json");
  EXPECT_EQ(manifest->environment.at(0).second, "b");
  EXPECT_EQ(manifest->place, "x.toml");
}

TEST(Manifest, MistakesAreErrorsWithTheirPlace) {
  EXPECT_EQ(error_of(good), "no error");
  EXPECT_TRUE(contains(error_of(good + "host = []\n"), "x.toml:6:1: unknown key 'host'"));
  EXPECT_TRUE(contains(error_of("name = 'x'\n"), "'title' is missing"));
  EXPECT_TRUE(contains(error_of(good + "hosts = ['*']\n"), "x.toml:6:10: domain '*'"));
  EXPECT_TRUE(contains(error_of(good + "hosts = 'a.com'\n"), "hosts must be an array"));
  EXPECT_TRUE(contains(error_of(good + "[[home]]\npath = '.x'\nmode = 'copi'\n"), "x.toml:8:8: unknown mode 'copi'"));
  EXPECT_TRUE(contains(error_of(good + "[[home]]\npath = '.x'\n"), "'mode' is missing"));
  EXPECT_TRUE(contains(error_of(good + "[environment]\nLD_PRELOAD = 'x'\n"), "x.toml:7:1: variable 'LD_PRELOAD'"));
  EXPECT_TRUE(contains(error_of(good + "[[secret]]\nhosts = ['a.com']\nheader = 'x'\nsource = 'X_KEY'\n"),
                       "its kind is unknown"));
  EXPECT_TRUE(contains(error_of(good + "[[secret]]\nsource = 'env:X'\nheader = 'x'\n"), "needs the hosts"));
  EXPECT_TRUE(contains(error_of(good + "[[secret]]\nsource = 'env:X'\nhosts = ['a.com']\nheader = \"a: b\"\n"),
                       "not a name of an HTTP header"));
  EXPECT_TRUE(contains(error_of("name = 'X Y'\ntitle = 'X'\ncommand = ['x']\nbinary = 'x'\ninstall = 'x'\n"), ":1:8:"));
  EXPECT_TRUE(
      contains(error_of("name = 'x'\ntitle = 'X'\ncommand = ['y']\nbinary = 'x'\ninstall = 'x'\n"), "starts with"));
  EXPECT_TRUE(
      contains(error_of("name = 'x'\ntitle = 'X'\ncommand = ['./x']\nbinary = './x'\ninstall = 'x'\n"), "PATH"));
  EXPECT_TRUE(contains(error_of("name = 'x'\ntitle = \"X\\u001b[2J\"\n"), "plain text"));
}

TEST(Manifest, DefaultsOfAFileAreAJsonObject) {
  const auto with = [](const std::string& path, const std::string& mode, const std::string& defaults) {
    return error_of(good + "[[home]]\npath = '" + path + "'\nmode = '" + mode + "'\ndefaults = '" + defaults + "'\n");
  };
  EXPECT_EQ(with(".x.json", "placeholder", R"({"a": {"b": true}})"), "no error");
  EXPECT_TRUE(contains(with(".x.json", "placeholder", "[]"), "x.toml:9:12: defaults must be a JSON object"));
  EXPECT_TRUE(contains(with(".x.json", "placeholder", R"({"a": })"), "x.toml:9:12: "));
  EXPECT_TRUE(contains(with(".x.json", "copy", "{}"), "only a JSON file of mode 'placeholder'"));
  EXPECT_TRUE(contains(with(".x.toml", "placeholder", "{}"), "only a JSON file of mode 'placeholder'"));
}

TEST(Manifest, HomeFilesNeverLeaveTheHome) {
  for (const auto* path : {"/etc/shadow", "../x", "a/../../x", "a/./b", "a//b", ".", "..", "a/"}) {
    EXPECT_TRUE(contains(error_of(good + "[[home]]\nmode = 'copy'\npath = '" + path + "'\n"), ":8:8:")) << path;
    EXPECT_NE(error_of(good + "[[secret]]\nhosts = ['a.com']\nheader = 'x'\nsource = 'file:" + path + "'\n"),
              "no error");
  }
}

TEST(Manifest, ListsAreLimited) {
  std::string entries;
  for (std::size_t i = 0; i < manifest_entries_max; ++i) entries += "'a.com',";
  EXPECT_EQ(error_of(good + "hosts = [" + entries + "]"), "no error");
  EXPECT_TRUE(contains(error_of(good + "hosts = [" + entries + "'b.com']"), "more than 200 entries"));
}

TEST(Manifest, TheUsersFileWinsAndUnknownAgentsAreAnsweredWithTheNearest) {
  char name[] = "/tmp/bailey-agents-XXXXXX";
  const std::string directory = ::mkdtemp(name);
  ASSERT_TRUE(os::write_file(directory + "/x.toml", good));
  ASSERT_TRUE(os::write_file(directory + "/y.toml", good));
  EXPECT_EQ(load_manifest("x", directory)->title, "X");
  EXPECT_TRUE(contains(to_lines(load_manifest("y", directory).error()), "it calls itself 'x'"));
  EXPECT_EQ(agent_names(directory)->size(), 8u);
  EXPECT_TRUE(contains(to_lines(load_manifest("cluade", directory).error()), "did you mean 'claude'?"));
  for (const auto* bad : {"../x", "/etc/passwd", ".", "", "a/b"}) EXPECT_FALSE(load_manifest(bad, directory)) << bad;
  EXPECT_TRUE(os::remove_tree(directory));
}

TEST(Manifest, AMissingBinarySaysHowToGetIt) {
  const auto manifest = load_manifest("shell", "/nonexistent").value();
  EXPECT_EQ(find_binary(manifest, "/nonexistent:/usr/bin:/bin").value(), "/usr/bin/bash");
  const auto missing = find_binary(load_manifest("claude", "/nonexistent").value(), "/nonexistent");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(contains(to_lines(missing.error()), "npm install -g @anthropic-ai/claude-code"));
}

}  // namespace
}  // namespace bailey::policy
