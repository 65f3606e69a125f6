// Stages that fill the workspace: the copy, the overlays, what is withheld, and nested repositories.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <unordered_set>

#include "os/files.h"
#include "workspace/assume_unchanged.h"
#include "workspace/copy_tree.h"
#include "workspace/fresh_git.h"
#include "workspace/git_config_text.h"
#include "workspace/give_tree.h"
#include "workspace/preparation.h"
#include "workspace/scan.h"
#include "workspace/upper_layer.h"

namespace bailey::workspace {

Status Preparation::copy(const std::vector<std::string>& overlaid) {
  prepared_.root = workspace();
  TRY_STATUS(os::make_directories(prepared_.root, 0700));
  if (!staged_git_) TRY_STATUS(write_root_git(os::join(prepared_.root, ".git")));
  if (request_.source.kind == SourceKind::bare) return check_out();
  CopyRequest request{.from = request_.source.top, .to = prepared_.root, .rules = rules_, .owner = request_.owner};
  request.rules.left_empty.insert(overlaid.begin(), overlaid.end());
  request.wanted_secrets = [this](const TreeFindings& found) { return decide_secrets("", found); };
  const auto found = TRY(copy_tree(request));
  notes_.merge(found.notes);
  if (has_repository())
    TRY_STATUS(assume_unchanged(prepared_.git_dir, request_.source.repository.format, found.unreadable));
  read_nested("", found.nested);
  for (const auto& path : found.nested)
    (void)TRY(write_nested_git(path, os::join(os::join(prepared_.root, path), ".git")));
  return {};
}

Status Preparation::check_out() {
  const auto& repository = request_.source.repository;
  if (request_.git == nullptr)
    return fail("share the bare repository '" + request_.source.top + "'", "no git program was found",
                "install git, or name a directory with a checkout");
  if (!request_.source.head.oid.is_zero())
    (void)TRY(
        request_.git->output_of({.git_dir = prepared_.git_dir,
                                 .arguments = {"--work-tree=" + prepared_.root, "read-tree", "--reset", "-u", "HEAD"},
                                 .object_directory = repository.objects(),
                                 .umask = 022,
                                 .reach = {.read_only = repository.object_stores, .read_write = {prepared_.root}}}));
  if (request_.owner) TRY_STATUS(give_tree(prepared_.root, *request_.owner));
  return {};
}

Status Preparation::overlay(const std::string& target) {
  const auto& session = request_.session_directory;
  const std::string number = std::to_string(prepared_.overlays.size());
  Overlay overlay{.lower = target.empty() ? request_.source.top : os::join(request_.source.top, target),
                  .upper = os::join(os::join(session, "upper"), number),
                  .work = os::join(os::join(session, "work"), number),
                  .target = target};
  TRY_STATUS(os::make_directories(os::join(session, "upper")));
  TRY_STATUS(os::make_directories(overlay.work));
  struct stat status {};
  if (::stat(overlay.lower.c_str(), &status) != 0) return fail_errno("look at '" + overlay.lower + "'");
  overlay.lower_owner = {status.st_uid, status.st_gid};
  if (request_.owner && ::chown(overlay.work.c_str(), request_.owner->uid, request_.owner->gid) != 0)
    return fail_errno("give '" + overlay.work + "' to the agent");

  auto upper = TRY(UpperLayer::create(overlay.lower, overlay.upper, request_.owner));
  TreeRules rules{.is_secret = rules_.is_secret};
  if (target.empty()) rules.left_out = rules_.left_out;
  const auto found = TRY(scan_tree({.top = overlay.lower,
                                    .rules = rules,
                                    .cache_directory = request_.secret_rules.empty() ? "" : request_.cache_directory,
                                    .secret_rules = request_.secret_rules}));
  notes_.merge(found.notes);
  if (target.empty()) {
    const std::string git_dir = os::join(overlay.upper, ".git");
    const std::string staged = os::join(workspace(), ".git");
    if (!staged_git_) TRY_STATUS(write_root_git(git_dir));
    else if (::rename(staged.c_str(), git_dir.c_str()) != 0) return fail_errno("rename '" + staged + "'");
    prepared_.git_dir = git_dir;
    TRY_STATUS(UpperLayer::make_opaque(git_dir));
    for (const auto& path : rules.left_out)
      if (os::exists(os::join(overlay.lower, path))) TRY_STATUS(upper.hide(path));
  }
  const auto given = decide_secrets(target, found);
  const std::unordered_set<std::string> kept(given.begin(), given.end());
  for (const auto& path : found.secrets)
    if (!kept.contains(path)) TRY_STATUS(upper.hide(path));
  read_nested(target, found.nested);
  for (const auto& path : found.nested) {
    const std::string git_dir = os::join(TRY(upper.directory_for(path)), ".git");
    if (TRY(write_nested_git(below(target, path), git_dir))) TRY_STATUS(UpperLayer::make_opaque(git_dir));
    else TRY_STATUS(upper.hide(below(path, ".git")));
  }
  TRY_STATUS(upper.finish());
  prepared_.overlays.push_back(std::move(overlay));
  return {};
}

std::vector<std::string> Preparation::decide_secrets(const std::string& target, const TreeFindings& found) {
  if (found.secrets.empty()) return {};
  read_nested(target, found.nested);
  std::vector<RepositoryAt> repositories;
  if (request_.source.kind == SourceKind::repository) repositories.push_back({"", request_.source.repository});
  for (const auto& [path, facts] : nested_) repositories.push_back({path, facts.repository});
  std::vector<std::string> paths;
  paths.reserve(found.secrets.size());
  for (const auto& path : found.secrets) paths.push_back(below(target, path));
  std::unordered_set<std::string> given;
  for (const auto& file : tracked_among(request_.source.top, paths, repositories)) {
    given.insert(file.path);
    notes_.add(file.modified
                   ? "looks like a secret but is tracked by git, so the agent gets it with your uncommitted changes"
                   : "looks like a secret but is tracked by git, so the agent gets it",
               file.path);
  }
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (given.contains(paths[i])) wanted.push_back(found.secrets[i]);
    else prepared_.withheld.push_back(std::move(paths[i]));
  }
  return wanted;
}

