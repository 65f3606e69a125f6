// Names of refs and branches: git-check-ref-format(1), and a little stricter, because ours become path names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::git {

inline constexpr std::size_t ref_name_bytes_max = 1024;
inline constexpr std::size_t ref_component_bytes_max = 240;  // NAME_MAX less ".lock" and a little

// A full name ("refs/heads/x", "HEAD"). The error says which rule is broken.
[[nodiscard]] Status check_ref_name(std::string_view name);
// A branch's short name ("claude/session-1"): also not "HEAD", no leading "-".
[[nodiscard]] Status check_branch_name(std::string_view branch);
[[nodiscard]] std::string branch_ref(std::string_view branch);  // "refs/heads/" in front
// Empty when the ref is no branch.
[[nodiscard]] std::string_view branch_of(std::string_view ref);

}  // namespace bailey::git
