// Seccomp profiles in the format of the OCI runtime specification (config-linux.md, "Seccomp"), as Docker, Podman and
// containerd hand them to runc, so that people can bring their own.
//
// How it works: text -> OciProfile (here, pure) -> BPF (seccomp_compile.h, libseccomp) -> a file in the user's cache
// (seccomp_profile.h). What we do not implement is an error, not a silent weakening; one thing is treated as runc does:
// names that this libseccomp does not know are skipped, and listed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::sandbox {

enum class OciAction : std::uint8_t { allow, fail_with_errno, kill_thread, kill_process, trap, log };
enum class OciOperator : std::uint8_t {
  not_equal,
  less,
  less_or_equal,
  equal,
  greater_or_equal,
  greater,
  masked_equal
};

inline constexpr unsigned oci_errno_max = 4095;  // MAX_ERRNO
inline constexpr std::size_t oci_rules_max = 1024;
inline constexpr std::size_t oci_names_max = 4096;  // in all rules together

struct OciArgument {
  unsigned index = 0;           // 0 to 5
  std::uint64_t value = 0;      // the mask with masked_equal
  std::uint64_t value_two = 0;  // what the masked argument must equal
  OciOperator op = OciOperator::equal;
};

struct OciRule {
  std::vector<std::string> names;
  OciAction action = OciAction::fail_with_errno;
  unsigned error = 0;                  // with fail_with_errno
  std::vector<OciArgument> arguments;  // all must hold; no index twice
};

struct OciProfile {
  OciAction default_action = OciAction::fail_with_errno;
  unsigned default_error = 0;
  std::vector<OciRule> rules;
};

// `name` stands for the text in errors. Refused: unknown members (Docker's own format has some), flags, notification,
// SCMP_ACT_TRACE, a rule that names one argument twice (runc would read it as "or"), architectures without ours.
[[nodiscard]] Result<OciProfile> parse_oci_profile(std::string_view text, std::string_view name);

}  // namespace bailey::sandbox
