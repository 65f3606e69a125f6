// What a gateway needs of the host's network configuration, read once when it starts: thin, no decisions.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bailey::session {

struct HostNetwork {
  std::string resolv_conf;
  std::string hosts;
  std::string ca_bundle;        // SSL_CERT_FILE and SSL_CERT_DIR of the user, else the host's own
  std::string proxy_variables;  // http_proxy and its kin, "NAME=value" a line
};

// Missing files are empty texts: the gateway then has no resolver or trusts nobody, and says so when it matters.
[[nodiscard]] HostNetwork read_host_network(const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace bailey::session
