// How a sandbox's connections reach its gateway: the rules that init loads (init/network.h).
#pragma once

#include <string>

#include "base/result.h"
#include "sandbox/plan.h"

namespace bailey::sandbox {

// For `nft -f -`: DNS and TCP to anywhere are redirected to our sockets, everything else but loopback is refused with
// an ICMP answer, so that programs fail at once instead of waiting.
[[nodiscard]] std::string redirect_rules();

// With the nft(8) of the host, or an error with a remedy.
[[nodiscard]] Result<GatewayNetwork> gateway_network();

}  // namespace bailey::sandbox
