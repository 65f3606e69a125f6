// A host is refused, or in a form that reads back as itself and that no resolver takes for something else.
#include <arpa/inet.h>

#include <cstdint>
#include <cstdlib>

#include "gateway/host_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char c : to_display(text)) {
    if (c < ' ' || c == 0x7F) std::abort();
  }
  (void)parse_host_and_port(text);
  const auto host = parse_host(text);
  if (!host) return 0;
  if (host->is_literal()) {
    if (parse_address(host->text) != host->address) std::abort();
    return 0;
  }
  const auto again = parse_host(host->text);
  if (!again || !(*again == *host) || host->text.size() > 253) std::abort();
  in_addr address{};
  if (::inet_aton(host->text.c_str(), &address) != 0) std::abort();
  if (host->text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") != std::string::npos) std::abort();
  return 0;
}
