#include "credentials/token_event.h"

namespace bailey::credentials {
namespace {

std::string_view host_of(std::string_view url) {
  const std::size_t start = url.find("//");
  if (start == std::string_view::npos) return {};
  return url.substr(start + 2, url.find_first_of("/?#", start + 2) - start - 2);
}

}  // namespace

audit::Event token_event(audit::Name action, std::string_view id, const TokenIssuer& issuer, const Status& result) {
  audit::Event event{.level = result ? audit::Level::info : audit::Level::warning,
                     .category = audit::Category::credential,
                     .action = action,
                     .tier = audit::Tier::logged,
                     .decision = audit::Decision::allow,
                     .rule = {},
                     .subject = {}};
  event.subject.add("secret_id", id).add("provider", policy::token_provider_words[static_cast<int>(issuer.provider)]);
  const std::string_view host = host_of(issuer.revoke_url.empty() ? issuer.api : issuer.revoke_url);
  if (!host.empty()) event.subject.add("host", host);
  event.subject.add("result", result ? "ok" : result.error().why);
  return event;
}

}  // namespace bailey::credentials
