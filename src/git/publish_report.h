// The one line of JSON that the supervisor gets about a push to a remote or a fetch from it; it becomes an audit event.
// Never a login: refs, object names, numbers and our own words.
#pragma once

#include <cstdint>
#include <string>

#include "git/held_push.h"
#include "git/publish_decision.h"

namespace bailey::git {

inline constexpr std::size_t reported_refs_max = 50;

enum class PublishEnd {
  refused,    // by the guard or by a rule: nothing reached the remote
  denied,     // by the human, or it expired
  held,       // nobody waits any more, and nothing is decided
  published,  // the remote took at least one ref
  failed,     // it was allowed, but the remote took nothing
  fetched,
};
[[nodiscard]] std::string_view name_of(PublishEnd end);

struct PublishReport {
  std::string op = "push";  // or "fetch"
  std::string remote;       // GuardedRemote::title()
  std::string label;        // host and path
  PublishEnd end = PublishEnd::refused;
  std::string rule;
  std::string reason;
  std::string by;  // who approved or denied
  PushSummary summary;
  PushOutcome outcome;
};

// {"op","remote","label","end","rule","reason","by","commits","files","bytes","objects","force","delete","ref_count",
//  "refs":[{"ref","old","new","kind","outcome"}]}; the first reported_refs_max refs.
[[nodiscard]] std::string to_line(const PublishReport& report);

}  // namespace bailey::git
