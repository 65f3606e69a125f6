#include "gateway/dns_responder.h"

namespace bailey::gateway {
namespace {

std::string dotted(const DnsName& name) {
  std::string text;
  for (const std::string_view label : name.labels()) text.append(text.empty() ? "" : ".").append(label);
  return text;
}

}  // namespace

std::string DnsResponder::respond(std::string_view bytes, Carrier carrier, SteadyTime now) {
  auto query = parse_query(bytes);
  if (!query) {
    const auto& response = query.error().response;
    return response ? encode(*response, udp_plain_bytes_max) : std::string();
  }
  DnsAnswer answered;
  auto forbidden = forbid_ ? forbid_(dotted(query->question.name)) : std::nullopt;
  if (forbidden) answered = {no_such_name(*query, "bailey: " + forbidden->reason), std::move(forbidden)};
  else answered = answer(*query, decide_, names_);
  if (answered.observation) log_.note(std::move(*answered.observation), now);
  return encode(answered.response, carrier == Carrier::udp ? udp_answer_bytes_max(query->edns) : dns_answer_bytes_max);
}

}  // namespace bailey::gateway
