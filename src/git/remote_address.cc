#include "git/remote_address.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace bailey::git {
namespace {

std::unexpected<Error> refuse(std::string why) {
  return fail("use the address of the remote", std::move(why),
              "bailey uses https, http, ssh, git@host: and local paths");
}

bool is_scheme_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

// [user[:password]@]host[:port] into host and port.
Status take_authority(std::string_view authority, RemoteAddress& address) {
  const auto at = authority.rfind('@');
  const auto user = at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
  auto host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (user.starts_with('-') || host.starts_with('-')) return refuse("it looks like an option");
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return refuse("an address in brackets does not end");
    address.host = lower(host.substr(0, end + 1));
    host.remove_prefix(end + 1);
    if (!host.empty() && host.front() != ':') return refuse("it is malformed");
    address.port = host.empty() ? "" : std::string(host.substr(1));
  } else {
    const auto colon = host.find(':');
    address.host = lower(host.substr(0, colon));
    address.port = colon == std::string_view::npos ? "" : std::string(host.substr(colon + 1));
  }
  if (address.host.empty()) return refuse("it names no host");
  if (address.port.find_first_not_of("0123456789") != std::string::npos) return refuse("the port is no number");
  return {};
}

Result<RemoteAddress> parse_with_scheme(std::string_view scheme, std::string_view rest) {
  constexpr std::array<std::pair<std::string_view, Transport>, 6> schemes = {{{"https", Transport::https},
                                                                              {"http", Transport::http},
                                                                              {"ssh", Transport::ssh},
                                                                              {"git+ssh", Transport::ssh},
                                                                              {"ssh+git", Transport::ssh},
                                                                              {"file", Transport::local}}};
  const auto known =
      std::find_if(schemes.begin(), schemes.end(), [&](const auto& each) { return each.first == scheme; });
  if (known == schemes.end()) return refuse("'" + visible(scheme) + "' is no scheme that bailey uses");
  RemoteAddress address{.transport = known->second, .host = {}, .port = {}, .path = {}};
  if (address.transport == Transport::local) {
    if (!rest.starts_with('/')) return refuse("a file address must name this machine");
    address.path = rest;
    return address;
  }
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return refuse("it has no path");
  TRY_STATUS(take_authority(rest.substr(0, slash), address));
  address.path = rest.substr(slash + 1);
  constexpr std::array<std::pair<Transport, std::string_view>, 3> usual = {
      {{Transport::https, "443"}, {Transport::http, "80"}, {Transport::ssh, "22"}}};
  for (const auto& [transport, port] : usual)
    if (transport == address.transport && port == address.port) address.port.clear();
  return address;
}

// user@host:path: the first colon comes before any slash.
Result<RemoteAddress> parse_scp(std::string_view url, std::size_t colon) {
  RemoteAddress address{
      .transport = Transport::ssh, .host = {}, .port = {}, .path = std::string(url.substr(colon + 1))};
  TRY_STATUS(take_authority(url.substr(0, colon), address));
  if (address.path.empty() || address.path.front() == '-') return refuse("its path looks like an option");
  while (address.path.starts_with('/')) address.path.erase(0, 1);
  return address;
}

// Without what git may leave out: slashes and ".git" at the end.
std::string bare_path(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git") && path.size() > 4) path.remove_suffix(4);
  return std::string(path);
}

}  // namespace

Result<RemoteAddress> parse_remote_address(std::string_view url) {
  if (url.empty() || url.size() > remote_address_bytes_max) return refuse("it is empty or too long");
  if (has_control_characters(url)) return refuse("it has control characters");
  if (url.front() == '-') return refuse("it looks like an option");
  const auto scheme_end = std::find_if_not(url.begin(), url.end(), is_scheme_byte);
  const auto scheme_bytes = static_cast<std::size_t>(scheme_end - url.begin());
  const auto rest = url.substr(scheme_bytes);
  if (rest.starts_with("::")) return refuse("it names a remote helper");
  if (scheme_bytes > 0 && rest.starts_with("://"))
    return parse_with_scheme(lower(url.substr(0, scheme_bytes)), rest.substr(3));
  // In "[::1]:path" the colons in the brackets do not count.
  const auto bracket = url.find('[') < url.find(':') ? url.find(']') : std::string_view::npos;
  const auto colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos && colon < url.find('/')) return parse_scp(url, colon);
  return RemoteAddress{.transport = Transport::local, .host = {}, .port = {}, .path = std::string(url)};
}

std::string label_of(const RemoteAddress& address) {
  const std::string path = bare_path(address.path);
  if (address.transport == Transport::local) return path;
  return address.host + (address.port.empty() ? "" : ":" + address.port) + "/" + path;
}

std::vector<std::string> spellings_of(const RemoteAddress& address) {
  if (address.transport == Transport::local || !address.port.empty()) return {};
  const std::string path = bare_path(address.path);
  if (path.empty()) return {};
  const std::string both = address.host + "/" + path;
  return {"https://" + both, "http://" + both, "ssh://git@" + both, "ssh://" + both,
          "git@" + address.host + ":" + path};
}

}  // namespace bailey::git
