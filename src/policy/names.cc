#include <fmt/format.h>

#include "policy/plan.h"

namespace bailey::policy {

std::string_view to_string(Layer layer) {
  static constexpr std::string_view names[] = {"built in", "administrator", "user", "project", "flags"};
  return names[static_cast<std::size_t>(layer)];
}

std::string to_string(const Origin& origin) {
  const auto layer = to_string(origin.layer);
  if (origin.place.empty() && origin.by.empty()) return std::string(layer);
  if (origin.by.empty()) return fmt::format("{} ({})", layer, origin.place);
  if (origin.place.empty()) return fmt::format("{} ({})", layer, origin.by);
  return fmt::format("{} ({}, {})", layer, origin.place, origin.by);
}

std::string_view to_string(Network value) { return network_words[static_cast<std::size_t>(value)]; }
std::string_view to_string(Profile value) { return profile_words[static_cast<std::size_t>(value)]; }
std::string_view to_string(Push value) { return value == Push::yes ? "yes" : "no"; }
std::string_view to_string(WorkspaceMode value) { return workspace_words[static_cast<std::size_t>(value)]; }
std::string_view to_string(Approvals value) { return approvals_words[static_cast<std::size_t>(value)]; }
std::string_view to_string(Attach value) { return value == Attach::yes ? "yes" : "no"; }

std::string_view to_string(BranchChoice value) {
  static constexpr std::string_view names[] = {"named", "automatic", "current"};
  return names[static_cast<std::size_t>(value)];
}

Network network_of(std::size_t word) {
  static constexpr Network values[] = {Network::restricted, Network::proxy, Network::allow_all, Network::restricted,
                                       Network::proxy};
  return values[word];
}

}  // namespace bailey::policy
