// What credentials have to do with one request, as the exchange sees it: asked before anything of the request leaves
// and before anything of its response reaches the sandbox. Kept apart from the exchange so that HTTP needs to know
// nothing of secrets (kept_request.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http1_head.h"
#include "gateway/observer.h"

namespace bailey::gateway {

struct GuardRefusal {
  int status = 403;
  std::string why;  // for the agent
};

class RequestGuard {
 public:
  virtual ~RequestGuard() = default;

  // What names the request, for logs and answers: texts that hold a secret's placeholder are withheld. Before all else.
  virtual void begin(Observation& request) = 0;
  // The head as it would leave; it may be changed.
  [[nodiscard]] virtual std::optional<GuardRefusal> on_head(RequestHead& head) = 0;
  // Whether the body must be whole before the head leaves, up to so many bytes; 0: it streams.
  [[nodiscard]] virtual std::size_t collects_bytes_max() const = 0;
  [[nodiscard]] virtual std::optional<GuardRefusal> on_collected(RequestHead& head, std::string& body) = 0;
  // Bytes of the body (not of one that is collected), or of a WebSocket after its upgrade, before they are sent.
  [[nodiscard]] virtual std::optional<GuardRefusal> on_body(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::optional<GuardRefusal> on_frames(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::optional<GuardRefusal> on_end(const HttpFields& trailers) = 0;

  // A response's head may be changed; a refusal: nothing of it may pass.
  [[nodiscard]] virtual std::optional<GuardRefusal> on_response(ResponseHead& head) = 0;
  // What may be passed on of a response's body, borrowed until the next call; nullopt: it has to be cut off here.
  [[nodiscard]] virtual std::optional<std::string_view> on_response_body(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::optional<std::string_view> on_response_end(HttpFields& trailers) = 0;
  // Once: the status that the sandbox was answered with.
  virtual void done(int status) = 0;
};

}  // namespace bailey::gateway
