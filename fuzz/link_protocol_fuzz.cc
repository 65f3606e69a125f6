// Any bytes as a packet of the link: what is understood is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/link_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  if (const auto message = decode_from_gateway(packet, 0)) {
    const std::string again = encode(*message);
    const auto reread = decode_from_gateway(again, 0);
    if (!reread || encode(*reread) != again) std::abort();
  }
  for (std::size_t fds = 0; fds < 9; ++fds)
    if (const auto message = decode_to_gateway(packet, fds))
      if (!decode_to_gateway(encode(*message), fds)) std::abort();
  return 0;
}
