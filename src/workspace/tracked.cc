#include "workspace/tracked.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string_view>
#include <unordered_map>

#include "os/files.h"
#include "workspace/git_index.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

Result<Fd> open_index(const git::HostRepository& repository, const std::string& name) {
  const Fd directory = TRY(os::open_file(repository.git_dir, O_RDONLY | O_DIRECTORY));
  Fd index = TRY(os::open_beneath(directory.get(), name, O_RDONLY | O_NONBLOCK));
  struct stat status {};
  if (::fstat(index.get(), &status) != 0 || !S_ISREG(status.st_mode)) return fail("git index", "not a regular file");
  return index;
}

bool looks_modified(const std::string& file, const IndexEntry& entry) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0 &&
         (static_cast<std::uint32_t>(status.st_size) != entry.size ||
          static_cast<std::uint32_t>(status.st_mtim.tv_sec) != entry.mtime_seconds);
}

}  // namespace

Result<std::vector<std::string>> read_indexes(const git::HostRepository& repository) {
  std::vector<std::string> all;
  const Fd index = TRY(open_index(repository, "index"));
  all.push_back(TRY(os::read_all(index.get(), index_bytes_max)));
  const auto summary = TRY(parse_index(all.front(), repository.format, [](const IndexEntry&) {}));
  if (summary.shared_index.empty()) return all;
  const Fd shared = TRY(open_index(repository, "sharedindex." + summary.shared_index));
  all.push_back(TRY(os::read_all(shared.get(), index_bytes_max)));
  return all;
}

std::vector<TrackedFile> tracked_among(const std::string& top, const std::vector<std::string>& paths,
                                       const std::vector<RepositoryAt>& repositories) {
  std::vector<TrackedFile> tracked;
  for (const auto& [directory, repository] : repositories) {
    std::unordered_map<std::string_view, const std::string*> wanted;  // path as the index has it → path below the top
    for (const auto& path : paths) {
      if (directory.empty()) wanted.emplace(path, &path);
      else if (path.starts_with(directory) && path.size() > directory.size() && path[directory.size()] == '/')
        wanted.emplace(std::string_view(path).substr(directory.size() + 1), &path);
    }
    if (wanted.empty()) continue;
    const auto indexes = read_indexes(repository);
    if (!indexes) continue;
    for (const auto& bytes : *indexes)
      (void)parse_index(bytes, repository.format, [&](const IndexEntry& entry) {
        const auto found = wanted.find(entry.path);
        if (found == wanted.end()) return;
        tracked.push_back({*found->second, looks_modified(os::join(top, *found->second), entry)});
        wanted.erase(found);
      });
  }
  return tracked;
}

std::size_t tracked_count(const git::HostRepository& repository) {
  char header[index_header_bytes];
  const auto index = open_index(repository, "index");
  if (!index || ::pread(index->get(), header, sizeof header, 0) != sizeof header) return 0;
  return index_entry_count({header, sizeof header}).value_or(0);
}

}  // namespace bailey::workspace
