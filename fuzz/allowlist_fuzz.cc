// An allow-list is refused, or every pattern in it is canonical and covers itself.
#include <cstdint>
#include <cstdlib>

#include "policy/address_range.h"
#include "policy/allowlist_file.h"
#include "policy/domain_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto range = parse_address_range(text)) {
    const auto again = parse_address_range(to_string(*range));
    if (!again || again->bytes != range->bytes || again->prefix_bits != range->prefix_bits) std::abort();
  }
  const auto list = parse_allowlist(text, "fuzz");
  if (!list) return 0;
  for (const auto& [pattern, place] : *list) {
    const auto again = parse_domain_pattern(pattern);
    if (!again || *again != pattern || !covers(pattern, pattern)) std::abort();
    if (parts_of(pattern).host.empty()) std::abort();
  }
  return 0;
}
