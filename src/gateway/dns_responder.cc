#include "gateway/dns_responder.h"

namespace bailey::gateway {

std::string DnsResponder::respond(std::string_view bytes, Carrier carrier, SteadyTime now) {
  auto query = parse_query(bytes);
  if (!query) {
    const auto& response = query.error().response;
    return response ? encode(*response, udp_plain_bytes_max) : std::string();
  }
  DnsAnswer answered = answer(*query, decide_, names_);
  if (answered.observation) log_.note(std::move(*answered.observation), now);
  return encode(answered.response, carrier == Carrier::udp ? udp_answer_bytes_max(query->edns) : dns_answer_bytes_max);
}

}  // namespace bailey::gateway
