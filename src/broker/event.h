// What a broker tells the supervisor for the log: one line of JSON for each use, {"event":{…}}. Never a value.
#pragma once

#include <string>

#include "base/result.h"
#include "credentials/credential_decision.h"
#include "json/value.h"

namespace bailey::broker {

enum class Act { git_get, ssh_sign, commit_sign };
inline constexpr std::string_view act_words[] = {"git_get", "ssh_sign", "commit_sign"};

// given: it was handed out or signed. refused: by the rules, or it is nothing that could be given. denied: by a human.
// failed: the user's own program could not do it.
enum class Outcome { given, refused, denied, failed };
inline constexpr std::string_view outcome_words[] = {"given", "refused", "denied", "failed"};

struct Event {
  Act act = Act::git_get;
  Outcome outcome = Outcome::refused;
  std::string rule;
  std::string by;   // who answered, when a human was asked
  std::string key;  // a fingerprint, a gpg key id
  std::string host;
  std::string path;    // of the repository
  std::string user;    // who logs in
  std::string commit;  // that was signed
  std::string reason;  // why not
  bool operator==(const Event&) const = default;
};

inline constexpr std::string_view event_line_start = R"({"event":)";
[[nodiscard]] std::string event_line(const Event& event);
// Of the value of "event".
[[nodiscard]] Result<Event> event_from_json(const json::Value& value);

}  // namespace bailey::broker
