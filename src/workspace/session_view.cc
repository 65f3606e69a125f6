#include "workspace/session_view.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "os/files.h"
#include "workspace/directory_entries.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

std::optional<struct stat> status_beneath(int root, const std::string& path) {
  struct stat status {};
  if (path.empty()) return ::fstat(root, &status) == 0 ? std::optional(status) : std::nullopt;
  const auto opened = os::open_beneath(root, path, O_PATH | O_NOFOLLOW);
  if (!opened || ::fstat(opened->get(), &status) != 0) return std::nullopt;
  return status;
}

bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0); }

bool is_opaque(int root, const std::string& path) {
  const auto directory = open_tree_directory(root, path);
  char value = 0;
  return directory && ::fgetxattr(directory->get(), "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

Status add_names(int root, const std::string& path, std::set<std::string>& names) {
  const auto directory = open_tree_directory(root, path);
  if (!directory) return {};
  std::array<char, directory_buffer_bytes> buffer;
  bool too_many = false;
  TRY_STATUS(for_each_entry(directory->get(), buffer, [&](const char* name, unsigned char) {
    if (names.size() < view_names_max) names.emplace(name);
    else too_many = true;
  }));
  if (too_many) return fail("list '" + path + "'", "it has more than " + std::to_string(view_names_max) + " entries");
  return {};
}

}  // namespace

Result<SessionView> SessionView::open(const Prepared& prepared) {
  SessionView view;
  const auto directory = [](const std::string& path) {
    return os::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  };
  for (const auto& overlay : prepared.overlays)
    view.places_.push_back({overlay.target, TRY(directory(overlay.upper)), TRY(directory(overlay.lower))});
  if (!prepared.root.empty()) view.places_.push_back({"", TRY(directory(prepared.root)), Fd()});
  std::stable_sort(view.places_.begin(), view.places_.end(),
                   [](const Place& a, const Place& b) { return a.target.size() > b.target.size(); });
  return view;
}

SessionView::Inside SessionView::place_of(const std::string& path) const {
  for (const auto& place : places_) {
    if (place.target.empty()) return {&place, path};
    if (path == place.target) return {&place, ""};
    if (path.starts_with(place.target + '/')) return {&place, path.substr(place.target.size() + 1)};
  }
  return {};
}

Result<SessionView::Walked> SessionView::walk(const Place& place, const std::string& path) {
  Walked walked;
  if (!place.lower) {
    walked.upper = status_beneath(place.upper.get(), path);
    walked.lower = Lower::hidden;
    return walked;
  }
  std::size_t end = 0;
  while (true) {
    const std::string prefix = path.substr(0, end);
    const auto status = status_beneath(place.upper.get(), prefix);
    if (!status) return walked;  // the upper layer says nothing from here on
    if (is_whiteout(*status)) {
      walked.lower = Lower::hidden;
      walked.whited_out = true;
      return walked;
    }
    const bool last = end == path.size();
    if (!S_ISDIR(status->st_mode) || is_opaque(place.upper.get(), prefix)) walked.lower = Lower::hidden;
    if (last) {
      walked.upper = status;
      return walked;
    }
    const auto slash = path.find('/', end == 0 ? 0 : end + 1);
    end = slash == std::string::npos ? path.size() : slash;
  }
}

Result<std::optional<SessionView::Found>> SessionView::find(const std::string& path) const {
  const Inside inside = place_of(path);
  if (inside.place == nullptr) return std::optional<Found>();
  const auto walked = TRY(walk(*inside.place, inside.path));
  if (walked.upper) return Found{inside.place->upper.get(), inside.path, *walked.upper};
  if (walked.lower == Lower::hidden) return std::optional<Found>();
  if (const auto status = status_beneath(inside.place->lower.get(), inside.path))
    return Found{inside.place->lower.get(), inside.path, *status};
  return std::optional<Found>();
}

Result<std::vector<std::string>> SessionView::list(const std::string& path) const {
  const Inside inside = place_of(path);
  std::set<std::string> names;
  if (inside.place == nullptr) return std::vector<std::string>();
  const auto walked = TRY(walk(*inside.place, inside.path));
  if (walked.upper && S_ISDIR(walked.upper->st_mode))
    TRY_STATUS(add_names(inside.place->upper.get(), inside.path, names));
  if (walked.lower == Lower::visible) TRY_STATUS(add_names(inside.place->lower.get(), inside.path, names));
  std::vector<std::string> seen;
  for (const auto& name : names)
    if (TRY(find(below(path, name)))) seen.push_back(name);
  return seen;
}

}  // namespace bailey::workspace
