// A body searched for placeholders and values as it streams by: as it is and, when it is packed, what is in it.
//
// Packed is what says so (Content-Encoding: gzip, deflate or zstd) and what begins like gzip. A coding that can't be
// undone here (br, several at once) is a problem, and so is what isn't of its coding or unpacks to more than
// unpacked_bytes_max: nothing that could not be searched is passed on. Of a file that merely looks like gzip only what
// can be unpacked is searched.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/canary.h"
#include "gateway/http_fields.h"
#include "gateway/unpacker.h"

namespace bailey::gateway {

struct BodyFinding {
  std::optional<Sighting> sighting;
  std::string problem;  // without a sighting: why it can't be searched
};

class BodyCanary {
 public:
  // `set` is borrowed and outlives this.
  BodyCanary(const CanarySet& set, LookFor what, const HttpFields& fields);
  // Why this body can't be searched at all; empty: it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Before `bytes` are passed on.
  [[nodiscard]] std::optional<BodyFinding> feed(std::string_view bytes);
  [[nodiscard]] std::optional<BodyFinding> finish() const;

 private:
  [[nodiscard]] std::optional<BodyFinding> unpack(std::string_view bytes);

  Canary raw_;
  Canary unpacked_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string problem_;
  std::string beginning_;  // until it is clear whether it is gzip
  bool is_declared_ = false;
  bool is_begun_ = false;
};

}  // namespace bailey::gateway
