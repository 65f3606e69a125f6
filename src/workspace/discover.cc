#include "workspace/discover.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "os/files.h"
#include "workspace/git_pointer.h"
#include "workspace/object_stores.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

struct Operation {
  const char* file;
  const char* name;
};
constexpr Operation operations[] = {
    {"rebase-merge", "rebase"},          {"rebase-apply", "rebase"}, {"MERGE_HEAD", "merge"},
    {"CHERRY_PICK_HEAD", "cherry-pick"}, {"REVERT_HEAD", "revert"},  {"BISECT_LOG", "bisect"},
};

constexpr const char* shared_refs[] = {"refs/heads/", "refs/remotes/", "refs/tags/"};  // sorted

struct Found {
  std::string top;
  std::string git_dir;
  bool bare = false;
};

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

// What git calls a git directory: HEAD, and objects and refs, or the way to those of others.
bool is_git_directory(const std::string& path) {
  if (!status_of(os::join(path, "HEAD"))) return false;
  if (status_of(os::join(path, "commondir"))) return true;
  return os::is_directory(os::join(path, "objects")) && os::is_directory(os::join(path, "refs"));
}

Result<std::optional<Found>> look_at(const std::string& directory) {
  const std::string entry = os::join(directory, ".git");
  const auto status = status_of(entry);
  if (status && S_ISDIR(status->st_mode) && is_git_directory(entry)) {
    TRY_STATUS(check_no_commondir(entry));
    return Found{directory, entry, false};
  }
  if (status && S_ISREG(status->st_mode)) return Found{directory, TRY(follow_git_file(directory)), false};
  if (status && S_ISLNK(status->st_mode))
    return fail("'" + entry + "'", "is a symbolic link, which may lead to somebody else's repository",
                "use the directory that it leads to, or replace the link with a linked worktree (git worktree add)");
  if (!is_git_directory(directory)) return std::nullopt;
  if (os::base_name(directory) == ".git")
    return fail("'" + directory + "'", "is a git directory", "name the directory that it belongs to");
  return Found{directory, directory, true};
}

// Upwards like git, which does not cross file systems either.
Result<std::optional<Found>> search(const std::string& start) {
  std::string directory = start;
  const auto first = status_of(start);
  while (true) {
    if (auto found = TRY(look_at(directory))) return found;
    if (directory == "/") return std::nullopt;
    directory = std::string(os::directory_name(directory));
    const auto status = status_of(directory);
    if (!first || !status || status->st_dev != first->st_dev) return std::nullopt;
  }
}

// A repository of somebody else above a directory of ours (/tmp/.git) must not take that directory in.
Status check_owner(const std::string& start, const Found& found) {
  const auto given = status_of(start);
  for (const auto& path : {found.top, found.git_dir}) {
    const auto status = status_of(path);
    if (!given || !status) return fail_errno("look at '" + path + "'");
    const uid_t owner = status->st_uid;
    if (owner != 0 && owner != ::geteuid() && owner != given->st_uid)
      return fail("'" + path + "'", "belongs to another user (uid " + std::to_string(owner) + ")",
                  "name the top directory of that repository itself if you mean it, or make one of your own: git init");
  }
  return {};
}

std::string operation_of(const std::string& git_dir) {
  for (const auto& [file, name] : operations)
    if (status_of(os::join(git_dir, file))) return name;
  return {};
}

Result<GitFacts> read_repository(const std::string& top, const std::string& git_dir) {
  GitFacts facts;
  facts.kind = SourceKind::repository;
  facts.top = top;
  facts.repository = TRY(git::open_host_repository(git_dir));
  facts.notes = TRY(check_object_stores(facts.repository));
  const auto refs = TRY(git::RefStore::open(facts.repository));
  facts.head = TRY(refs.head());
  for (const char* prefix : shared_refs) {
    auto listed = TRY(refs.list(prefix));
    std::move(listed.begin(), listed.end(), std::back_inserter(facts.refs));
  }
  facts.operation = operation_of(facts.repository.git_dir);
  return facts;
}

}  // namespace

Result<std::optional<GitFacts>> read_repository_at(const std::string& directory) {
  const auto found = TRY(look_at(directory));
  if (!found || found->bare) return std::nullopt;
  TRY_STATUS(check_owner(directory, *found));
  return TRY(read_repository(found->top, found->git_dir));
}

Result<GitFacts> discover(const std::string& path) {
  if (path.find('\0') != std::string::npos) return fail("'" + path + "'", "contains a NUL character");
  const std::string start = TRY(os::real_path(path));
  if (!os::is_directory(start))
    return fail("'" + start + "'", "is not a directory", "name a repository or a directory");
  if (::access(start.c_str(), R_OK | X_OK) != 0) return fail_errno("read '" + start + "'");
  const auto found = TRY(search(start));
  GitFacts facts;
  facts.top = start;
  if (!found) return facts;
  TRY_STATUS(check_owner(start, *found));
  facts = TRY(read_repository(found->top, found->git_dir));
  facts.prefix = relative_to(facts.top, start);
  const bool bare_by_config = facts.repository.bareness == git::Bareness::bare && !facts.linked_worktree();
  if (!found->bare && !bare_by_config) return facts;
  facts.kind = SourceKind::bare;
  facts.top = facts.repository.git_dir;
  facts.prefix.clear();
  return facts;
}

}  // namespace bailey::workspace
