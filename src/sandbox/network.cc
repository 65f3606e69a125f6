#include "sandbox/network.h"

#include "init/protocol.h"
#include "os/files.h"
#include "sandbox/refused_traffic.h"

namespace bailey::sandbox {
namespace {

constexpr std::string_view with_answer = " reject with icmpx admin-prohibited\n";

std::string counters() {
  std::string text;
  for (const auto& kind : refused_kinds) text.append(" counter ").append(kind.counter).append(" {\n }\n");
  return text;
}

// In the order of refused_kinds.
std::string refusals() {
  constexpr std::string_view conditions[] = {"udp dport 443", "meta l4proto udp", "meta l4proto { icmp, ipv6-icmp }",
                                             ""};
  static_assert(std::size(conditions) == refused_kinds.size());
  // What is left of connections that the kernel has forgotten already; a new one never gets here.
  std::string text = std::string("  meta l4proto tcp").append(with_answer);
  for (std::size_t i = 0; i < refused_kinds.size(); ++i)
    text.append("  ")
        .append(conditions[i])
        .append(" counter name ")
        .append(refused_kinds[i].counter)
        .append(with_answer);
  return text;
}

}  // namespace

std::string redirect_rules() {
  const std::string own4 = std::string("ip daddr { 127.0.0.0/8, ") + init::source_address4 + " }";
  const std::string own6 = std::string("ip6 daddr { ::1, ") + init::source_address6 + " }";
  const std::string dns = std::to_string(init::dns_port);
  return std::string("table inet ").append(rules_table).append(" {\n") + counters() +
         " chain to_gateway {\n"
         "  type nat hook output priority -100; policy accept;\n"
         "  udp dport " +
         dns + " redirect to :" + dns +
         "\n"
         "  tcp dport " +
         dns + " redirect to :" + dns +
         "\n"
         "  " +
         own4 +
         " return\n"
         "  " +
         own6 +
         " return\n"
         "  meta l4proto tcp redirect to :" +
         std::to_string(init::transparent_port) +
         "\n"
         " }\n"
         " chain refused {\n"
         "  type filter hook output priority 0; policy accept;\n"
         "  " +
         own4 +
         " accept\n"
         "  " +
         own6 + " accept\n" + refusals() +
         " }\n"
         "}\n";
}

Result<GatewayNetwork> gateway_network() {
  for (const char* path : {"/usr/sbin/nft", "/usr/bin/nft", "/sbin/nft"})
    if (auto real = os::real_path(path); real && real->starts_with("/usr/"))
      return GatewayNetwork{*real, redirect_rules()};
  return fail("lead the sandbox's connections to the gateway", "nft is not installed",
              "sudo apt install nftables, or start without a network: --network restricted");
}

}  // namespace bailey::sandbox
