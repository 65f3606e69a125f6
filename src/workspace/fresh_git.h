// A git directory of our own making for the agent: gitrepository-layout(5).
//
// It borrows the host's objects through alternates and takes over refs, index, shallow boundary, ignore and attribute
// files. It has no hooks, no reflogs, no credentials, and no state of a merge or rebase.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "workspace/discover.h"
#include "workspace/owner.h"

namespace bailey::workspace {

struct FreshGit {
  const GitFacts* facts = nullptr;  // borrowed; nullptr: an empty repository
  std::string branch;               // full name that HEAD gets; empty: detached at the host's HEAD commit
  std::string config;               // git_config_text()
  std::string alternates;           // paths as the sandbox sees them, a line each
  std::string excludes;             // appended to info/exclude
  std::optional<Owner> owner;
};

// `directory` is made by this call; its parent exists.
[[nodiscard]] Status write_fresh_git(const std::string& directory, const FreshGit& fresh);

}  // namespace bailey::workspace
