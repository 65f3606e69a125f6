// A push that is in the quarantine and waits for a decision: which object each ref of the remote shall get, and which
// one it was seen to have. Written down before anybody is asked, so that it can be carried out by whoever is there when
// the answer comes: the process that asked, the supervisor after the client went away, or `bailey approvals approve`
// after the supervisor was killed.
//
// What it relies on: the quarantine is ours alone. The objects are held by refs below refs/bailey/held/<id>/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"
#include "git/remote_runner.h"
#include "json/value.h"

namespace bailey::git {

struct HeldRef {
  std::string ref;
  Oid old_oid;  // zero: it did not exist
  Oid new_oid;  // zero: delete it
  bool operator==(const HeldRef&) const = default;
};

struct HeldPush {
  std::string id;      // 32 hexadecimal digits
  std::string remote;  // key (guarded_remote.h)
  std::vector<HeldRef> refs;
  bool operator==(const HeldPush&) const = default;
};

[[nodiscard]] Result<std::string> new_held_id();
[[nodiscard]] std::string held_prefix(std::string_view id);  // "refs/bailey/held/<id>/"

[[nodiscard]] Status save_held(const std::string& quarantine, const HeldPush& held);
[[nodiscard]] Result<HeldPush> load_held(const std::string& quarantine, std::string_view id);
// The file and the refs. What is gone already is no error.
[[nodiscard]] Status drop_held(const std::string& quarantine, std::string_view id);

// What an approval carries (approval::Request::action): {"held":…,"remote":…}.
[[nodiscard]] json::Value held_action(const HeldPush& held);
[[nodiscard]] Result<HeldPush> held_of_action(const std::string& quarantine, const json::Value& action);

struct PushOutcome {
  std::vector<std::string> refusals;  // of each ref; empty: the remote took it
  [[nodiscard]] std::size_t taken() const;
};
// Pushes exactly these objects, and each ref only if the remote still has there what was seen (--force-with-lease).
// An error: nothing is known to have been taken. `on_line`: what git and the remote say meanwhile.
[[nodiscard]] Result<PushOutcome> publish(const RemoteRunner& remote, const HeldPush& held,
                                          const RemoteRunner::OnLine& on_line = {});

// One line of `git push --porcelain`; nullopt: it is about no ref.
struct PorcelainLine {
  std::string ref;
  std::string refusal;  // empty: taken
};
[[nodiscard]] std::optional<PorcelainLine> parse_porcelain(std::string_view line);

}  // namespace bailey::git
