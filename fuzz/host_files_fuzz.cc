// Any text as the host's files and proxy variables: nothing but values comes out, within their limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/host_files.h"
#include "gateway/host_proxy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (parse_hosts(text).size() > hosts_entries_max) std::abort();
  if (parse_resolv_conf(text).servers.size() > nameservers_max) std::abort();
  if (const auto proxy = parse_proxy_url(text); proxy && (proxy->host.empty() || proxy->port == 0)) std::abort();
  return 0;
}
