// Bytes of a query in, bytes of the answer out: what the server does besides sockets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/dns_answer.h"
#include "gateway/dns_log.h"

namespace bailey::gateway {

enum class Carrier { udp, tcp };

inline constexpr std::size_t dns_answer_bytes_max = 4096;  // over TCP, without its two bytes of length

// Of a name (its labels, with dots) that must not even be asked for: what to tell about it. Such a name does not exist.
using ForbidName = std::function<std::optional<Observation>(std::string_view name)>;

class DnsResponder {
 public:
  // `names` and `observer` are borrowed and outlive it.
  DnsResponder(DecideName decide, NameTable& names, Observer& observer, ForbidName forbid = {})
      : decide_(std::move(decide)), forbid_(std::move(forbid)), names_(names), log_(observer) {}

  // Empty: what came gets no answer.
  [[nodiscard]] std::string respond(std::string_view query, Carrier carrier, SteadyTime now);
  [[nodiscard]] DnsLog& log() { return log_; }

 private:
  DecideName decide_;
  ForbidName forbid_;
  NameTable& names_;
  DnsLog log_;
};

}  // namespace bailey::gateway
