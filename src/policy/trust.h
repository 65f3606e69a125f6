// Trust in a repository's .bailey.toml and .bailey-allowlist.txt: given by `bailey trust` for a path and the exact
// bytes of the files, gone as soon as any of it changes.
//
// The record is a text file, a line each: "<SHA-256 of the path> <SHA-256 of the content> <path, for people>". Nothing
// from inside a sandbox can write it; sessions can't see the state directory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/layer_files.h"

namespace bailey::policy {

inline constexpr std::size_t trust_file_bytes_max = std::size_t{4} << 20;

// Pure parts. `record` is the record file's text, `directory` the repository's real path. Lines that are not understood
// trust nothing.
[[nodiscard]] Trust trust_in(std::string_view record, std::string_view directory, std::string_view content);
// The record with trust in this content; earlier trust in other contents of the same path is gone.
[[nodiscard]] std::string with_trust(std::string_view record, std::string_view directory, std::string_view content);
[[nodiscard]] std::string without_trust(std::string_view record, std::string_view directory);

// The same on files. A record that does not exist trusts nothing. `directory` is resolved with realpath(3).
[[nodiscard]] Result<Trust> project_trust(const std::string& trust_file, const std::string& directory,
                                          std::string_view content);
// For `bailey trust [REPO]`: reads the repository's files, records them, returns what was trusted (to be shown). An
// error when there is neither .bailey.toml nor .bailey-allowlist.txt.
[[nodiscard]] Result<ProjectFiles> trust_project(const std::string& trust_file, const std::string& directory);
[[nodiscard]] Status forget_project(const std::string& trust_file, const std::string& directory);

}  // namespace bailey::policy
