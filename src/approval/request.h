// What a human is asked, and what the answer was: plain values with a strict JSON codec.
//
// How it works. Whoever wants something that the policy leaves to a human (the push guard, the network, a landing)
// fills a Request with what it computed itself; what the agent wrote goes into `from_agent` and nowhere else. The same
// JSON is a line between the git service and the supervisor, a message to the terminal's client and a part of the file
// that keeps the request (entry.h).
//
// What it relies on. Whoever shows a text passes it through visible() (base/text.h): no field is safe for a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/read.h"
#include "json/value.h"

namespace bailey::approval {

inline constexpr std::uint64_t id_max = std::uint64_t{1} << 53;  // what JSON readers everywhere hold exactly
inline constexpr std::size_t kind_bytes_max = 32;
inline constexpr std::size_t title_bytes_max = 512;
inline constexpr std::size_t facts_max = 64;  // of each of the two lists
inline constexpr std::size_t label_bytes_max = 64;
inline constexpr std::size_t fact_bytes_max = 1'024;
inline constexpr std::size_t risk_bytes_max = 512;
inline constexpr std::size_t view_bytes_max = std::size_t{64} << 10;
inline constexpr std::size_t remember_bytes_max = 512;
inline constexpr std::size_t by_bytes_max = 64;
inline constexpr std::size_t action_bytes_max = std::size_t{64} << 10;  // as JSON
// Everything at its limit and escaped; readers refuse more.
inline constexpr std::size_t request_bytes_max = std::size_t{2} << 20;
inline constexpr json::ReadLimits request_read_limits{.bytes_max = request_bytes_max, .depth_max = 32};

enum class State { pending, approved, denied, expired };
enum class Scope {
  once,
  session  // every later request with the same `remember`, until it is revoked
};

struct Fact {
  std::string label;
  std::string text;
  bool operator==(const Fact&) const = default;
};

struct Request {
  std::string kind;              // "git-push", "git-fetch", "domain", "apply", "upload" …: [a-z][a-z0-9-]*
  std::string title;             // the action in plain words, ours: "push 3 commits to origin (github.com/o/r)"
  int tier = 3;                  // of the danger matrix, 1 … 3
  std::vector<Fact> context;     // commits, files, bytes, host, findings: ours
  std::vector<Fact> from_agent;  // what the agent wrote (subjects, reasons): shown escaped, bounded and marked
  std::string risk;              // one line
  std::string view;              // longer text for [v]iew; may be empty
  std::string remember;          // key of what "session" would allow: "git-push origin refs/heads/x"; empty: only once
  json::Value action;            // what an approval carries out when nobody waits for it any more; null: nothing
  bool operator==(const Request&) const = default;
};

struct Answer {
  State state = State::pending;
  Scope scope = Scope::once;
  std::string by;  // "terminal", "bailey approvals", "policy", "session", "expiry", "end"
  bool operator==(const Answer&) const = default;
};

// The words of JSON and of the command line.
[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::string_view to_string(Scope scope);
[[nodiscard]] std::optional<State> state_of(std::string_view word);
[[nodiscard]] std::optional<Scope> scope_of(std::string_view word);

[[nodiscard]] json::Value to_json(const Request& request);
// Unknown keys, wrong kinds and anything over a limit are errors. Lists, risk, view, remember and action may be absent.
[[nodiscard]] Result<Request> request_from_json(const json::Value& value);

[[nodiscard]] json::Value to_json(const Answer& answer);  // {"state":…,"scope":…,"by":…}
[[nodiscard]] Result<Answer> answer_from_json(const json::Value& value);

// Cut to the limits, visibly: long texts end in "…", a list that is too long in a fact that counts the rest. A key
// that is too long or can't be shown is dropped (then the answer is for once only); kind and action are left as they
// are, because half of an action means something else.
[[nodiscard]] Request fitted(Request request);
// What request_from_json() would refuse.
[[nodiscard]] Status check(const Request& request);

}  // namespace bailey::approval
