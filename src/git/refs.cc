#include "git/refs.h"

#include <fcntl.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "git/ref_files.h"
#include "git/ref_name.h"
#include "os/files.h"

namespace bailey::git {
namespace {

// What makes a branch busy besides HEAD: git-worktree(1) refuses to check it out elsewhere, and so do we.
constexpr const char* rebase_heads[] = {"rebase-merge/head-name", "rebase-apply/head-name"};

std::string prefixed(const std::string& directory, const char* name) {
  return directory.empty() ? name : os::join(directory, name);
}

}  // namespace

Result<RefStore> RefStore::open(const HostRepository& repository) {
  Fd own = TRY(os::open_file(repository.git_dir, O_RDONLY | O_DIRECTORY));
  Fd common = TRY(os::open_file(repository.common_dir, O_RDONLY | O_DIRECTORY));
  return RefStore(repository, std::move(own), std::move(common));
}

Result<Head> RefStore::head() const {
  const auto text = TRY(read_git_file(git_dir_.get(), "HEAD", ref_file_bytes_max));
  const auto loose = parse_loose_ref(text.value_or(""), repository_.format);
  if (!loose) return fail("HEAD of '" + repository_.git_dir + "'", "missing or malformed");
  if (loose->target.empty()) return Head{{}, loose->oid};
  TRY_STATUS(check_ref_name(loose->target));
  return Head{loose->target, TRY(read(loose->target))};
}

Result<Oid> RefStore::read(std::string_view ref) const {
  std::string name(ref);
  for (int depth = 0; depth <= symbolic_depth_max; ++depth) {
    TRY_STATUS(check_ref_name(name));
    const int directory = name == "HEAD" ? git_dir_.get() : common_dir_.get();
    const auto text = TRY(read_git_file(directory, name, ref_file_bytes_max));
    if (!text) {
      const auto packed = TRY(read_git_file(common_dir_.get(), "packed-refs", packed_refs_bytes_max));
      return find_packed(packed.value_or(""), name, repository_.format);
    }
    const auto loose = parse_loose_ref(*text, repository_.format);
    if (!loose)
      return fail("ref '" + visible(name) + "'", "its file is malformed", "git fsck in the repository shows more");
    if (loose->target.empty()) return loose->oid;
    name = loose->target;
  }
  return fail("ref '" + visible(ref) + "'", "symbolic refs that lead to each other");
}

Result<std::vector<Ref>> RefStore::list(std::string_view prefix) const {
  const auto packed = TRY(read_git_file(common_dir_.get(), "packed-refs", packed_refs_bytes_max));
  std::map<std::string, Oid> found;
  for (auto& ref : TRY(parse_packed_refs(packed.value_or(""), repository_.format)))
    if (ref.name.starts_with(prefix)) found.emplace_hint(found.end(), std::move(ref.name), ref.oid);
  const auto directory = prefix.substr(0, prefix.rfind('/'));  // prefix may end inside a name
  TRY_STATUS(walk_files(common_dir_.get(), std::string(directory), [&](const std::string& name) {
    if (!name.starts_with(prefix) || found.size() >= refs_max || !check_ref_name(name)) return;
    if (const auto oid = read(name); oid && !oid->is_zero()) found[name] = *oid;
    else found.erase(name);
  }));
  std::vector<Ref> refs;
  refs.reserve(found.size());
  for (auto& [name, oid] : found) refs.push_back({name, oid});
  return refs;
}

Result<std::vector<std::string>> RefStore::worktree_directories() const {
  std::vector<std::string> directories;
  if (repository_.bareness == Bareness::has_worktree) directories.emplace_back();
  auto names = os::list_directory(os::join(repository_.common_dir, "worktrees"));
  if (!names && names.error().code != ENOENT) return std::unexpected(std::move(names).error());
  if (names)
    for (const auto& name : *names) directories.push_back("worktrees/" + name);
  return directories;
}

Result<std::vector<CheckedOut>> RefStore::checked_out() const {
  std::vector<CheckedOut> busy;
  for (const auto& directory : TRY(worktree_directories())) {
    const std::string where = directory.empty() ? repository_.common_dir : os::join(repository_.common_dir, directory);
    const auto head = TRY(read_git_file(common_dir_.get(), prefixed(directory, "HEAD"), ref_file_bytes_max));
    if (const auto loose = parse_loose_ref(head.value_or(""), repository_.format); loose && !loose->target.empty())
      busy.push_back({loose->target, where});
    for (const char* name : rebase_heads)
      if (const auto text = TRY(read_git_file(common_dir_.get(), prefixed(directory, name), ref_file_bytes_max)))
        busy.push_back({std::string(trim(*text)), where});
    if (const auto text =
            TRY(read_git_file(common_dir_.get(), prefixed(directory, "BISECT_START"), ref_file_bytes_max)))
      busy.push_back({branch_ref(trim(*text)), where});
  }
  return busy;
}

Result<std::vector<Oid>> RefStore::worktree_heads() const {
  std::vector<Oid> heads;
  for (const auto& directory : TRY(worktree_directories())) {
    const auto text = TRY(read_git_file(common_dir_.get(), prefixed(directory, "HEAD"), ref_file_bytes_max));
    const auto loose = parse_loose_ref(text.value_or(""), repository_.format);
    if (!loose) continue;
    const Oid oid = loose->target.empty() ? loose->oid : TRY(read(loose->target));
    if (!oid.is_zero()) heads.push_back(oid);
  }
  return heads;
}

}  // namespace bailey::git
