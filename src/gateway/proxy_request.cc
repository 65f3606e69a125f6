#include "gateway/proxy_request.h"

#include "gateway/host_name.h"
#include "gateway/http1_write.h"

namespace bailey::gateway {
namespace {

constexpr std::uint16_t http_port = 80;

Result<Authority> authority_of(const RequestHead& head) {
  const HostAndPort target = TRY(parse_host_and_port(head.authority));
  const bool is_connect = head.form == TargetForm::authority;
  if (is_connect && !target.port) return fail("CONNECT", "the port is missing");
  return Authority{.host = target.host.text,
                   .port = target.port.value_or(http_port),
                   .learned_from = is_connect ? LearnedFrom::connect : LearnedFrom::absolute,
                   .is_literal = target.host.is_literal()};
}

}  // namespace

Result<std::optional<ProxyRequest>> parse_proxy_request(std::string_view input) {
  auto parsed = TRY(parse_request_head(input));
  if (!parsed) return std::nullopt;
  RequestHead& head = parsed->head;
  const std::string_view rest = input.substr(parsed->bytes);
  if (head.form == TargetForm::authority) {
    if (head.is_chunked || head.content_length.value_or(0) != 0) return fail("CONNECT", "it must not have a body");
    return ProxyRequest{.authority = TRY(authority_of(head)), .is_connect = true, .first_bytes = std::string(rest)};
  }
  if (head.form != TargetForm::absolute)
    return fail("read the request", "this is a proxy: CONNECT or an absolute URL is needed");
  if (head.scheme != "http") return fail("read the request", "an https URL needs CONNECT");
  Authority authority = TRY(authority_of(head));
  if (find_field(head.fields, "Host") == nullptr) head.fields.push_back({"Host", head.authority});
  // Beside what Connection says already: "close" wins (RFC 9112 §9.3).
  head.fields.push_back({"Connection", "close"});
  std::string text = TRY(write_head(head));
  text.append(rest);
  return ProxyRequest{.authority = std::move(authority), .is_connect = false, .first_bytes = std::move(text)};
}

}  // namespace bailey::gateway
