#include "sandbox/network.h"

#include "init/protocol.h"
#include "os/files.h"

namespace bailey::sandbox {

std::string redirect_rules() {
  const std::string own4 = std::string("ip daddr { 127.0.0.0/8, ") + init::source_address4 + " }";
  const std::string own6 = std::string("ip6 daddr { ::1, ") + init::source_address6 + " }";
  const std::string dns = std::to_string(init::dns_port);
  return "table inet bailey {\n"
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
         own6 +
         " accept\n"
         "  counter reject with icmpx admin-prohibited\n"
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
