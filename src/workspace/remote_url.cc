#include "workspace/remote_url.h"

#include "base/text.h"

namespace bailey::workspace {
namespace {

bool is_scheme(std::string_view text) {
  for (const char c : text)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '+' && c != '-' &&
        c != '.')
      return false;
  return !text.empty();
}

bool is_ssh(std::string_view scheme) { return scheme == "ssh" || scheme == "git+ssh" || scheme == "ssh+git"; }

// "user:password@host" → "user@host" or "host". The last @ counts: a password may contain others.
std::string without_login(std::string_view authority, bool keep_user) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string(authority);
  const auto user = authority.substr(0, authority.find_first_of(":@"));
  std::string clean = keep_user && !user.empty() ? std::string(user) + '@' : std::string();
  return clean.append(authority.substr(at + 1));
}

// "user:password@host:path" does not exist: the first colon ends the host, so only the user's name can be there. A
// slash before the colon makes it a path.
std::string without_scp_password(std::string_view url) {
  const auto colon = url.find(':');
  const auto at = url.find('@');
  if (at == std::string_view::npos || colon == std::string_view::npos || at < colon) return std::string(url);
  const auto user = url.substr(0, colon);
  return std::string(user) + std::string(url.substr(at));
}

}  // namespace

std::optional<std::string> without_credentials(std::string_view url) {
  if (url.empty() || url.size() > remote_url_bytes_max || has_control_characters(url)) return std::nullopt;
  const auto helper = url.find("::");
  if (helper != std::string_view::npos && is_scheme(url.substr(0, helper))) return std::nullopt;
  const auto mark = url.find("://");
  if (mark == std::string_view::npos || !is_scheme(url.substr(0, mark)))
    return url.front() == '/' || url.front() == '.' ? std::string(url) : without_scp_password(url);
  const auto scheme = url.substr(0, mark);
  auto rest = url.substr(mark + 3);
  if (scheme == "file") return std::string(url);
  if (!is_ssh(scheme)) rest = rest.substr(0, rest.find_first_of("?#"));
  const auto slash = rest.find('/');
  const auto authority = rest.substr(0, slash);
  const auto path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  // A password with a slash in it moves the @ behind the first slash: refuse to guess.
  if (authority.find('@') == std::string_view::npos && path.find('@') != std::string_view::npos &&
      authority.find(':') != std::string_view::npos &&
      authority.find_first_not_of("0123456789", authority.find(':') + 1) != std::string_view::npos)
    return std::nullopt;
  return std::string(scheme) + "://" + without_login(authority, is_ssh(scheme)) + std::string(path);
}

}  // namespace bailey::workspace
