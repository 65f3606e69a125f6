#include "credentials/login.h"

#include "credentials/file_source.h"
#include "credentials/web_token.h"
#include "json/read.h"

namespace bailey::credentials {
namespace {

constexpr UnixSeconds margin_seconds = 5 * 60;
constexpr json::ReadLimits file_limits{.bytes_max = login_file_bytes_max, .depth_max = 32};
constexpr json::ReadLimits claims_limits{.bytes_max = token_bytes_max, .depth_max = 16};
constexpr std::int64_t milliseconds_in_second = 1000;

}  // namespace

SecretDocument::~SecretDocument() { wipe(value); }

std::string_view text_at(json::Value& root, std::string_view pointer) {
  const auto* value = pointer.empty() ? nullptr : find_pointer(root, pointer);
  const auto* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

UnixSeconds expiry_of_web_token(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos || token.size() > token_bytes_max) return no_expiry;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return no_expiry;
  const auto claims = from_base64url(token.substr(first + 1, second - first - 1));
  if (!claims) return no_expiry;
  const auto read = json::read(*claims, "claims", claims_limits);
  const auto* expires = read ? read->find("exp") : nullptr;
  const auto number = expires == nullptr ? std::nullopt : expires->as_int();
  return number && *number > 0 ? *number : no_expiry;
}

Result<std::optional<Login>> read_login(std::string_view text, const policy::OAuthLogin& where) {
  SecretDocument document(TRY(json::read(text, where.file, file_limits)));
  const std::string_view access = text_at(document.value, where.access);
  const std::string_view refresh = text_at(document.value, where.refresh);
  if (access.empty()) return std::optional<Login>();
  if (!is_token(access) || (!refresh.empty() && !is_token(refresh)))
    return fail("read the login in '" + where.file + "'", "its tokens are malformed", "log in again");
  Login login{.access = SecretText(access), .refresh = SecretText(refresh)};
  if (where.expires.empty()) {
    login.expires = expiry_of_web_token(access);
  } else if (const auto* member = find_pointer(document.value, where.expires)) {
    const auto number = member->as_int();
    if (number && *number > 0)
      login.expires = where.unit == policy::LoginTime::milliseconds ? *number / milliseconds_in_second : *number;
  }
  return std::optional<Login>(std::move(login));
}

bool is_good(const Login& login, UnixSeconds now) {
  return login.expires == no_expiry || login.expires > now + margin_seconds;
}

}  // namespace bailey::credentials
