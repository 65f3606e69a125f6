#include "cli/source_url.h"

#include <algorithm>

#include "base/text.h"
#include "policy/domain_pattern.h"

namespace bailey::cli {
namespace {

constexpr std::string_view https = "https://";
constexpr std::uint16_t https_port = 443;
constexpr std::size_t url_bytes_max = 2048;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

Result<std::optional<SourceUrl>> parse_source(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string what = "clone '" + visible(text) + "'";
  if (!text.starts_with(https))
    return fail(what, "only https:// URLs can be cloned into a session", "clone it yourself and name the directory");
  if (text.size() > url_bytes_max || !is_plain(text)) return fail(what, "it is no URL");
  const std::string_view rest = text.substr(https.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos)
    return fail(what, "it carries a user name or a password, which would be in the sandbox",
                "clone it yourself and name the directory");
  const auto pattern = TRY(policy::parse_domain_pattern(authority));
  const auto parts = policy::parts_of(pattern);
  if (parts.reach == policy::Reach::domain) return fail(what, "its host is a pattern");
  std::string_view path = rest.substr(authority.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == ".." || path.find_first_of("?#") != std::string_view::npos)
    return fail(what, "it names no repository");
  return SourceUrl{std::string(text), std::string(parts.host), parts.port.value_or(https_port), std::string(name)};
}

}  // namespace bailey::cli
