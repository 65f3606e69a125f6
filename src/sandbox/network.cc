#include "sandbox/network.h"

#include <arpa/inet.h>
#include <linux/netfilter_ipv4.h>

#include "init/protocol.h"
#include "sandbox/nf_tables.h"
#include "sandbox/refused_traffic.h"

namespace bailey::sandbox {
namespace {

constexpr std::string_view to_gateway = "to_gateway";
constexpr std::string_view refused = "refused";
constexpr std::string_view loopback4("\x7f", 1);  // 127.0.0.0/8
constexpr std::string_view loopback6("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);

std::string address(int family, const char* text) {
  char bytes[sizeof(in6_addr)] = {};
  ::inet_pton(family, text, bytes);
  return {bytes, family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr)};
}

// What is meant for our own sockets, by their own address.
void add_own(nf::Table& table, std::string_view chain, const nf::Expressions& verdict) {
  for (const auto& own : {nf::to_address4(loopback4), nf::to_address4(address(AF_INET, init::source_address4)),
                          nf::to_address6(loopback6), nf::to_address6(address(AF_INET6, init::source_address6))})
    table.rule(chain, own + verdict);
}

void add_refusals(nf::Table& table) {
  // What is left of connections that the kernel has forgotten already; a new one never gets here.
  table.rule(refused, nf::protocol_is(IPPROTO_TCP) + nf::refuse());
  const auto count = [&](const nf::Expressions& condition, std::size_t kind) {
    table.rule(refused, condition + nf::count_in(refused_kinds[kind].counter) + nf::refuse());
  };
  count(nf::protocol_is(IPPROTO_UDP) + nf::port_is(443), 0);
  count(nf::protocol_is(IPPROTO_UDP), 1);
  count(nf::protocol_is(IPPROTO_ICMP), 2);
  count(nf::protocol_is(IPPROTO_ICMPV6), 2);
  count({}, 3);
  static_assert(refused_kinds.size() == 4);
}

}  // namespace

std::string redirect_rules() {
  nf::Table table(rules_table);
  for (const auto& kind : refused_kinds) table.counter(kind.counter);
  table.chain(to_gateway, "nat", NF_IP_PRI_NAT_DST);
  for (const std::uint8_t protocol : {IPPROTO_UDP, IPPROTO_TCP})
    table.rule(to_gateway, nf::protocol_is(protocol) + nf::port_is(init::dns_port) + nf::redirect_to(init::dns_port));
  add_own(table, to_gateway, nf::leave_chain());
  table.rule(to_gateway, nf::protocol_is(IPPROTO_TCP) + nf::redirect_to(init::transparent_port));
  table.chain(refused, "filter", NF_IP_PRI_FILTER);
  add_own(table, refused, nf::accept());
  add_refusals(table);
  return table.batch();
}

}  // namespace bailey::sandbox
