// Golden plans: what `bailey run --dry-run --json` and the human form print, byte for byte. After a wanted change:
// BAILEY_UPDATE_GOLDEN=1 policy_test --gtest_filter='Render.*', and read the difference.
#include "policy/render.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "json/read.h"
#include "json/write.h"
#include "os/files.h"
#include "policy/resolve_fixture.h"

namespace bailey::policy {
namespace {

void expect_golden(const std::string& name, const std::string& text) {
  const auto path = std::string(BAILEY_SOURCE_DIR "/src/policy/golden/") + name;
  if (std::getenv("BAILEY_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(os::write_file(path, text, 0644));
  }
  const auto golden = os::read_file(path);
  ASSERT_TRUE(golden) << to_lines(golden.error());
  EXPECT_EQ(text, *golden);
}

// The built-in patterns and hosts change more often than the format: a golden plan shows what layers added.
void drop_builtin_lists(SessionPlan& plan) {
  std::erase_if(plan.network_rules, [](const auto& rule) { return rule.origin.layer == Layer::builtin; });
  std::erase_if(plan.secret_patterns, [](const auto& pattern) { return pattern.origin.layer == Layer::builtin; });
}

Inputs rich_inputs() {
  auto inputs = inputs_of("network = 'proxy'\n[limits]\nmemory = '16g'\n[secrets]\npatterns = ['*.corp']\n",
                          "workspace = 'overlay'\nallow_domains = ['*.npmjs.org']\n"
                          "[limits]\ncpus = 1.5\nmemory = '64g'\n"
                          "[secrets]\nexcept = ['test.pem']\n[environment]\npass = ['NODE_ENV']\n"
                          "[paths]\nread_only = ['~/sdk']\n",
                          "network = 'allow-all'\n[limits]\npids = 512\n[secrets]\npatterns = ['*.local']\n");
  inputs.repository = "../my app";
  inputs.command = {"make", "test", "a b", "\x1b[2J"};
  inputs.flags.name = "Nightly";
  inputs.flags.branch = "fix-login";
  inputs.flags.profile = "review";
  inputs.flags.gpu = GpuAccess::yes;
  inputs.flags.seccomp_profile = "own.json";
  inputs.flags.attach = Attach::no;
  return inputs;
}

TEST(Render, DefaultPlanAsJson) {
  auto plan = plan_of(inputs_of("", "", ""));
  drop_builtin_lists(plan);
  expect_golden("default.json", json::write(to_json(plan), json::Layout::indented) + "\n");
}

TEST(Render, PlanOfAllLayersAsJson) {
  auto plan = plan_of(rich_inputs());
  drop_builtin_lists(plan);
  expect_golden("layers.json", json::write(to_json(plan), json::Layout::indented) + "\n");
}

TEST(Render, PlanOfAllLayersForPeople) {
  auto plan = plan_of(rich_inputs());
  drop_builtin_lists(plan);
  expect_golden("layers.txt", to_text(plan));
}

TEST(Render, EveryValueInJsonHasAnOrigin) {
  const auto plan = to_json(plan_of(rich_inputs()));
  const auto& origins = *plan.find("origins");
  for (const auto* key :
       {"profile", "network", "workspace", "push", "approvals", "approval_minutes", "detach", "audit_bytes_max",
        "branch_choice", "allow_domains", "secret_patterns", "network_rules", "default_allowlist"}) {
    EXPECT_NE(plan.find(key), nullptr) << key;
    EXPECT_NE(origins.find(key), nullptr) << key;
  }
  for (const auto* group : {"limits", "grants", "network_limits"}) {
    ASSERT_EQ(plan.find(group)->as_object()->size(), origins.find(group)->as_object()->size());
    for (const auto& [key, value] : *plan.find(group)->as_object()) {
      EXPECT_NE(origins.find(group)->find(key), nullptr) << key;
    }
  }
  EXPECT_TRUE(json::read(json::write(plan), "plan"));
}

TEST(Render, NothingOfAnAttackerReachesTheTerminalRaw) {
  auto inputs = inputs_of("", "", "network = 'allow-all'");
  inputs.files.project->file = "/home/u/\x1b]0;owned\x07/.bailey.toml";
  inputs.command = {"\x1b[31m", "\xE2\x80\xAEtxt", "\xff"};
  const auto plan = plan_of(inputs);
  for (const auto& text : {to_text(plan), json::write(to_json(plan))}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
  }
}

}  // namespace
}  // namespace bailey::policy
