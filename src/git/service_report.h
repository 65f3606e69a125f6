// The one line of JSON that the supervisor gets about a push or a fetch; it becomes an audit event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "git/landing.h"
#include "json/value.h"

namespace bailey::git {

enum class ServiceDecision { allow, deny };

struct ServiceReport {
  std::string op;  // "push" or "fetch"
  std::string ref;
  Oid old_oid;
  Oid new_oid;
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  ServiceDecision decision = ServiceDecision::deny;
  std::string reason;
  std::optional<Landing> landing;
  std::string landing_error;  // the push is in the quarantine, but not in the host repository
};

[[nodiscard]] json::Value to_json(const Landing& landing);
// {"op":…,"ref":…,"old":…,"new":…,"bytes":…,"objects":…,"decision":…,"reason":…,"landing":{…}|null,"landing_error":…}
// Names and reasons are cut to 500 bytes.
[[nodiscard]] std::string to_line(const ServiceReport& report);
// To `fd` unless it is -1; a supervisor that is gone is no error.
void send_report(int fd, const ServiceReport& report);

}  // namespace bailey::git
