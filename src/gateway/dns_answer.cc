#include "gateway/dns_answer.h"

#include "gateway/asked_name.h"
#include "gateway/local_name.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view server_name = "bailey.invalid";
constexpr std::string_view contact_name = "nobody.bailey.invalid";

std::string wire_of(std::string_view dotted) { return DnsName::from_dotted(dotted).value_or(DnsName()).wire(); }

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void add_answer(Message& response, RrType type, std::uint32_t ttl_seconds, std::string data) {
  response.answers.push_back(
      {.name = response.questions.front().name, .type = type, .ttl_seconds = ttl_seconds, .data = std::move(data)});
}

// RFC 2308: without an SOA a negative answer may be asked for again and again. Ours is the root's: to the sandbox this
// server is all there is.
void add_soa(Message& response) {
  Record soa{.name = DnsName(), .type = RrType::soa, .ttl_seconds = negative_ttl_seconds, .data = {}};
  soa.data = wire_of(server_name) + wire_of(contact_name);
  constexpr std::uint32_t serial = 1, refresh_seconds = 3600, retry_seconds = 600, expire_seconds = 86400;
  for (const std::uint32_t field : {serial, refresh_seconds, retry_seconds, expire_seconds, negative_ttl_seconds})
    append_u32(soa.data, field);
  response.authorities.push_back(std::move(soa));
}

Message no_such_record(const Query& query) {
  Message response = response_to(query, Rcode::no_error);
  add_soa(response);
  return response;
}

std::string data_of(const IpAddress& address) {
  const std::string all(address.bytes.begin(), address.bytes.end());
  return address.is_v4 ? all.substr(12) : all;
}

Observation observe(const Query& query, const AskedName& asked, const Verdict& verdict) {
  return {.what = Seen::dns_name,
          .allowed = verdict.allowed(),
          .asks = verdict.action == RuleAction::prompt,
          .rule = verdict.rule,
          .reason = verdict.allowed() ? std::string() : verdict.reason,
          .host = asked.text,
          .learned_from = "dns",
          .protocol = to_string(query.question.type)};
}

DnsAnswer deny(const Query& query, const AskedName& asked, Verdict verdict) {
  if (verdict.action == RuleAction::allow) verdict.action = RuleAction::block;
  if (verdict.reason.empty()) verdict.reason = asked.text + " is not allowed by the network policy";
  return {no_such_name(query, "bailey: " + verdict.reason), observe(query, asked, verdict)};
}

DnsAnswer deny_by_form(const Query& query, const AskedName& asked, std::string reason) {
  return deny(query, asked, Verdict{.rule = std::string(rule_default), .reason = std::move(reason)});
}

DnsAnswer table_full(const Query& query, const AskedName& asked, const Verdict& verdict) {
  Message response = response_to(query, Rcode::server_failure);
  explain(response, ExtendedError::other, "bailey: too many different names in this session");
  Observation observation = observe(query, asked, verdict);
  observation.what = Seen::limit;
  observation.allowed = false;
  observation.reason = "too many different names in this session: no address is left for another one";
  return {std::move(response), std::move(observation)};
}

// RFC 8482 section 4.2.
void add_minimal_any(Message& response) {
  using namespace std::string_literals;
  add_answer(response, RrType::hinfo, answer_ttl_seconds, "\x07RFC8482\0"s);
}

DnsAnswer answer_allowed(const Query& query, const AskedName& asked, const Verdict& verdict, NameTable& names) {
  const RrType type = query.question.type;
  Message response = response_to(query, Rcode::no_error);
  if (type == RrType::a || type == RrType::aaaa) {
    const auto addresses = names.give(asked.host);
    if (!addresses) return table_full(query, asked, verdict);
    add_answer(response, type, answer_ttl_seconds, data_of(type == RrType::a ? addresses->v4 : addresses->v6));
  } else if (type == RrType::any) {
    add_minimal_any(response);
  } else {
    add_soa(response);
  }
  return {std::move(response), observe(query, asked, verdict)};
}

Message answer_localhost(const Query& query) {
  using namespace std::string_literals;
  Message response = response_to(query, Rcode::no_error);
  const RrType type = query.question.type;
  if (type == RrType::a) add_answer(response, type, answer_ttl_seconds, "\x7F\0\0\x01"s);
  else if (type == RrType::aaaa) add_answer(response, type, answer_ttl_seconds, std::string(15, '\0') + '\x01');
  else if (type == RrType::any) add_minimal_any(response);
  else add_soa(response);
  return response;
}

DnsAnswer answer_reverse(const Query& query, const AskedName& asked, const NameTable& names) {
  const auto name = asked.address ? names.name_of(*asked.address) : std::nullopt;
  if (!name) return deny_by_form(query, asked, "only addresses that were given to a name have a reverse name");
  if (query.question.type != RrType::ptr) return {no_such_record(query), std::nullopt};
  Message response = response_to(query, Rcode::no_error);
  add_answer(response, RrType::ptr, answer_ttl_seconds, wire_of(*name));
  return {std::move(response), std::nullopt};
}

}  // namespace

Message no_such_name(const Query& query, std::string_view why) {
  Message response = response_to(query, Rcode::name_error);
  add_soa(response);
  explain(response, ExtendedError::blocked, why);
  return response;
}

DnsAnswer answer(const Query& query, const DecideName& decide, NameTable& names) {
  const AskedName asked = classify_name(query.question.name, query.question.type);
  switch (asked.kind) {
    case NameKind::root:
      return {no_such_record(query), std::nullopt};
    case NameKind::localhost:
      return {answer_localhost(query), std::nullopt};
    case NameKind::reverse:
      return answer_reverse(query, asked, names);
    case NameKind::no_host:
      return deny_by_form(query, asked, "not a valid host name");
    case NameKind::local_only:
    case NameKind::internet:
      break;
  }
  Verdict verdict = decide(asked.host);
  if (!verdict.allowed()) return deny(query, asked, std::move(verdict));
  if (asked.kind == NameKind::local_only && verdict.rule == rule_default)
    return deny_by_form(query, asked, std::string(local_name_reason));
  return answer_allowed(query, asked, verdict, names);
}

}  // namespace bailey::gateway
