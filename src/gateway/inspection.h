// What an inspected connection asks of the rest of the gateway, and tells it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/authority.h"
#include "gateway/http1_head.h"
#include "gateway/network_policy.h"
#include "gateway/observer.h"
#include "gateway/request_guard.h"
#include "gateway/transport.h"

namespace bailey::gateway {

// Looks at the body of one request as it streams by.
class BodyScanner {
 public:
  virtual ~BodyScanner() = default;
  // A reason stops the request: nothing of `bytes` is sent on.
  [[nodiscard]] virtual std::optional<std::string> scan(std::string_view bytes) = 0;
  // The body is whole; it is sent on after this.
  [[nodiscard]] virtual std::optional<std::string> finish() { return std::nullopt; }
};

enum class UpstreamProtocols { any, http1_only };  // what may be offered in ALPN
struct UpstreamConnection {
  std::unique_ptr<Transport> transport;
  std::string protocol;  // "h2", "http/1.1" or empty
};
using UpstreamOpened = std::function<void(Result<UpstreamConnection>)>;

struct InspectionHooks {
  std::function<Verdict(std::string_view method, std::string_view path)> decide;  // path without the query
  // The answer may come at once or later; not after the connection is gone (it is ignored then).
  std::function<void(UpstreamProtocols, UpstreamOpened)> open_upstream;
  // The body of a refusal (application/json); the verdict is of the policy or of the gateway itself (rule "gateway").
  std::function<std::string(const Verdict&, std::string_view method, std::string_view path)> refusal_body;
  // Counts bytes against the session's upload limit; false: it is exceeded. Empty: no limit.
  std::function<bool(std::uint64_t bytes)> take_upload;
  // Counts bytes of bodies in either direction; how long nothing more may be carried, zero: it may. Empty: no limit.
  std::function<std::chrono::nanoseconds(std::size_t bytes)> take_bandwidth;
  // Credentials, for one request each. nullptr or empty: the session has none.
  std::function<std::unique_ptr<RequestGuard>()> guard;
  // Once, from the loop: the connection may be destroyed.
  std::function<void()> on_closed;
};

struct InspectionSettings {
  Authority authority;           // proved: every request must be for it
  std::string scheme = "https";  // or "http" for a connection without TLS
  std::uint32_t header_seconds_max = 30;
  std::uint32_t idle_seconds_max = 600;
};

}  // namespace bailey::gateway
