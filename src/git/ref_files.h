// What the readers and the writer of refs share: files below a git directory, opened without following links, and new
// ones that take over owner and mode of the directory they are made in. Internal to the room.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "git/oid.h"

namespace bailey::git {

inline constexpr std::size_t ref_file_bytes_max = 4096;
inline constexpr int ref_depth_max = 64;  // directories inside each other below refs/

// The text of a regular file; nullopt: there is none of that name (a directory does not count).
[[nodiscard]] Result<std::optional<std::string>> read_git_file(int directory, const std::string& name,
                                                               std::size_t bytes_max);

// A loose ref or HEAD: one of the two is set; nullopt: neither (broken).
struct LooseRef {
  std::string target;  // of a symbolic ref
  Oid oid;
};
[[nodiscard]] std::optional<LooseRef> parse_loose_ref(std::string_view text, ObjectFormat format);

// The value of one name in the text of packed-refs; zero when it is not there.
[[nodiscard]] Result<Oid> find_packed(std::string_view text, std::string_view ref, ObjectFormat format);
// Is there a name below `ref` + "/"?
[[nodiscard]] bool has_packed_below(std::string_view text, std::string_view ref);

// Calls `visit` with the name of every regular file below `prefix` ("refs/heads"), relative to `directory`.
[[nodiscard]] Status walk_files(int directory, const std::string& prefix,
                                const std::function<void(const std::string& name)>& visit);

// Opens `path` below `root`, making what is missing with owner and mode of its parent.
[[nodiscard]] Result<Fd> open_or_make_directories(int root, std::string_view path);
// Gives a file that we have just made in `directory` the directory's owner (as root) and permissions.
void adopt(int directory, int file);
// rmdir(2), depth first, of directories that hold nothing but directories. False when a file is in there.
[[nodiscard]] bool remove_empty_directories(int parent, const std::string& name, int depth = 0);

}  // namespace bailey::git
