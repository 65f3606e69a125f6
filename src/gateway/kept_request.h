// The keep's guard over one request (request_guard.h): secrets go in where they belong (injector.h, aws_signature.h,
// json_field.h), nothing of the keep goes anywhere else (canary.h), nothing real comes back (scrubber.h), and each of
// these is observed once.
//
// A JSON body is collected, up to collected_body_bytes_max, when a secret of the host has its place in one; so is the
// body of an AWS request that does not state its hash. Every other body streams.
#pragma once

#include <memory>
#include <string>

#include "gateway/body_canary.h"
#include "gateway/injector.h"
#include "gateway/request_guard.h"
#include "gateway/scrubber.h"
#include "gateway/websocket_frames.h"

namespace bailey::gateway {

inline constexpr std::size_t collected_body_bytes_max = std::size_t{1} << 20;

class KeptRequest final : public RequestGuard {
 public:
  // `scheme`: "https" or "http", of the connection. `observer` is borrowed and outlives this.
  KeptRequest(std::shared_ptr<const KeepIndex> keep, Authority authority, std::string scheme, Observer& observer);

  void begin(Observation& request) override;
  std::optional<GuardRefusal> on_head(RequestHead& head) override;
  [[nodiscard]] std::size_t collects_bytes_max() const override;
  std::optional<GuardRefusal> on_collected(RequestHead& head, std::string& body) override;
  std::optional<GuardRefusal> on_body(std::string_view bytes) override;
  std::optional<GuardRefusal> on_frames(std::string_view bytes) override;
  std::optional<GuardRefusal> on_end(const HttpFields& trailers) override;
  std::optional<GuardRefusal> on_response(ResponseHead& head) override;
  std::optional<std::string_view> on_response_body(std::string_view bytes) override;
  std::optional<std::string_view> on_response_end(HttpFields& trailers) override;
  void done(int status) override;

 private:
  std::optional<GuardRefusal> refused(const SecretRefusal& refusal);
  std::optional<GuardRefusal> refused(const BodyFinding& finding, std::string_view place);
  std::optional<GuardRefusal> sign(RequestHead& head, std::string_view payload_hash);
  std::optional<GuardRefusal> fill_json(std::string& body);
  std::optional<GuardRefusal> echoed(std::string_view result);
  void observe(Seen what, std::uint32_t secret, bool allowed, std::string result, int status = 0);
  void note_found();

  std::shared_ptr<const KeepIndex> keep_;
  Authority authority_;
  std::string scheme_;
  Observer& observer_;
  Observation request_;  // names it
  Injection injection_;
  std::unique_ptr<BodyCanary> body_;
  std::unique_ptr<Canary> payload_;  // of a WebSocket
  WebSocketFrames frames_;
  std::string unmasked_;
  std::unique_ptr<Scrubber> scrubber_;
  std::unique_ptr<BodyCanary> packed_response_;
  SecretNumbers told_;  // found in the response and observed
  bool needs_body_hash_ = false;
  bool is_json_ = false;
  bool was_refused_ = false;
};

}  // namespace bailey::gateway
