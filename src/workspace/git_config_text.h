// The text of a fresh repository's config file: git-config(1). Pure.
#pragma once

#include <string>

#include "git/oid.h"
#include "workspace/settings.h"

namespace bailey::workspace {

enum class LocalRemote { present, absent };  // `local`, where pushes go; absent in nested repositories

// Values are quoted so that none can end its line or begin a section.
[[nodiscard]] std::string git_config_text(const GitSettings& settings, git::ObjectFormat format, LocalRemote local);

}  // namespace bailey::workspace
