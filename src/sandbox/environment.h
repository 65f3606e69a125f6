// The agent's environment: made from nothing, plus an allow-list of the user's variables that carry no secret.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/rootfs.h"

namespace bailey::sandbox {

struct EnvironmentInput {
  std::vector<std::pair<std::string, std::string>> host;               // the user's own environment
  std::vector<std::string> passed;                                     // names the user granted besides
  std::vector<std::pair<std::string, std::string>> manifest;           // set by the agent's manifest
  std::vector<std::pair<std::string, std::string>> placeholders = {};  // for secrets; they win over what is passed
  std::string session;
  std::string branch;
  std::string network;
  bool push = true;
  bool through_gateway = false;
  std::string ssh_agent = {};  // SSH_AUTH_SOCK; empty: none
};

// "NAME=value", each name once; what the sandbox needs can't be overridden.
[[nodiscard]] std::vector<std::string> agent_environment(const EnvironmentInput& input, const Toolchains& toolchains);

}  // namespace bailey::sandbox
