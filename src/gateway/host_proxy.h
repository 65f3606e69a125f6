// The proxy that the host itself has to use (https_proxy, http_proxy, no_proxy), as values; curl's conventions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/authority.h"

namespace bailey::gateway {

struct HostProxy {
  std::string host;  // a name or an address
  std::uint16_t port = 0;
  std::string basic_credentials;  // "user:password"; empty: none
  friend bool operator==(const HostProxy&, const HostProxy&) = default;
};

class HostProxies {
 public:
  HostProxies() = default;
  // Variables of the host by name: https_proxy, http_proxy, all_proxy, no_proxy and their upper case forms, of which
  // HTTP_PROXY alone is passed over (a web server sets it from a request). An empty one is as good as none.
  [[nodiscard]] static Result<HostProxies> from_variables(const std::map<std::string, std::string>& variables);
  // nullptr: directly.
  [[nodiscard]] const HostProxy* proxy_for(const Authority& authority) const;

 private:
  std::optional<HostProxy> http_;
  std::optional<HostProxy> https_;
  bool none_at_all_ = false;
  std::vector<std::string> direct_;  // "example.com": itself and below; addresses and ranges as they are
};

// "http://user:password@proxy.example:3128/"; the scheme may be missing, the port is then 1080 as with curl.
[[nodiscard]] Result<HostProxy> parse_proxy_url(std::string_view text);
// The request that opens a tunnel through it.
[[nodiscard]] std::string connect_request(const HostProxy& proxy, const Authority& authority);

}  // namespace bailey::gateway
