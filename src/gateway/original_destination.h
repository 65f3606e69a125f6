// Where a connection that was redirected to us was going: SO_ORIGINAL_DST, ip6tables' IP6T_SO_ORIGINAL_DST.
#pragma once

#include <functional>
#include <optional>

#include "gateway/upstream_address.h"

namespace bailey::gateway {

using OriginalDestination = std::function<std::optional<IpAndPort>(int socket)>;

// nullopt: it was not redirected, but made to the listener itself.
[[nodiscard]] std::optional<IpAndPort> original_destination(int socket);

}  // namespace bailey::gateway
