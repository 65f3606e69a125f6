#include "gateway/authority.h"

namespace bailey::gateway {

std::string_view to_string(LearnedFrom value) {
  static constexpr std::string_view names[] = {"dns", "connect", "absolute", "socks", "address"};
  return names[static_cast<std::size_t>(value)];
}

}  // namespace bailey::gateway
