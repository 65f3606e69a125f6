// Which files git tracks, as the index on the host says.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"

namespace bailey::workspace {

// A repository at the top ("") or a nested one, relative to the top.
struct RepositoryAt {
  std::string directory;
  git::HostRepository repository;
};

struct TrackedFile {
  std::string path;       // relative to the top
  bool modified = false;  // since the index was written, by its size and time: git's objects may not have these bytes
};

// Those of `paths` that an index names. An index that can't be read or understood counts as empty: its files are then
// treated as untracked, which withholds more.
[[nodiscard]] std::vector<TrackedFile> tracked_among(const std::string& top, const std::vector<std::string>& paths,
                                                     const std::vector<RepositoryAt>& repositories);

// Entries of the index; 0 without one. Reads the header only.
[[nodiscard]] std::size_t tracked_count(const git::HostRepository& repository);

// The bytes of `index` and of the shared index it may build on.
[[nodiscard]] Result<std::vector<std::string>> read_indexes(const git::HostRepository& repository);

}  // namespace bailey::workspace
