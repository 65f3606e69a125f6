#include "gateway/dns_query.h"

#include <algorithm>

namespace bailey::gateway {
namespace {

constexpr std::uint16_t extended_error_option = 15;
constexpr unsigned meta_type_min = 128;  // RFC 6895 section 3.1: 128 to 255 are questions and meta-types
constexpr unsigned meta_type_max = 255;

// Header only: what follows it was not understood.
Message bare_response(std::string_view bytes, Rcode rcode) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  Message response;
  response.id = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
  response.is_response = true;
  response.opcode = static_cast<Opcode>(byte(2) >> 3 & 0xF);
  response.recursion_desired = (byte(2) & 0x01) != 0;
  response.rcode = rcode;
  return response;
}

std::unexpected<NoQuery> refuse(const Query& query, Rcode rcode, std::string_view why) {
  Message response = response_to(query, rcode);
  if (!why.empty()) explain(response, ExtendedError::prohibited, why);
  return std::unexpected(NoQuery{std::move(response)});
}

}  // namespace

std::expected<Query, NoQuery> parse_query(std::string_view bytes) {
  if (bytes.size() < dns_header_bytes) return std::unexpected(NoQuery{});
  const auto flags = static_cast<std::uint8_t>(bytes[2]);
  if ((flags & 0x80) != 0) return std::unexpected(NoQuery{});
  if ((flags >> 3 & 0xF) != static_cast<int>(Opcode::query))
    return std::unexpected(NoQuery{bare_response(bytes, Rcode::not_implemented)});
  auto message = parse_message(bytes, Pointers::refused);
  if (!message || message->questions.size() != 1 || message->truncated || !message->answers.empty() ||
      !message->authorities.empty() || !message->additionals.empty())
    return std::unexpected(NoQuery{bare_response(bytes, Rcode::format_error)});

  Query query{.id = message->id,
              .recursion_desired = message->recursion_desired,
              .checking_disabled = message->checking_disabled,
              .question = std::move(message->questions.front()),
              .edns = std::move(message->edns)};
  if (query.edns && query.edns->version != 0) return refuse(query, Rcode::bad_version, {});
  const auto type = static_cast<unsigned>(query.question.type);
  if (type == 0 || query.question.type == RrType::opt) return refuse(query, Rcode::format_error, {});
  if (query.question.rr_class != RrClass::in)
    return refuse(query, Rcode::refused, "bailey: only names of the internet (class IN) are answered");
  if (type >= meta_type_min && type <= meta_type_max && query.question.type != RrType::any)
    return refuse(query, Rcode::refused, "bailey: no zone transfers, no meta-types");
  return query;
}

Message response_to(const Query& query, Rcode rcode) {
  Message response;
  response.id = query.id;
  response.is_response = true;
  response.recursion_desired = query.recursion_desired;
  response.recursion_available = true;
  response.checking_disabled = query.checking_disabled;
  response.rcode = rcode;
  response.questions.push_back(query.question);
  // RFC 3225: the DO bit is copied; version 0 is the one we speak.
  if (query.edns) response.edns = Edns{.dnssec_ok = query.edns->dnssec_ok, .options = {}};
  return response;
}

void explain(Message& response, ExtendedError code, std::string_view text) {
  if (!response.edns) return;
  if (text.size() > extended_error_text_bytes_max) {
    std::size_t end = extended_error_text_bytes_max;
    while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  EdnsOption option{.code = extended_error_option, .data = {}};
  option.data += static_cast<char>(static_cast<std::uint16_t>(code) >> 8);
  option.data += static_cast<char>(code);
  option.data += text;
  response.edns->options.push_back(std::move(option));
}

std::size_t udp_answer_bytes_max(const std::optional<Edns>& edns) {
  if (!edns) return udp_plain_bytes_max;
  return std::clamp<std::size_t>(edns->udp_bytes_max, udp_plain_bytes_max, udp_edns_bytes_max);
}

}  // namespace bailey::gateway
