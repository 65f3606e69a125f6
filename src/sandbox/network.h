// How a sandbox's connections reach its gateway: the rules that init loads (init/network.h).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/plan.h"

namespace bailey::sandbox {

inline constexpr std::string_view rules_table = "bailey";

// For `nft -f -`: DNS and TCP to anywhere are redirected to our sockets, everything else but loopback is refused with
// an ICMP answer, so that programs fail at once instead of waiting, and counted by kind (refused_traffic.h).
[[nodiscard]] std::string redirect_rules();

// With the nft(8) of the host, or an error with a remedy.
[[nodiscard]] Result<GatewayNetwork> gateway_network();

}  // namespace bailey::sandbox
