#include "policy/merge.h"

#include <algorithm>

namespace bailey::policy {
namespace {

// The bound's place and whether `entry` is outside of it. Every file of the administrator that has the list must cover
// the entry.
const Values* uncovering_bound(const ListKey& key, const Layers& layers, std::string_view entry) {
  for (const auto& values : layers.bounds) {
    const auto& bound = values.*key.given;
    if (!bound) continue;
    const auto covered = std::ranges::any_of(
        *bound, [&](const Given<std::string>& allowed) { return key.covers(allowed.value, entry); });
    if (!covered) return &values;
  }
  return nullptr;
}

std::string shown(const Values::List& bound) {
  std::string text;
  for (const auto& entry : *bound) text += (text.empty() ? "" : ", ") + entry.value;
  return text.empty() ? "nothing" : text;
}

std::string place_of(const Values::List& bound) { return bound->empty() ? "an empty list" : bound->front().place; }

}  // namespace

std::unexpected<Error> fail_beyond_bound(std::string_view key, std::string_view value, const Origin& origin,
                                         std::string_view bound, std::string_view bound_place) {
  return fail(fmt::format("{} {}", origin.place, value),
              fmt::format("the administrator allows {} for {} ({})", bound, key, bound_place),
              fmt::format("leave {} out or stay within that", origin.place));
}

void note_beyond_bound(Notes& notes, std::string_view key, std::string_view value, const Origin& origin,
                       std::string_view bound, std::string_view bound_place) {
  notes.push_back(fmt::format("{}: {} from {} is beyond what the administrator allows; it is {} ({})", key, value,
                              to_string(origin), bound, bound_place));
}

void note_project(Notes& notes, std::string_view key, std::string_view value, const Origin& origin,
                  ProjectRights rights) {
  notes.push_back(fmt::format("{}: {} from {} is ignored: {}", key, value, to_string(origin),
                              rights == ProjectRights::never_loosen
                                  ? "a repository cannot set this, it belongs into the user's configuration or a flag"
                                  : "a repository can only tighten the policy (`bailey trust` changes that)"));
}

Result<std::vector<Setting<std::string>>> merge_list(const ListKey& key, const Layers& layers, Notes& notes) {
  std::vector<Setting<std::string>> list;
  const auto known = [&](std::string_view entry) {
    return std::ranges::any_of(list, [&](const Setting<std::string>& setting) { return setting.value == entry; });
  };
  for (const auto& layer : layers.layers) {
    const auto& given = layer.values.*key.given;
    if (!given) continue;
    for (const auto& entry : *given) {
      if (known(entry.value)) continue;
      const Origin origin{layer.layer, entry.place, layer.by};
      const auto ignored = layer.layer == Layer::project &&
                           (layers.project_trust == Trust::untrusted || key.project == ProjectRights::never_loosen);
      if (ignored) {
        note_project(notes, key.name, entry.value, origin, key.project);
        continue;
      }
      if (const auto* bound = uncovering_bound(key, layers, entry.value)) {
        const auto& allowed = bound->*key.given;
        if (layer.layer == Layer::flags) {
          return fail_beyond_bound(key.name, entry.value, origin, shown(allowed), place_of(allowed));
        }
        notes.push_back(fmt::format("{}: {} from {} is left out: the administrator allows {} ({})", key.name,
                                    entry.value, to_string(origin), shown(allowed), place_of(allowed)));
        continue;
      }
      list.push_back({entry.value, origin});
    }
  }
  return list;
}

}  // namespace bailey::policy
