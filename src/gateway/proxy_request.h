// What a program asks of the explicit HTTP proxy: CONNECT host:port, or a request in absolute form (RFC 9110 §9.3.6,
// RFC 9112 §3.2.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/authority.h"
#include "gateway/http1_head.h"

namespace bailey::gateway {

struct ProxyRequest {
  Authority authority;
  bool is_connect = false;
  // What follows: for CONNECT the bytes behind the head; else the request again, in origin form and as the last one of
  // its connection, because the next one may be for another host.
  std::string first_bytes;
};

// nullopt: more input is needed. The error's text is for the client (status 400).
[[nodiscard]] Result<std::optional<ProxyRequest>> parse_proxy_request(std::string_view input);

}  // namespace bailey::gateway
