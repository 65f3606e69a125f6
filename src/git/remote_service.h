// What the service process of one connection gets to know about the remote that it serves. The supervisor passes it as
// a file in memory: addresses can hold a login, and arguments can be read by every user of the machine.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/guarded_remote.h"
#include "git/stand_in_search.h"
#include "json/value.h"
#include "policy/git_rule.h"

namespace bailey::git {

struct RemoteService {
  GuardedRemote remote;
  std::size_t index = 0;     // in the session's list: names its part of the quarantine
  std::string host_git_dir;  // to spare transfers; empty: none
  std::vector<policy::GitRule> rules;
  std::string refused;                  // not empty: every use is refused, and why (no network, --no-push)
  std::vector<StandIn> stand_ins = {};  // what no push may hold
};

[[nodiscard]] json::Value to_json(const RemoteService& service);
[[nodiscard]] Result<RemoteService> remote_service_from_json(const json::Value& value);
[[nodiscard]] json::Value to_json(const GuardedRemote& remote);
[[nodiscard]] Result<GuardedRemote> guarded_remote_from_json(const json::Value& value);
[[nodiscard]] json::Value to_json(const policy::GitRule& rule);
[[nodiscard]] Result<policy::GitRule> git_rule_from_json(const json::Value& value);

inline constexpr int remote_service_fd = 4;

}  // namespace bailey::git
