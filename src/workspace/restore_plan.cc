#include "workspace/restore_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

using Kind = RestoreOperation::Kind;

// Names that a layer mentions in each directory.
std::map<std::string, std::set<std::string>> names_by_directory(const LayerEntries& entries) {
  std::map<std::string, std::set<std::string>> names;
  for (const auto& [path, entry] : entries) {
    const auto slash = path.rfind('/');
    names[slash == std::string::npos ? "" : path.substr(0, slash)].insert(
        slash == std::string::npos ? path : path.substr(slash + 1));
  }
  return names;
}

// What a layer shows at one path.
struct Shown {
  std::optional<LayerEntry> entry;  // nothing: no such name
  ContentFrom from = ContentFrom::nowhere;
  bool lower_below = false;  // a directory through which the lower layer's entries show
};

class Planner {
 public:
  Planner(const LayerEntries& then, const LayerEntries& now, const LowerLayer& lower, const SameBytes& same_bytes)
      : then_{then, names_by_directory(then)}, now_{now, names_by_directory(now)}, lower_(lower), same_(same_bytes) {}

  std::vector<PlannedOperation> plan() {
    const bool has_lower = static_cast<bool>(lower_.find);
    compare_directory("", has_lower, has_lower);
    auto operations = std::move(removals_);
    std::move(changes_.begin(), changes_.end(), std::back_inserter(operations));
    // A directory may have been made unwritable: the inner ones first.
    std::move(modes_.rbegin(), modes_.rend(), std::back_inserter(operations));
    return operations;
  }

 private:
  struct Layer {
    const LayerEntries& entries;
    std::map<std::string, std::set<std::string>> names;
  };

  Shown shown(const Layer& layer, const std::string& path, bool lower_shows) const {
    if (const auto found = layer.entries.find(path); found != layer.entries.end()) {
      const LayerEntry& entry = found->second;
      if (entry.kind == EntryKind::whiteout) return {};
      const bool through = lower_shows && entry.kind == EntryKind::directory && is_lower_directory(path);
      return {entry, ContentFrom::checkpoint, through};
    }
    if (!lower_shows) return {};
    auto entry = lower_.find(path);
    if (!entry) return {};
    const bool directory = is_directory(entry->kind);
    return {std::move(entry), ContentFrom::lower, directory};
  }

  [[nodiscard]] bool is_lower_directory(const std::string& path) const {
    const auto entry = lower_.find ? lower_.find(path) : std::nullopt;
    return entry && is_directory(entry->kind);
  }

  std::set<std::string> names_in(const std::string& path, bool lower_then, bool lower_now) const {
    std::set<std::string> names;
    for (const auto* layer : {&then_, &now_})
      if (const auto found = layer->names.find(path); found != layer->names.end())
        names.insert(found->second.begin(), found->second.end());
    if (lower_then != lower_now)
      for (auto& name : lower_.list(path)) names.insert(std::move(name));
    return names;
  }

  void compare_directory(const std::string& path, bool lower_then, bool lower_now) {
    for (const auto& name : names_in(path, lower_then, lower_now)) {
      const std::string inner = below(path, name);
      compare(inner, shown(then_, inner, lower_then), shown(now_, inner, lower_now));
    }
  }

  void compare(const std::string& path, const Shown& then, const Shown& now) {
    if (!then.entry) {
      if (now.entry) remove(path);
      return;
    }
    const LayerEntry& wanted = *then.entry;
    if (is_directory(wanted.kind)) return compare_directories(path, then, now);
    if (now.entry && is_directory(now.entry->kind)) remove(path);
    if (wanted.kind == EntryKind::file && !is_same_file(path, then, now)) write(path, then);
    if (wanted.kind == EntryKind::link &&
        (!now.entry || now.entry->kind != EntryKind::link || now.entry->target != wanted.target))
      changes_.push_back({{.kind = Kind::link, .path = path, .target = wanted.target}, ContentFrom::nowhere, {}});
  }

  void compare_directories(const std::string& path, const Shown& then, const Shown& now) {
    const bool is_there = now.entry && is_directory(now.entry->kind);
    if (now.entry && !is_there) remove(path);
    if (!is_there)
      changes_.push_back({{.kind = Kind::directory, .mode = 0700, .path = path}, ContentFrom::nowhere, {}});
    if (!is_there || now.entry->mode != then.entry->mode)
      modes_.push_back({{.kind = Kind::mode, .mode = then.entry->mode, .path = path}, ContentFrom::nowhere, {}});
    compare_directory(path, then.lower_below, is_there && now.lower_below);
  }

  bool is_same_file(const std::string& path, const Shown& then, const Shown& now) const {
    if (!now.entry || now.entry->kind != EntryKind::file) return false;
    if (then.from == ContentFrom::lower && now.from == ContentFrom::lower) return true;
    const LayerEntry& wanted = *then.entry;
    const LayerEntry& have = *now.entry;
    if (wanted.bytes != have.bytes || wanted.mtime_ns != have.mtime_ns || wanted.mode != have.mode) return false;
    if (then.from == now.from && is_untouched(wanted, have)) return true;
    return same_(path, then.from == ContentFrom::checkpoint ? wanted.hash : "");
  }

  void remove(const std::string& path) {
    removals_.push_back({{.kind = Kind::remove, .path = path}, ContentFrom::nowhere, {}});
  }

  void write(const std::string& path, const Shown& then) {
    changes_.push_back({{.kind = Kind::file,
                         .mode = then.entry->mode,
                         .mtime_ns = then.entry->mtime_ns,
                         .bytes = then.entry->bytes,
                         .path = path},
                        then.from,
                        then.entry->hash});
  }

  Layer then_;
  Layer now_;
  const LowerLayer& lower_;
  const SameBytes& same_;
  std::vector<PlannedOperation> removals_;
  std::vector<PlannedOperation> changes_;
  std::vector<PlannedOperation> modes_;
};

}  // namespace

std::vector<PlannedOperation> plan_restore(const LayerEntries& then, const LayerEntries& now, const LowerLayer& lower,
                                           const SameBytes& same_bytes) {
  return Planner(then, now, lower, same_bytes).plan();
}

}  // namespace bailey::workspace
