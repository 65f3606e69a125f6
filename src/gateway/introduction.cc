#include "gateway/introduction.h"

#include "base/text.h"
#include "gateway/host_name.h"
#include "gateway/proxy_request.h"
#include "gateway/request_rules.h"
#include "gateway/socks.h"

namespace bailey::gateway {
namespace {

constexpr int status_bad_request = 400;
constexpr int status_forbidden = 403;
constexpr int status_too_many = 429;
constexpr int status_bad_gateway = 502;

int status_of(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::forbidden:
      return status_forbidden;
    case RefusalKind::too_many:
      return status_too_many;
    case RefusalKind::unreachable:
      return status_bad_gateway;
  }
  return status_forbidden;
}

SocksReply reply_of(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::forbidden:
      return SocksReply::not_allowed;
    case RefusalKind::too_many:
      return SocksReply::general_failure;
    case RefusalKind::unreachable:
      return SocksReply::host_unreachable;
  }
  return SocksReply::general_failure;
}

Introduction::Step refuse_socks(SocksReply reply, std::string_view what, std::string_view why) {
  return {.answer = socks_answer(reply), .introduced = std::nullopt, .refused = refusal_of_text(what, why)};
}

}  // namespace

std::string http_refusal(int status, const Refusal& refusal) {
  const std::string body = to_json_body(refusal);
  return "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(reason_of(status)) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

Introduction::Step Introduction::hear(std::string& input) {
  return entrance_ == Entrance::socks ? hear_socks(input) : hear_http(input);
}

Introduction::Step Introduction::hear_http(std::string& input) {
  auto parsed = parse_proxy_request(input);
  if (!parsed) {
    const Refusal refusal = refusal_of_text(visible(parsed.error().what), visible(parsed.error().why));
    return {.answer = http_refusal(status_bad_request, refusal), .introduced = std::nullopt, .refused = refusal};
  }
  if (!*parsed) return {};
  input.clear();
  is_http_request_ = !(*parsed)->is_connect;
  return {
      .answer = {},
      .introduced = Introduced{std::move((*parsed)->authority), std::move((*parsed)->first_bytes), is_http_request_},
      .refused = std::nullopt};
}

Introduction::Step Introduction::hear_socks(std::string& input) {
  if (is_greeted_) return answer_socks_request(input);
  const auto greeting = parse_socks_greeting(input);
  if (!greeting)
    return {.answer = {}, .introduced = std::nullopt, .refused = refusal_of_text("SOCKS", greeting.error().why)};
  if (!*greeting) return {};
  input.erase(0, (*greeting)->bytes);
  is_greeted_ = true;
  Step step{.answer = socks_method_answer(**greeting), .introduced = std::nullopt, .refused = std::nullopt};
  if (!(*greeting)->offers_no_authentication) {
    step.refused = refusal_of_text("SOCKS", "only connections without authentication are served");
    return step;
  }
  Step next = answer_socks_request(input);
  next.answer.insert(0, step.answer);
  return next;
}

Introduction::Step Introduction::answer_socks_request(std::string& input) {
  const auto request = parse_socks_request(input);
  if (!request) return refuse_socks(SocksReply::general_failure, "SOCKS", request.error().why);
  if (!*request) return {};
  const SocksRequest& wanted = **request;
  if (wanted.command != SocksCommand::connect)
    return refuse_socks(SocksReply::command_not_supported, "SOCKS", "only CONNECT is served");
  Result<HostName> host = HostName{};
  if (const auto* const address = std::get_if<IpAddress>(&wanted.host)) host = host_of(*address);
  else host = parse_host(std::get<std::string>(wanted.host));
  if (!host)
    return refuse_socks(SocksReply::not_allowed, "SOCKS CONNECT to " + visible(std::get<std::string>(wanted.host)),
                        host.error().why);
  Introduced introduced{.authority = {.host = host->text,
                                      .port = wanted.port,
                                      .learned_from = LearnedFrom::socks,
                                      .is_literal = host->is_literal()},
                        .first_bytes = input.substr(wanted.bytes)};
  input.clear();
  return {.answer = {}, .introduced = std::move(introduced), .refused = std::nullopt};
}

std::string Introduction::welcome() const {
  if (entrance_ == Entrance::socks) return socks_answer(SocksReply::succeeded);
  if (entrance_ == Entrance::proxy && !is_http_request_) return "HTTP/1.1 200 Connection established\r\n\r\n";
  return {};
}

std::string Introduction::refusal(const Refusal& refusal, RefusalKind kind) const {
  if (entrance_ == Entrance::socks) return socks_answer(reply_of(kind));
  if (entrance_ == Entrance::proxy) return http_refusal(status_of(kind), refusal);
  return {};
}

}  // namespace bailey::gateway
