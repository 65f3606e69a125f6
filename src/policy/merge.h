// How one key's values meet, layer by layer. Used by resolve() only.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/layer_files.h"
#include "policy/values.h"

namespace bailey::policy {

struct LayerValues {
  Layer layer = Layer::user;
  Values values;
  std::string by;  // "profile review" for the values of one
};

struct Layers {
  std::vector<Values> bounds;       // the administrator's files
  std::vector<LayerValues> layers;  // in order of application
  Trust project_trust = Trust::untrusted;
};

// Whether a trusted project has the user's say for a key, or never more than to tighten.
enum class ProjectRights { as_trusted, never_loosen };

using Notes = std::vector<std::string>;

[[nodiscard]] std::unexpected<Error> fail_beyond_bound(std::string_view key, std::string_view value,
                                                       const Origin& origin, std::string_view bound,
                                                       std::string_view bound_place);
void note_beyond_bound(Notes& notes, std::string_view key, std::string_view value, const Origin& origin,
                       std::string_view bound, std::string_view bound_place);
void note_project(Notes& notes, std::string_view key, std::string_view value, const Origin& origin,
                  ProjectRights rights);

// A key whose values have an order, from strict to loose.
template <typename T>
struct OrderedKey {
  std::string_view name;
  std::optional<Given<T>> Values::*given;
  T initial;
  std::function<std::string(const T&)> show;
  ProjectRights project = ProjectRights::as_trusted;
};

template <typename T>
std::optional<Given<T>> strictest_bound(const OrderedKey<T>& key, const Layers& layers) {
  std::optional<Given<T>> strictest;
  for (const auto& values : layers.bounds) {
    const auto& given = values.*key.given;
    if (given && (!strictest || given->value < strictest->value)) strictest = given;
  }
  return strictest;
}

template <typename T>
Result<Setting<T>> merge_ordered(const OrderedKey<T>& key, const Layers& layers, Notes& notes) {
  const auto bound = strictest_bound(key, layers);
  Setting<T> now{key.initial, {}};
  if (bound && bound->value < now.value) now = {bound->value, {Layer::administrator, bound->place, {}}};
  for (const auto& layer : layers.layers) {
    const auto& given = layer.values.*key.given;
    if (!given) continue;
    const Origin origin{layer.layer, given->place, layer.by};
    const auto only_tightens = layer.layer == Layer::project &&
                               (layers.project_trust == Trust::untrusted || key.project == ProjectRights::never_loosen);
    if (only_tightens && !(given->value < now.value)) {
      if (now.value < given->value) note_project(notes, key.name, key.show(given->value), origin, key.project);
      continue;
    }
    if (bound && bound->value < given->value) {
      if (layer.layer == Layer::flags) {
        return fail_beyond_bound(key.name, key.show(given->value), origin, key.show(bound->value), bound->place);
      }
      note_beyond_bound(notes, key.name, key.show(given->value), origin, key.show(bound->value), bound->place);
      now = {bound->value, {Layer::administrator, bound->place, {}}};
      continue;
    }
    now = {given->value, origin};
  }
  return now;
}

// A key without an order: the administrator's value, where there is one, is everybody's. Never the project's.
template <typename T>
struct FixedKey {
  std::string_view name;
  std::optional<Given<T>> Values::*given;
  T initial;
  std::function<std::string(const T&)> show;
};

template <typename T>
Result<Setting<T>> merge_fixed(const FixedKey<T>& key, const Layers& layers, Notes& notes) {
  Setting<T> now{key.initial, {}};
  std::optional<Given<T>> fixed;
  for (const auto& values : layers.bounds) {
    const auto& given = values.*key.given;
    if (!given) continue;
    if (fixed && fixed->value != given->value) {
      return fail(given->place, fmt::format("{} differs from the value at {}", key.name, fixed->place),
                  "the administrator's files must agree on it");
    }
    fixed = given;
  }
  if (fixed) now = {fixed->value, {Layer::administrator, fixed->place, {}}};
  for (const auto& layer : layers.layers) {
    const auto& given = layer.values.*key.given;
    if (!given || given->value == now.value) continue;
    const Origin origin{layer.layer, given->place, layer.by};
    if (layer.layer == Layer::project) {
      note_project(notes, key.name, key.show(given->value), origin, ProjectRights::never_loosen);
    } else if (!fixed) {
      now = {given->value, origin};
    } else if (layer.layer == Layer::flags) {
      return fail_beyond_bound(key.name, key.show(given->value), origin, key.show(fixed->value), fixed->place);
    } else {
      note_beyond_bound(notes, key.name, key.show(given->value), origin, key.show(fixed->value), fixed->place);
    }
  }
  return now;
}

// A list to which layers add. The administrator's entries add nothing: they bound what can be added.
struct ListKey {
  std::string_view name;
  Values::List Values::*given;
  // Whether what `entry` gives is within what `bound` gives.
  bool (*covers)(std::string_view bound, std::string_view entry);
  ProjectRights project = ProjectRights::as_trusted;
};
[[nodiscard]] Result<std::vector<Setting<std::string>>> merge_list(const ListKey& key, const Layers& layers,
                                                                   Notes& notes);

// Rules whose order counts, first match wins: where layers give them, where they come together, and which of them
// permit something.
template <typename Rule>
struct RuleKey {
  std::vector<Given<Rule>> Values::*given;
  std::vector<Setting<Rule>> SessionPlan::*merged;
  bool (*permits)(const Rule&);
};

template <typename Rule, typename Choose>
void add_rules(const RuleKey<Rule>& key, const Layers& layers, Layer layer, SessionPlan& plan, Choose is_chosen) {
  for (const auto& values : layers.layers) {
    if (values.layer != layer) continue;
    for (const auto& [rule, place] : values.values.*key.given)
      if (is_chosen(rule)) (plan.*key.merged).push_back({rule, {layer, place, values.by}});
  }
}

// The administrator's, then what the project refuses or asks about (it may always tighten), then the user's.
template <typename Rule>
void merge_rules(const RuleKey<Rule>& key, const Layers& layers, SessionPlan& plan) {
  for (const auto& bound : layers.bounds)
    for (const auto& [rule, place] : bound.*key.given)
      (plan.*key.merged).push_back({rule, {Layer::administrator, place, {}}});
  add_rules(key, layers, Layer::project, plan, [&](const Rule& rule) { return !key.permits(rule); });
  add_rules(key, layers, Layer::user, plan, [](const Rule&) { return true; });
}

}  // namespace bailey::policy
