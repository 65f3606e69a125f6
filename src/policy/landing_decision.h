// What of a branch or of exported files may reach the user's files without a further word: pure.
//
// How it works. Each finding of the auto-executing class is held until it is accepted by itself (its path), by its
// rule, or by the configuration. A path that the configuration calls protected is held as well, found or not, and
// accepting is not enough for it: it must be confirmed by its exact path, so that no habit of pressing a key lets it
// through.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::policy {

struct LandingFinding {
  std::string rule_id;
  std::string path;  // any bytes
  std::uint32_t line = 0;
  std::string why;
  std::string look;     // how to look closer
  std::string excerpt;  // safe to show
};

// From the configuration, all layers.
struct LandingRules {
  std::vector<std::string> protected_paths;  // path_pattern.h
  std::vector<std::string> accepted;         // "RULE" or "RULE:PATTERN"; RULE may be "*" with a pattern
};

// What the user has said: on the command line or on the terminal.
struct LandingWords {
  std::vector<std::string> accepted_paths;
  std::vector<std::string> accepted_rules;
  std::vector<std::string> confirmed_paths;
};

enum class LandingState { accepted, open, unconfirmed };
struct LandingItem {
  LandingFinding finding;
  LandingState state = LandingState::open;
  std::string by;            // accepted: by what
  std::string protected_by;  // the pattern; empty: not protected
};

// One item a finding, then one a changed path that is protected without a finding; in the order given.
[[nodiscard]] std::vector<LandingItem> decide_landing(const std::vector<LandingFinding>& findings,
                                                      const std::vector<std::string>& changed,
                                                      const LandingRules& rules, const LandingWords& words);

[[nodiscard]] bool all_decided(const std::vector<LandingItem>& items);

}  // namespace bailey::policy
