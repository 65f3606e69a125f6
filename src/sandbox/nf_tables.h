// A table of nftables as one batch of netlink messages (linux/netfilter/nf_tables.h), which the kernel takes as a whole
// or not at all. Pure: init sends it (init/network.h).
//
// Why not nft(8): loading it and its libraries takes longer than everything else in a start, and a session would need a
// program that not every machine has. What we need of the language is a handful of expressions; `nft list ruleset` in
// the namespace shows what they say, and a test compares that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sandbox/netlink_writer.h"

namespace bailey::sandbox::nf {

// Encoded expressions; a rule is several of them, one after the other. A match that fails ends its rule.
using Expressions = std::string;
[[nodiscard]] Expressions protocol_is(std::uint8_t ip_protocol);  // meta l4proto
[[nodiscard]] Expressions port_is(std::uint16_t port);            // th dport; after protocol_is()
[[nodiscard]] Expressions to_address4(std::string_view prefix);   // ip daddr: 1 … 4 bytes in network order
[[nodiscard]] Expressions to_address6(std::string_view address);  // ip6 daddr: 16 bytes
[[nodiscard]] Expressions count_in(std::string_view counter);     // counter name
[[nodiscard]] Expressions redirect_to(std::uint16_t port);        // redirect to :port; only in a chain of type nat
[[nodiscard]] Expressions refuse();                               // reject with icmpx admin-prohibited
[[nodiscard]] Expressions accept();
[[nodiscard]] Expressions leave_chain();  // return

// A table of family inet.
class Table {
 public:
  explicit Table(std::string_view name);
  void counter(std::string_view name);
  // Of the hook `output`, policy accept; `type`: "nat" or "filter".
  void chain(std::string_view name, std::string_view type, int priority);
  void rule(std::string_view chain, const Expressions& expressions);
  // The batch. Its last message but one asks for an answer: errors of those before it have come by then.
  [[nodiscard]] std::string batch();

 private:
  void begin(std::uint16_t message, std::uint16_t flags);

  std::string name_;
  NetlinkWriter writer_;
};

}  // namespace bailey::sandbox::nf
