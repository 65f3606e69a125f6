#include "workspace/git_triggers.h"

#include <gtest/gtest.h>

namespace bailey::workspace {
namespace {

std::vector<std::string> found(const std::vector<git::ConfigEntry>& config, const std::vector<std::string>& changed) {
  std::vector<std::string> paths;
  for (const auto& trigger : triggers_among(pointers_in(config, "/home/u/app", "/home/u"), changed))
    paths.push_back(trigger.path);
  return paths;
}
using Paths = std::vector<std::string>;

TEST(GitTriggers, AHookDirectoryInTheTree) {
  for (const char* value :
       {"tools/hooks", "./tools/hooks/", "/home/u/app/tools/hooks", "~/app/tools//hooks", "TOOLS/Hooks"})
    EXPECT_EQ(found({{"core.hooksPath", value}}, {"tools/hooks/pre-commit", "tools/other", "a"}),
              Paths{"tools/hooks/pre-commit"})
        << value;
  EXPECT_EQ(found({{"core.hooksPath", "/home/u/other/hooks"}}, {"hooks/pre-commit"}), Paths{});
}

TEST(GitTriggers, AnIncludedFileAndScriptsInCommands) {
  EXPECT_EQ(found({{"include.path", "../.gitconfig"}}, {".gitconfig", "x"}), Paths{".gitconfig"});
  EXPECT_EQ(found({{"alias.check", "!sh ./scripts/check.sh --all"}}, {"scripts/check.sh"}), Paths{"scripts/check.sh"});
  EXPECT_EQ(found({{"filter.f.clean", "python3 'tools/my filter.py'"}, {"core.fsmonitor", "watch.sh"}},
                  {"watch.sh", "tools/clean"}),
            Paths{"watch.sh"});
  EXPECT_EQ(found({{"diff.x.textconv", "/home/u/app/conv"}}, {"conv"}), Paths{"conv"});
  EXPECT_EQ(found({{"commit.template", "my template.txt"}}, {"my template.txt"}), Paths{"my template.txt"});
}

TEST(GitTriggers, ValuesThatNameNothingOfTheTree) {
  EXPECT_EQ(found({{"user.name", "Ann"}, {"remote.origin.url", "https://host/app.git"}, {"core.editor", "vim"}},
                  {"src/a.c", "README.md"}),
            Paths{});
  EXPECT_EQ(found({{"core.hooksPath", "../../../etc"}}, {"etc/x"}), Paths{});
}

}  // namespace
}  // namespace bailey::workspace
