// What the rules of the network have refused, counted by the kernel: UDP that is not DNS, ICMP, and whatever is neither
// TCP nor one of these.
//
// How it works. Each kind has a named counter in the rules (network.h). init makes a netlink socket inside the network
// namespace and hands it over; through it the kernel is asked for the counters, nft_obj in linux/netfilter/nf_tables.h.
// Reading needs CAP_NET_ADMIN for the namespace, which whoever created the sandbox has and nobody inside has. The
// answer holds numbers and our own names, nothing that the agent wrote, and asking costs the same however much was
// refused: a flood of packets is one larger number.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace bailey::sandbox {

struct RefusedKind {
  std::string_view counter;   // its name in the rules
  std::string_view protocol;  // its name in the log
};
inline constexpr std::array<RefusedKind, 4> refused_kinds = {{{"refused_quic", "quic"},  // UDP to port 443
                                                              {"refused_udp", "udp"},
                                                              {"refused_icmp", "icmp"},
                                                              {"refused_other", "other"}}};

struct TrafficCount {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const TrafficCount&, const TrafficCount&) = default;
};
using RefusedTraffic = std::array<TrafficCount, refused_kinds.size()>;  // in the order of refused_kinds

inline constexpr std::size_t counters_datagram_bytes_max = std::size_t{16} << 10;

enum class Dump { goes_on, complete };
// Reads one datagram of the kernel's answer; counters that are not ours are passed over. Pure.
[[nodiscard]] Result<Dump> parse_counters(std::string_view datagram, RefusedTraffic& counted);
// Since the namespace was made. Never waits: the kernel answers within the call.
[[nodiscard]] Result<RefusedTraffic> read_refused_traffic(int netlink);
// How much each has grown. A counter that went backwards counts from nothing.
[[nodiscard]] RefusedTraffic growth(const RefusedTraffic& before, const RefusedTraffic& now);

}  // namespace bailey::sandbox
