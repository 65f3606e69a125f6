// The refs of a fresh repository as one file: git-pack-refs(1), gitrepository-layout(5). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/refs.h"

namespace bailey::workspace {

// `refs` sorted by name, and `branch` ("refs/heads/claude/x") at `start` in place of one of that name; no branch when
// `start` is zero. Fails when the branch and another one would need the same path as file and as directory.
[[nodiscard]] Result<std::string> packed_refs_text(const std::vector<git::Ref>& refs, std::string_view branch,
                                                   const git::Oid& start);

}  // namespace bailey::workspace
