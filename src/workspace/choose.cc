#include "workspace/choose.h"

#include <algorithm>

namespace bailey::workspace {
namespace {

std::string amount(const Totals& totals) {
  std::string text = std::to_string(totals.entries) + " files";
  if (totals.bytes >> 20 != 0) text += ", " + std::to_string(totals.bytes >> 20) + " MiB";
  return text;
}

// The largest ignored directories, until what remains is cheap to copy.
std::vector<std::string> to_overlay(std::vector<IgnoredDirectory> ignored) {
  std::sort(ignored.begin(), ignored.end(), [](const auto& a, const auto& b) {
    if (a.totals.entries != b.totals.entries) return a.totals.entries > b.totals.entries;
    return a.path < b.path;
  });
  Totals rest;
  for (const auto& directory : ignored) {
    rest.entries += directory.totals.entries;
    rest.bytes += directory.totals.bytes;
  }
  std::vector<std::string> chosen;
  const auto take = [&](const IgnoredDirectory& directory) {
    if (chosen.size() == overlaid_directories_max) return;
    chosen.push_back(directory.path);
    rest.entries -= directory.totals.entries;
    rest.bytes -= directory.totals.bytes;
  };
  for (const auto& directory : ignored)
    if (rest.entries > ignored_entries_max ||
        (rest.bytes > ignored_bytes_max && directory.totals.bytes > ignored_bytes_max / overlaid_directories_max))
      take(directory);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::copy:
      return "copy";
    case Mode::overlay:
      return "overlay";
    case Mode::mixed:
      return "mixed";
  }
  return "copy";
}

bool is_small(const Totals& totals) {
  return totals.entries <= small_tree_entries_max && totals.bytes <= small_tree_bytes_max;
}

Result<Choice> choose(WantedMode wanted, const Survey& survey) {
  const bool possible = survey.overlay_obstacle.empty();
  if (wanted == WantedMode::copy) return Choice{Mode::copy, "as requested", {}};
  if (wanted == WantedMode::overlay) {
    if (possible) return Choice{Mode::overlay, "as requested", {}};
    return fail("workspace as an overlay", survey.overlay_obstacle, survey.overlay_remedy);
  }
  const bool large = survey.tracked > copied_entries_max || survey.edited.entries > copied_entries_max ||
                     survey.edited.bytes > copied_bytes_max;
  if (large) {
    const auto size = amount({std::max(survey.tracked, survey.edited.entries), survey.edited.bytes});
    if (possible) return Choice{Mode::overlay, "the tree is large (" + size + ")", {}};
    return Choice{
        Mode::copy, "the tree is large (" + size + "), but no overlay is possible: " + survey.overlay_obstacle, {}};
  }
  auto overlaid = to_overlay(survey.ignored);
  if (overlaid.empty()) return Choice{Mode::copy, "the tree is small enough to copy", {}};
  if (!possible) return Choice{Mode::copy, "no overlay is possible: " + survey.overlay_obstacle, {}};
  const std::string count = std::to_string(overlaid.size());
  return Choice{Mode::mixed,
                count + (overlaid.size() == 1 ? " large ignored directory is an overlay"
                                              : " large ignored directories are overlays"),
                std::move(overlaid)};
}

}  // namespace bailey::workspace
