#include "session/network_event.h"

namespace bailey::session {
namespace {

audit::Name action_of(gateway::Seen what) {
  switch (what) {
    case gateway::Seen::dns_name:
      return "dns_query";
    case gateway::Seen::connection:
      return "connection";
    case gateway::Seen::http_request:
      return "http_request";
    case gateway::Seen::limit:
      return "network_limit";
    case gateway::Seen::secret_used:
      return "secret_used";
    case gateway::Seen::secret_misplaced:
      return "secret_misplaced";
    case gateway::Seen::secret_pinned:
      return "secret_pinned";
    case gateway::Seen::secret_echoed:
      return "secret_echoed";
  }
  return "connection";
}

// A secret of the keep that was used, or that was where it does not belong (which no program does by chance).
audit::Event secret_event(const gateway::Observation& seen) {
  const bool is_alarm = seen.what == gateway::Seen::secret_misplaced;
  audit::Event event{.level = seen.allowed ? audit::Level::info
                              : is_alarm   ? audit::Level::alert
                                           : audit::Level::warning,
                     .category = audit::Category::credential,
                     .action = action_of(seen.what),
                     .tier = seen.allowed ? audit::Tier::logged : audit::Tier::decided,
                     .decision = seen.allowed ? audit::Decision::allow : audit::Decision::deny,
                     .rule = seen.rule,
                     .subject = {}};
  auto& subject = event.subject;
  subject.add("secret_id", seen.secret).add("host", seen.host);
  if (seen.port != 0) subject.add("port", seen.port);
  if (!seen.method.empty()) subject.add("method", seen.method);
  if (!seen.path.empty()) subject.add("path", seen.path);
  if (seen.status != 0) subject.add("status", seen.status);
  if (!seen.protocol.empty()) subject.add("protocol", seen.protocol);
  subject.add("result", seen.reason.empty() ? "sent" : seen.reason);
  if (seen.count != 1) subject.add("count", seen.count);
  return event;
}

}  // namespace

audit::Event network_event(const gateway::Observation& seen) {
  if (gateway::is_about_secret(seen.what)) return secret_event(seen);
  audit::Event event{.level = seen.allowed ? audit::Level::info : audit::Level::notice,
                     .category = seen.what == gateway::Seen::dns_name ? audit::Category::dns : audit::Category::network,
                     .action = action_of(seen.what),
                     .tier = seen.allowed ? audit::Tier::logged : audit::Tier::decided,
                     .decision = seen.allowed ? audit::Decision::allow
                                 : seen.asks  ? audit::Decision::prompt
                                              : audit::Decision::deny,
                     .rule = seen.rule,
                     .subject = {}};
  auto& subject = event.subject;
  subject.add("host", seen.host);
  if (seen.port != 0) subject.add("port", seen.port);
  if (!seen.method.empty()) subject.add("method", seen.method).add("path", seen.path);
  if (seen.status != 0) subject.add("status", seen.status);
  if (!seen.protocol.empty()) subject.add("protocol", seen.protocol);
  if (!seen.learned_from.empty()) subject.add("learned_from", seen.learned_from);
  if (seen.what != gateway::Seen::dns_name && seen.what != gateway::Seen::limit)
    subject.add("bytes_out", seen.bytes_out).add("bytes_in", seen.bytes_in).add("ms", seen.ms);
  if (seen.count != 1) subject.add("count", seen.count);
  if (!seen.reason.empty()) subject.add("reason", seen.reason);
  return event;
}

audit::Event refused_traffic_event(std::string_view protocol, const sandbox::TrafficCount& count) {
  audit::Event event{.level = audit::Level::notice,
                     .category = audit::Category::network,
                     .action = "datagrams",
                     .tier = audit::Tier::decided,
                     .decision = audit::Decision::deny,
                     .rule = "gateway",
                     .subject = {}};
  event.subject.add("protocol", protocol)
      .add("count", count.packets)
      .add("bytes_out", count.bytes)
      .add("reason", "only TCP and DNS can leave the sandbox");
  return event;
}

}  // namespace bailey::session
