// How large the tree is, and what of it is ignored: the facts that choose() decides by.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "os/files.h"
#include "workspace/copy_file.h"
#include "workspace/ignored.h"
#include "workspace/preparation.h"
#include "workspace/scan.h"

namespace bailey::workspace {
namespace {

// A count beyond which the exact number makes no difference to the choice.
constexpr std::size_t survey_entries_max = std::max(copied_entries_max, ignored_entries_max) * 2;

bool on_same_file_system(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev;
}

Totals totals_of(const TreeFindings& found) { return {found.entries, found.bytes}; }

// Can this directory's file system hold an upper layer?
bool can_hold_upper(const std::string& directory) {
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) return false;
  if (status.f_type == OVERLAYFS_SUPER_MAGIC || status.f_type == NFS_SUPER_MAGIC) return false;
  constexpr const char* probe = "user.overlay.bailey-probe";
  if (::setxattr(directory.c_str(), probe, "y", 1, 0) != 0) return false;
  ::removexattr(directory.c_str(), probe);
  return true;
}

}  // namespace

Result<Choice> Preparation::choose_mode() {
  if (request_.source.kind == SourceKind::bare)
    return Choice{Mode::copy, "a bare repository has no files yet: its last commit is checked out", {}};
  if (request_.mode == WantedMode::copy) return choose(request_.mode, {});
  return choose(request_.mode, TRY(survey()));
}

std::pair<std::string, std::string> Preparation::overlay_obstacle() const {
  constexpr const char* copy_instead = "use --workspace copy";
  if (request_.overlay == OverlaySupport::unavailable)
    return {"overlay mounts are not available to this sandbox", "bailey doctor tells why; or use --workspace copy"};
  struct stat status {};
  if (::stat(request_.source.top.c_str(), &status) != 0) return {"the tree can't be looked at", copy_instead};
  const uid_t agent = request_.owner ? request_.owner->uid : ::geteuid();
  if (request_.overlay == OverlaySupport::same_owner && status.st_uid != agent)
    return {"the tree belongs to another user (uid " + std::to_string(status.st_uid) + ") than the sandbox runs as",
            "run bailey as that user, or use --workspace copy"};
  if (!relative_to(request_.source.top, request_.session_directory).empty())
    return {"bailey's state directory is inside the tree", "set XDG_STATE_HOME elsewhere, or use --workspace copy"};
  if (!can_hold_upper(request_.session_directory))
    return {"the state directory's file system can't hold the upper layer of an overlay",
            "set XDG_STATE_HOME to a directory on ext4, xfs or btrfs, or use --workspace copy"};
  return {};
}

Result<Survey> Preparation::survey() {
  Survey survey;
  std::tie(survey.overlay_obstacle, survey.overlay_remedy) = overlay_obstacle();
  if (request_.mode == WantedMode::overlay) return survey;
  if (has_repository()) survey.tracked = tracked_count(request_.source.repository);
  if (survey.tracked > copied_entries_max) return survey;
  const bool cloned =
      on_same_file_system(request_.source.top, request_.session_directory) && can_reflink(request_.session_directory);
  ScanRequest scan{.top = request_.source.top,
                   .rules = {.left_out = rules_.left_out},
                   .sizes = cloned ? Sizes::unknown : Sizes::counted,
                   .entries_max = survey_entries_max};
  survey.edited = totals_of(TRY(scan_tree(scan)));
  if (is_small(survey.edited) || !survey.overlay_obstacle.empty() || !has_repository() || request_.git == nullptr)
    return survey;
  survey.ignored = TRY(survey_ignored(scan.sizes));
  for (const auto& directory : survey.ignored) scan.rules.left_empty.insert(directory.path);
  survey.edited = totals_of(TRY(scan_tree(scan)));
  return survey;
}

Result<std::vector<IgnoredDirectory>> Preparation::survey_ignored(Sizes sizes) {
  TRY_STATUS(os::make_directories(workspace(), 0700));
  TRY_STATUS(write_root_git(os::join(workspace(), ".git")));
  staged_git_ = true;
  const auto paths = ignored_directories(*request_.git, prepared_.git_dir, request_.source.top);
  std::vector<IgnoredDirectory> ignored;
  if (!paths) {
    notes_.add_sentence("git could not say what is ignored here, so everything is copied: " + paths.error().why);
    return ignored;
  }
  for (const auto& path : *paths) {
    const auto found = scan_tree(
        {.top = os::join(request_.source.top, path), .rules = {}, .sizes = sizes, .entries_max = survey_entries_max});
    if (found) ignored.push_back({path, totals_of(*found)});
  }
  return ignored;
}

}  // namespace bailey::workspace
