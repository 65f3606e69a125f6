// Any bytes as the keep's text: what is understood is written again as the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "credentials/keep.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::credentials;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto keep = decode_keep(text); keep && encode(*keep) != text) std::abort();
  return 0;
}
