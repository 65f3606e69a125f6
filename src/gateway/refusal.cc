#include "gateway/refusal.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/write.h"

namespace bailey::gateway {
namespace {

// Cut before it is escaped: a character that was cut in two shows as bytes.
std::string bounded(std::string_view text) {
  auto shown = visible(text.substr(0, refusal_text_bytes_max));
  if (text.size() > refusal_text_bytes_max) shown += "…";
  return shown;
}

std::string host_and_port(const Authority& authority) {
  const auto is_v6 = authority.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", authority.host, authority.port)
               : fmt::format("{}:{}", authority.host, authority.port);
}

}  // namespace

Refusal refusal_of(const Verdict& verdict, const Authority& authority, std::string_view method, std::string_view path) {
  Refusal refusal;
  refusal.what = method.empty() ? "connect to " + host_and_port(authority)
                                : fmt::format("{} {}{}", method, host_and_port(authority), path);
  refusal.why = verdict.reason;
  refusal.rule = verdict.rule;
  if (verdict.rule == "default" || verdict.action == RuleAction::prompt) {
    refusal.how_to_ask = "run: bailey request domain " + authority.host;
  }
  return refusal;
}

Refusal refusal_of_text(std::string_view what, std::string_view why) {
  return {.what = std::string(what), .why = std::string(why), .rule = "gateway", .how_to_ask = {}};
}

std::string to_json_body(const Refusal& refusal) {
  json::Value body;
  body.set("error", "blocked_by_bailey");
  body.set("what", bounded(refusal.what));
  body.set("why", bounded(refusal.why));
  body.set("rule", bounded(refusal.rule));
  body.set("how_to_ask", bounded(refusal.how_to_ask));
  return json::write(body) + '\n';
}

std::string to_line(const Refusal& refusal) {
  auto line = fmt::format("bailey: {} refused: {} (rule {})", bounded(refusal.what), bounded(refusal.why),
                          bounded(refusal.rule));
  if (!refusal.how_to_ask.empty()) line += "; " + bounded(refusal.how_to_ask);
  return line;
}

}  // namespace bailey::gateway
