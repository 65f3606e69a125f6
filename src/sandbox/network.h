// How a sandbox's connections reach its gateway: the rules that init loads (init/network.h).
#pragma once

#include <string>
#include <string_view>

namespace bailey::sandbox {

inline constexpr std::string_view rules_table = "bailey";

// A batch for nfnetlink (nf_tables.h): DNS and TCP to anywhere are redirected to our sockets, everything else but
// loopback is refused with an ICMP answer, so that programs fail at once instead of waiting, and counted by kind
// (refused_traffic.h).
[[nodiscard]] std::string redirect_rules();

}  // namespace bailey::sandbox
