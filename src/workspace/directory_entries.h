// The entries of an open directory with as few system calls as possible: getdents64(2) into a buffer of the caller's.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::workspace {

inline constexpr std::size_t directory_buffer_bytes = 32 << 10;

// DT_* of an entry; asks with fstatat(2) where the file system does not say. DT_UNKNOWN when it is gone.
[[nodiscard]] inline unsigned char entry_type(int directory, const dirent64& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat status {};
  if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
  return static_cast<unsigned char>(IFTODT(status.st_mode));
}

// Calls visit(const char* name, unsigned char type) for each entry but "." and "..". `visit` must not use `buffer`.
template <typename Visit>
[[nodiscard]] Status for_each_entry(int directory, std::span<char> buffer, const Visit& visit) {
  while (true) {
    const ssize_t bytes = ::getdents64(directory, buffer.data(), buffer.size());
    if (bytes < 0) return fail_errno("list a directory");
    if (bytes == 0) return {};
    for (ssize_t at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") visit(entry->d_name, entry_type(directory, *entry));
    }
  }
}

}  // namespace bailey::workspace
