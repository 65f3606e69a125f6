// Any bytes as a request to the explicit proxy: what is passed on reads back as a request for the same host.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/host_name.h"
#include "gateway/proxy_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const auto parsed = parse_proxy_request({reinterpret_cast<const char*>(data), size});
  if (!parsed || !*parsed) return 0;
  const ProxyRequest& request = **parsed;
  if (request.authority.host.empty() || request.authority.port == 0) std::abort();
  if (request.is_connect) return 0;
  const auto again = parse_request_head(request.first_bytes);
  if (!again || !*again || (*again)->head.form == TargetForm::absolute) std::abort();
  const auto host = parse_host_and_port((*again)->head.authority);
  if (!host || host->host.text != request.authority.host) std::abort();
  return 0;
}
