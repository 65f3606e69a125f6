// What some host tool runs or obeys when a directory is entered, opened, listed, tested or built: at any depth, in any
// letter case, under any spelling that a file system takes for the same. And what is none of that.
#include <gtest/gtest.h>

#include <algorithm>

#include "review/compiled_rules.h"
#include "review/path_name.h"

namespace bailey::review {
namespace {

const CompiledRules& rules() {
  static const RuleSet set = RuleSet::compile({}).value();
  return set.compiled();
}

struct Met {
  bool is_protected = false;
  bool runs_by_itself = false;
  Severity severity = Severity::notice;
};
Met met(std::string_view path) {
  Met result;
  const auto groups = rules().path_index.matching(comparable(path));
  for (const int group : groups) {
    const auto count = static_cast<int>(rules().paths.size());
    if (group >= count || std::ranges::binary_search(groups, group + count)) continue;
    const auto& rule = rules().paths[static_cast<std::size_t>(group)];
    result.is_protected = true;
    result.severity = std::max(result.severity, rule.severity);
    if (rule.auto_executing == AutoExecuting::yes) result.runs_by_itself = true;
  }
  return result;
}

// One word a tool; each stands for the rule's others. Directories are given with a file in them.
constexpr const char* entered_or_opened[] = {
    // git and its hook managers
    ".gitattributes",
    ".gitmodules",
    ".gitconfig",
    ".lfsconfig",
    ".githooks/pre-commit",
    "hooks/post-checkout",
    ".husky/pre-push",
    "lefthook.yml",
    ".pre-commit-config.yaml",
    ".overcommit.yml",
    ".lintstagedrc.json",
    "captainhook.json",
    "vendor/x.git/config",
    ".hg/hgrc",
    ".jj/config.toml",
    ".svn/entries",
    // shells, environment and version managers
    ".envrc",
    ".env",
    ".autoenv.zsh",
    ".tool-versions",
    "mise.toml",
    ".mise.toml",
    ".config/mise/config.toml",
    ".rtx.toml",
    "devbox.json",
    "flake.nix",
    "shell.nix",
    ".direnv/x",
    ".venv/bin/python",
    "venv/bin/activate",
    ".bashrc",
    ".zshrc",
    ".profile",
    "config.fish",
    ".inputrc",
    ".tmux.conf",
    ".screenrc",
    "Microsoft.PowerShell_profile.ps1",
    // readers of settings in the current directory
    ".gdbinit",
    ".lldbinit",
    "libx-gdb.py",
    ".pdbrc",
    ".irbrc",
    ".pryrc",
    ".iex.exs",
    ".ghci",
    ".ocamlinit",
    ".Rprofile",
    ".latexmkrc",
    ".psqlrc",
    ".ctags.d/x.ctags",
    ".ackrc",
    "jupyter_notebook_config.py",
    // desktops
    "x.desktop",
    "autorun.inf",
    "desktop.ini",
    "x.lnk",
    ".directory",
    // editors
    ".vscode/tasks.json",
    ".vscode/settings.json",
    "x.code-workspace",
    ".idea/workspace.xml",
    ".fleet/run.json",
    ".zed/tasks.json",
    ".nvim.lua",
    ".exrc",
    ".vimrc",
    ".vim/x",
    ".lvimrc",
    ".dir-locals.el",
    ".ycm_extra_conf.py",
    "x.sublime-project",
    ".helix/languages.toml",
    ".luarc.json",
    ".solargraph.yml",
    ".devcontainer/devcontainer.json",
    ".devcontainer.json",
    ".gitpod.yml",
    "x.xcodeproj/project.pbxproj",
    "x.xcworkspace/contents",
    ".project",
    ".settings/x.prefs",
    ".vs/x/launch.vs.json",
    "omnisharp.json",
    "compile_commands.json",
    ".clangd",
    ".replit",
    ".kateproject",
    // agents
    ".claude/settings.json",
    "CLAUDE.md",
    ".mcp.json",
    ".codex/config.toml",
    "AGENTS.md",
    ".cursor/rules/x.mdc",
    ".cursorrules",
    ".gemini/settings.json",
    "GEMINI.md",
    ".github/copilot-instructions.md",
    ".windsurfrules",
    ".clinerules",
    ".roo/x",
    ".aider.conf.yml",
    ".continue/config.json",
    ".amazonq/x",
    ".kiro/x",
    ".junie/guidelines.md",
    ".goosehints",
    "opencode.json",
    ".qwen/settings.json",
    ".bailey.toml",
    "SKILL.md",
    ".agents/x",
};
constexpr const char* continuous_integration[] = {
    ".github/workflows/ci.yml",
    ".github/actions/x/action.yml",
    "action.yml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    "bitbucket-pipelines.yml",
    ".drone.yml",
    ".woodpecker/x.yml",
    ".buildkite/pipeline.yml",
    "appveyor.yml",
    ".cirrus.yml",
    ".semaphore/x.yml",
    "cloudbuild.yaml",
    "buildspec.yml",
    ".tekton/x.yaml",
    ".forgejo/workflows/x.yml",
    ".gitea/workflows/x.yml",
    ".build.yml",
    ".teamcity/settings.kts",
    "CODEOWNERS",
    ".github/dependabot.yml",
    "renovate.json",
    ".goreleaser.yml",
    ".mergify.yml",
};
constexpr const char* built_or_tested[] = {
    "Makefile",
    "GNUmakefile",
    "rules.mk",
    "CMakeLists.txt",
    "x.cmake",
    "CMakePresets.json",
    "configure",
    "configure.ac",
    "autogen.sh",
    "meson.build",
    "SConstruct",
    "wscript",
    "xmake.lua",
    "conanfile.py",
    "build.ninja",
    "BUILD.bazel",
    "WORKSPACE",
    ".bazelrc",
    "tools/bazel",
    "x.bzl",
    "justfile",
    "Taskfile.yml",
    "tox.ini",
    "noxfile.py",
    "dodo.py",
    "Dockerfile",
    "compose.yaml",
    "docker-compose.override.yml",
    "Containerfile",
    "Vagrantfile",
    "Earthfile",
    "build.rs",
    "Cargo.toml",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "go.mod",
    "go.work",
    "magefile.go",
    "build.zig",
    "x.nimble",
    "config.nims",
    "Package.swift",
    "Podfile",
    "Setup.hs",
    "x.cabal",
    "dune",
    "mix.exs",
    "rebar.config",
    "gradlew",
    "gradle/wrapper/gradle-wrapper.properties",
    "build.gradle.kts",
    "buildSrc/x.kt",
    ".mvn/extensions.xml",
    "mvnw",
    "pom.xml",
    "build.sbt",
    "project/build.properties",
    "build.mill",
    "deps.edn",
    "Directory.Build.props",
    "x.csproj",
    "x.targets",
    "NuGet.config",
    "global.json",
    ".config/dotnet-tools.json",
    "build.cake",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "conftest.py",
    "sitecustomize.py",
    "x.pth",
    "pytest.ini",
    "requirements-dev.txt",
    "pip.conf",
    "docs/conf.py",
    "__pycache__/x.pyc",
    "manage.py",
    ".pylintrc",
    "package.json",
    ".npmrc",
    ".yarnrc.yml",
    ".yarn/releases/yarn.cjs",
    ".pnp.cjs",
    ".pnpmfile.cjs",
    "binding.gyp",
    "node_modules/.bin/jest",
    "vite.config.ts",
    "webpack.config.js",
    ".eslintrc.js",
    "eslint.config.mjs",
    "babel.config.json",
    "jest.config.ts",
    "jest.setup.ts",
    "gulpfile.js",
    "Gruntfile.js",
    ".storybook/main.js",
    "nx.json",
    "turbo.json",
    "deno.json",
    "Gemfile",
    "Rakefile",
    "x.gemspec",
    ".rspec",
    ".rubocop.yml",
    "spec/spec_helper.rb",
    "config.ru",
    ".bundle/config",
    "composer.json",
    "phpunit.xml",
    ".php-cs-fixer.dist.php",
    "artisan",
    "Makefile.PL",
    "cpanfile",
    "renv/activate.R",
    "Project.toml",
    "deps/build.jl",
    "pubspec.yaml",
    "analysis_options.yaml",
    "foundry.toml",
    "hardhat.config.ts",
};
constexpr const char* plain[] = {
    "README.md",
    "src/main.c",
    "src/app/index.ts",
    "lib/user.py",
    "tests/test_user.py",
    "docs/guide.md",
    "LICENSE",
    "assets/logo.png",
    "include/x.h",
    "internal/x.go",
    "src/lib.rs",
    "app/models/user.rb",
    "Makefile.txt",
    "myMakefile",
    "environment.py",
    "vscode/tasks.json",
    "github/workflows/x.yml",
    "src/envrc.c",
    "notes/agents.txt",
    "package-lock.json",
    "src/hooks/useUser.ts",
    "config.py",
    "settings.py",
    "public/index.html",
    "src/build/x.c",
    "a/b/c/d.java",
    "Cargo.lock",
    "poetry.lock",
};

TEST(ProtectedPaths, WhatRunsOnEnteringOrOpeningIsHigh) {
  for (const char* path : entered_or_opened) {
    EXPECT_TRUE(met(path).runs_by_itself) << path;
    EXPECT_GE(met(path).severity, Severity::high) << path;
  }
}

TEST(ProtectedPaths, ContinuousIntegrationIsHigh) {
  for (const char* path : continuous_integration) {
    EXPECT_TRUE(met(path).runs_by_itself) << path;
    EXPECT_GE(met(path).severity, Severity::high) << path;
  }
}

TEST(ProtectedPaths, WhatRunsOnBuildingOrTestingIsDecidedToo) {
  for (const char* path : built_or_tested) EXPECT_TRUE(met(path).runs_by_itself) << path;
}

TEST(ProtectedPaths, AtAnyDepthAndInAnySpelling) {
  std::vector<std::string> all(std::begin(entered_or_opened), std::end(entered_or_opened));
  all.insert(all.end(), std::begin(continuous_integration), std::end(continuous_integration));
  all.insert(all.end(), std::begin(built_or_tested), std::end(built_or_tested));
  for (const auto& path : all) {
    std::string upper = path;
    for (auto& c : upper)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
    // U+200D, which HFS+ ignores, in the middle; a full-width first letter; what NTFS drops.
    const std::string ignorable = path.substr(0, 2) + "\xe2\x80\x8d" + path.substr(2);
    for (const auto& spelling : {"a/b/" + path, "a/" + upper, ignorable, path + ".", path + " ", path + "::$DATA"})
      EXPECT_TRUE(met(spelling).runs_by_itself) << spelling;
  }
}

TEST(ProtectedPaths, PlainFilesAreNone) {
  for (const char* path : plain) EXPECT_FALSE(met(path).is_protected) << path;
}

}  // namespace
}  // namespace bailey::review
