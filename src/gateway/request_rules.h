// What the gateway itself demands of a request, and how a message is changed on its way through: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/http1_head.h"
#include "gateway/inspection.h"

namespace bailey::gateway {

inline constexpr std::size_t observed_path_bytes_max = 512;

struct RequestProblem {
  int status = 400;
  std::string why;
};
// A method, path or authority that no version of HTTP allows (400); a host that isn't the proved one (421); CONNECT
// (403).
[[nodiscard]] std::optional<RequestProblem> problem_of(const RequestHead& head, const InspectionSettings& settings);
[[nodiscard]] bool is_same_authority(std::string_view text, const InspectionSettings& settings);

[[nodiscard]] std::string_view without_query(std::string_view path);
[[nodiscard]] bool asks_for_websocket(const RequestHead& head);
// The request as it leaves: hop-by-hop fields removed, one Host, the cookie in one field; WebSocket's Upgrade kept.
[[nodiscard]] RequestHead to_upstream(RequestHead head, const InspectionSettings& settings);
// The response as it arrives in the sandbox; Alt-Svc, which would lead around the gateway, is removed.
[[nodiscard]] ResponseHead to_sandbox(ResponseHead head);
[[nodiscard]] std::string_view reason_of(int status);

}  // namespace bailey::gateway
