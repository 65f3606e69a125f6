// Any bytes as the start of a TLS connection: a verdict on a prefix never contradicts that on the whole, and a name
// holds only what a host name may.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/client_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto scan = scan_client_hello(input);
  const auto half = scan_client_hello(input.substr(0, size / 2));
  if (!half && scan) std::abort();
  if (half && half->state == HelloState::complete &&
      (!scan || scan->state != HelloState::complete || scan->hello.server_name != half->hello.server_name))
    std::abort();
  if (!scan || scan->state != HelloState::complete) return 0;
  for (const char c : scan->hello.server_name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_')) std::abort();
  return 0;
}
