#include "workspace/object_stores.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "os/files.h"

namespace bailey::workspace {
namespace {

bool is_hex_pair(std::string_view name) {
  return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What git and git-lfs put into an objects directory; temporary files of a running or killed git among it.
bool belongs_into_store(std::string_view name) {
  return is_hex_pair(name) || name == "pack" || name == "info" || name.starts_with("tmp_") ||
         name.starts_with("incoming-") || name.starts_with(".tmp-") || name == ".keep" || name == ".gitkeep";
}

Status check_store(const std::string& store, uid_t repository_owner) {
  const std::string what = "object store '" + store + "'";
  const std::string remedy =
      "correct objects/info/alternates of the repository, or: git repack -a -d && rm .git/objects/info/alternates";
  struct stat status {};
  if (::stat(store.c_str(), &status) != 0) return fail_errno(what);
  if (status.st_uid != 0 && status.st_uid != ::geteuid() && status.st_uid != repository_owner)
    return fail(what, "belongs to another user (uid " + std::to_string(status.st_uid) + ")", remedy);
  const auto names = TRY(os::list_directory(store));
  const auto stranger = std::find_if_not(names.begin(), names.end(), belongs_into_store);
  if (stranger != names.end()) return fail(what, "is none: it contains '" + visible(*stranger) + "'", remedy);
  if (!os::is_directory(os::join(store, "pack"))) return fail(what, "is none: it has no 'pack' directory", remedy);
  return {};
}

}  // namespace

Result<std::vector<std::string>> check_object_stores(const git::HostRepository& repository) {
  std::vector<std::string> notes;
  const std::string own = os::join(repository.common_dir, "objects");
  struct stat status {};
  if (::lstat(repository.common_dir.c_str(), &status) != 0)
    return fail_errno("look at '" + repository.common_dir + "'");
  for (const auto& store : repository.object_stores) {
    if (store == own) continue;
    TRY_STATUS(check_store(store, status.st_uid));
    notes.push_back("the agent can also read the objects in '" + visible(store) +
                    "', from which this repository borrows");
  }
  return notes;
}

std::string ObjectStores::place_of(const std::string& store) {
  const auto known =
      std::find_if(mounts_.begin(), mounts_.end(), [&](const auto& mount) { return mount.host_path == store; });
  if (known != mounts_.end()) return known->sandbox_path;
  const std::string place = std::string(object_store_prefix) + std::to_string(count_++);
  mounts_.push_back({store, place});
  if (os::exists(os::join(store, "info/alternates"))) {
    mounts_.push_back({empty_file_, os::join(place, "info/alternates")});
    needs_empty_file_ = true;
  }
  return place;
}

std::string ObjectStores::alternates_for(const git::HostRepository& repository) {
  std::string text;
  for (const auto& store : repository.object_stores) text += place_of(store) + '\n';
  return text;
}

}  // namespace bailey::workspace
