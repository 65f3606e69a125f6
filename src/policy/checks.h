// Checks of single values that files and flags share. Each error says what is wrong with the text; the caller puts the
// place in front.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::policy {

[[nodiscard]] Result<double> checked_cpus(double value);
[[nodiscard]] Result<std::uint64_t> checked_memory(std::uint64_t bytes);
[[nodiscard]] Result<std::uint64_t> checked_pids(std::uint64_t value);
[[nodiscard]] Result<std::uint64_t> checked_disk(std::uint64_t bytes);
[[nodiscard]] Result<std::uint64_t> checked_open_files(std::uint64_t value);
[[nodiscard]] Result<std::uint64_t> checked_audit_bytes(std::uint64_t bytes);
[[nodiscard]] Result<std::uint64_t> checked_approval_minutes(std::uint64_t minutes);

// Where relative paths start: in files only "~/" is possible, so `directory` is empty there.
struct PathBase {
  std::string home;
  std::string directory;
};
// Absolute and lexically normal (no "." or "..", no doubled slash).
[[nodiscard]] Result<std::string> absolute_path(std::string_view text, const PathBase& base);
// For paths that the sandbox shows: refuses the root, the kernel's file systems, runtime directories with sockets, the
// home directory, well-known places of keys in it, and whatever contains one of these. Symlinks are not looked at: the
// sandbox checks again where a path really leads.
[[nodiscard]] Result<std::string> toolchain_path(std::string_view text, const PathBase& base);
// A variable's name; refuses those that the sandbox sets itself and those that make programs load code.
[[nodiscard]] Result<std::string> variable_name(std::string_view text);

}  // namespace bailey::policy
