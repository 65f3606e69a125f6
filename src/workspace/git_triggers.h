// Which files of a tree the user's own git would run or obey because of the user's own configuration.
//
// A rule by name can't know them: with `core.hooksPath = tools/hooks`, `include.path = ../.gitconfig`, an alias that
// calls a script of the repository, or `.git/hooks/pre-commit` as a link to `scripts/check`, an ordinary-looking file
// becomes a program that runs at the next commit. What is read here is only compared, never obeyed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/config_file.h"
#include "git/repository.h"
#include "workspace/user_home.h"

namespace bailey::workspace {

struct GitTrigger {
  std::string path;  // one of the changed paths
  std::string why;   // "your git configuration names it: core.hooksPath"
};

// What configuration and hooks point to.
struct GitPointers {
  struct Pointer {
    std::string place;  // "core.hooksPath", ".git/hooks/pre-commit"
    std::string path;   // relative to the top, in lower case
    enum class Reach { exactly, below } reach = Reach::exactly;
  };
  std::vector<Pointer> pointers;
};

inline constexpr std::size_t git_pointers_max = 10'000;

// Pure: from configuration entries. `bases`: directories that a relative path may be counted from, relative to the top
// ("" is the top); `top` and `home` are absolute.
[[nodiscard]] GitPointers pointers_in(const std::vector<git::ConfigEntry>& config, const std::string& top,
                                      const std::string& home);
// The same of the repository at `top` and of the user's files, with the links among its hooks.
[[nodiscard]] GitPointers read_git_pointers(const UserHome& user, const git::HostRepository& repository,
                                            const std::string& top);

// Pure. Letter case is ignored.
[[nodiscard]] std::vector<GitTrigger> triggers_among(const GitPointers& pointers,
                                                     const std::vector<std::string>& changed);

}  // namespace bailey::workspace
