// What a push would do to a remote, and whether it may: values and pure functions. The summary is computed from the
// objects that arrived (push_survey.h), never from what the client says about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "git/oid.h"
#include "git/push_request.h"
#include "git/refs.h"
#include "policy/git_rule.h"

namespace bailey::git {

inline constexpr std::size_t publish_commands_max = 20'000;

enum class ChangeKind { create, fast_forward, force, remove };
[[nodiscard]] std::string_view name_of(ChangeKind kind);

struct RefChange {
  std::string ref;
  Oid old_oid;  // what the remote has now
  Oid new_oid;
  ChangeKind kind = ChangeKind::create;
  std::string type;                // of the new object: "commit", "tag", "tree", "blob"; empty when removed
  std::uint64_t lost_commits = 0;  // that the remote's ref has and the new one has not
};

// What a ref brings that the remote does not have: `base` (zero: nothing of it) against `tip`.
struct NewRange {
  Oid base;
  Oid tip;
};

struct PushSummary {
  std::vector<RefChange> changes;
  std::uint64_t commits = 0;          // that the remote does not have
  std::vector<std::string> authors;   // "name <mail>", each once
  std::vector<std::string> subjects;  // newest first
  std::uint64_t files = 0;
  std::uint64_t insertions = 0;
  std::uint64_t deletions = 0;
  std::vector<std::string> paths;     // touched, sorted
  std::vector<NewRange> ranges;       // of the branches whose files were looked at
  std::vector<std::string> findings;  // of the review, one line each
  std::uint64_t bytes = 0;            // of the pack
  std::uint64_t objects = 0;
  std::string view;  // log and diff, for whoever wants to look closer
};

// Before anything is received: are these commands that this remote can be asked for at all?
struct PublishFacts {
  ObjectFormat format = ObjectFormat::sha1;
  std::vector<Ref> refs;  // of the remote, sorted by name
  std::vector<Oid> known_shallow;
};
[[nodiscard]] PushDecision check_publish_request(const PushRequest& request, const PublishFacts& facts);

struct PublishPolicy {
  std::string remote;  // name
  std::string branch;  // the session's, short
  std::vector<policy::GitRule> rules;
};
struct PublishDecision {
  policy::GitAction action = policy::GitAction::prompt;
  std::string rule;                   // id; "default"
  std::string reason;                 // one sentence
  std::vector<std::string> callouts;  // what deserves a second look, in words; empty for plain work on the own branch
};
// The strictest answer over all changes; with no rule: prompt.
[[nodiscard]] PublishDecision decide_publish(const PushSummary& summary, const PublishPolicy& policy);
// A fetch; with no rule: allow.
[[nodiscard]] PublishDecision decide_remote_fetch(const PublishPolicy& policy);

// * stands for text without a slash, ** for any text.
[[nodiscard]] bool ref_matches(std::string_view glob, std::string_view ref);

}  // namespace bailey::git