void Preparation::read_nested(const std::string& target, const std::vector<std::string>& nested) {
  for (const auto& inner : nested) {
    const std::string path = below(target, inner);
    if (nested_.contains(path) || nested_.size() == nested_repositories_max) continue;
    const std::string directory = os::join(request_.source.top, path);
    const auto real = os::real_path(directory);
    if (!real || *real != directory) continue;  // swapped for a link meanwhile
    auto facts = read_repository_at(directory);
    if (facts && *facts) nested_.emplace(path, std::move(**facts));
  }
}

// False: there is no repository that could be used.
Result<bool> Preparation::write_nested_git(const std::string& path, const std::string& directory) {
  const auto found = nested_.find(path);
  if (found == nested_.end()) {
    notes_.add("nested repository without its .git, which could not be used", path);
    return false;
  }
  const GitFacts& facts = found->second;
  notes_.add("nested repository (submodule): commits in it do not land on the host", path);
  for (const auto& note : facts.notes) notes_.add_sentence(note);
  Notes ignored;  // the user's files have been read, and complained about, for the top
  auto settings = read_settings(request_.user, &facts.repository, ignored);
  const auto guarded = guarded_remotes(settings.remotes, request_.source.top);
  keep_remotes(guarded, path);
  TRY_STATUS(write_fresh_git(
      directory, {.facts = &facts,
                  .branch = "",
                  .config = git_config_text(settings, facts.repository.format, LocalRemote::absent, guarded),
                  .alternates = stores_.alternates_for(facts.repository),
                  .excludes = settings.excludes,
                  .owner = request_.owner}));
  return true;
}

}  // namespace bailey::workspace
