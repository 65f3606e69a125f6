// For the tests of this room: real repositories made with the git CLI, and a namespace in which a prepared workspace is
// mounted as the sandbox would.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "git/runner.h"
#include "os/process.h"
#include "workspace/workspace.h"

namespace bailey::workspace {

// A directory of the test's own with home/, state/session/ and repo/ (not made) in it.
class WorkspaceTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] std::string at(const std::string& name) const;
  // bash -euc SCRIPT in `directory`, with a clean environment and an identity for git. Fails the test unless it
  // succeeds.
  std::string shell(const std::string& script) const;
  // A repository at repo/ with a, dir/b and a commit on main.
  void make_repository() const;
  void write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] std::string read(const std::string& path) const;

  [[nodiscard]] Request request(const std::string& source) const;
  [[nodiscard]] Result<Prepared> prepare_source(const std::string& source, WantedMode mode = WantedMode::copy) const;
  [[nodiscard]] Prepared prepared(const std::string& source, WantedMode mode = WantedMode::copy) const;

  // Mounts the workspace like the sandbox in a user and mount namespace and runs bash -euc SCRIPT in it.
  [[nodiscard]] os::Output inside(const Prepared& prepared, const std::string& script) const;
  // The same; output without the trailing newline, and a failure of the test when the script fails.
  std::string said_inside(const Prepared& prepared, const std::string& script) const;

  std::string base_;
  git::GitRunner runner_{"/usr/bin/git", git::unconfined()};
};

// Why no user namespace with an overlay can be made here; empty: one can.
[[nodiscard]] std::string namespaces_obstacle();

[[nodiscard]] bool has_note(const std::vector<std::string>& notes, const std::string& part);

}  // namespace bailey::workspace

// Skips are printed and counted by the test runner.
#define BAILEY_NEEDS_NAMESPACES() \
  if (const auto obstacle = ::bailey::workspace::namespaces_obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle
