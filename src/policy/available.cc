#include <fmt/format.h>

#include "policy/plan.h"

namespace bailey::policy {

Status check_available(const SessionPlan& plan) {
  const auto& network = plan.network;
  if (network.value == Network::restricted) return {};
  return fail(fmt::format("network {}, set by {}", to_string(network.value), to_string(network.origin)),
              "it needs the gateway, which is not part of this version",
              network.origin.by.empty() ? "use --network restricted: the agent works without a network"
                                        : "add --network restricted, or use --profile development");
}

}  // namespace bailey::policy
