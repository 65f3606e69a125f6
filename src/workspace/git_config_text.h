// The text of a fresh repository's config file: git-config(1). Pure.
#pragma once

#include <string>

#include "git/oid.h"
#include "workspace/settings.h"

namespace bailey::workspace {

enum class LocalRemote { present, absent };  // `local`, where pushes go; absent in nested repositories

// Values are quoted so that none can end its line or begin a section. The remotes in `guarded` are used through the
// helper git-remote-bailey: they keep their address, so that `git remote -v` and programs that read it are right, and
// other spellings of it lead to the same place.
[[nodiscard]] std::string git_config_text(const GitSettings& settings, git::ObjectFormat format, LocalRemote local,
                                          const std::vector<git::GuardedRemote>& guarded = {});

}  // namespace bailey::workspace
