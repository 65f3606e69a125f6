// Files and directories, by descriptor wherever somebody else could swap a path under us.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::os {

// openat2(2) with RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH: never leaves `directory`, never follows a link.
[[nodiscard]] Result<Fd> open_beneath(int directory, const std::string& path, int flags, mode_t mode = 0);
// open(2), always with O_CLOEXEC.
[[nodiscard]] Result<Fd> open_file(const std::string& path, int flags, mode_t mode = 0);

// Refuses files larger than `bytes_max`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t bytes_max = std::size_t{64} << 20);
[[nodiscard]] Result<std::string> read_all(int fd, std::size_t bytes_max = std::size_t{64} << 20);
[[nodiscard]] Status write_all(int fd, std::string_view bytes);
// Writes beside `path` and renames: a reader sees the old or the new bytes, never a mixture.
[[nodiscard]] Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode = 0600);
// Creates or truncates. For files nobody reads before we are done.
[[nodiscard]] Status write_file(const std::string& path, std::string_view bytes, mode_t mode = 0600);

[[nodiscard]] bool exists(const std::string& path);        // lstat: a dangling link exists
[[nodiscard]] bool is_directory(const std::string& path);  // follows links
[[nodiscard]] Status make_directories(const std::string& path, mode_t mode = 0700);
// Names in a directory, without "." and "..", sorted bytewise.
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& path);
// Removes a tree without following links; makes directories writable on the way (builds leave read-only ones).
// A path that does not exist is success.
[[nodiscard]] Status remove_tree(const std::string& path);

// A read-only copy in memory that whoever gets the descriptor can map and nobody can change (memfd_create(2)).
[[nodiscard]] Result<Fd> sealed_memory(const char* name, std::string_view bytes);

// flock(2) exclusive, held until the Fd is closed.
[[nodiscard]] Result<Fd> lock_file(const std::string& path);
// Like lock_file, but an empty Fd at once when somebody else holds it.
[[nodiscard]] Result<Fd> try_lock_file(const std::string& path);

[[nodiscard]] std::string join(std::string_view directory, std::string_view name);
[[nodiscard]] std::string_view base_name(std::string_view path);
[[nodiscard]] std::string_view directory_name(std::string_view path);
// realpath(3).
[[nodiscard]] Result<std::string> real_path(const std::string& path);
// First executable regular file of that name on PATH, as an absolute path; empty if there is none.
[[nodiscard]] std::string find_on_path(std::string_view name, std::string_view path_variable);

}  // namespace bailey::os
