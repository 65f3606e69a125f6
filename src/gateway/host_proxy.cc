#include "gateway/host_proxy.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "gateway/host_name.h"

namespace bailey::gateway {
namespace {

constexpr std::uint16_t port_without_scheme = 1080;
constexpr std::size_t credentials_bytes_max = 1024;

std::unexpected<Error> bad_url(std::string why) {
  return fail("the host's proxy", std::move(why), "set https_proxy to http://host:port or unset it");
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const char* const begin = text.data() + std::min(i + 1, text.size());
    const char* const end = text.data() + std::min(i + 3, text.size());
    if (const auto [at, error] = std::from_chars(begin, end, value, 16); error != std::errc() || at != begin + 2)
      return bad_url("a '%' that stands for nothing in its credentials");
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

bool is_within(const IpAddress& address, std::string_view range) {
  const std::size_t slash = range.find('/');
  const auto network = parse_address(range.substr(0, slash));
  if (!network || network->is_v4 != address.is_v4) return false;
  if (slash == std::string_view::npos) return *network == address;
  unsigned length = 0;
  const std::string_view digits = range.substr(slash + 1);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), length).ec != std::errc()) return false;
  if (address.is_v4) length += 96;
  for (unsigned bit = 0; bit < std::min(length, 128U); ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((network->bytes[bit / 8] ^ address.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool is_or_is_below(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

}  // namespace

Result<HostProxy> parse_proxy_url(std::string_view text) {
  std::uint16_t port = port_without_scheme;
  if (const std::size_t scheme_end = text.find("://"); scheme_end != std::string_view::npos) {
    if (text.substr(0, scheme_end) != "http") return bad_url("only proxies that speak plain HTTP are supported");
    text.remove_prefix(scheme_end + 3);
    port = 80;
  }
  text = text.substr(0, text.find('/'));
  HostProxy proxy;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    proxy.basic_credentials = TRY(percent_decoded(text.substr(0, at)));
    if (proxy.basic_credentials.size() > credentials_bytes_max) return bad_url("its credentials are too long");
    text.remove_prefix(at + 1);
  }
  const HostAndPort target = TRY(parse_host_and_port(text));
  proxy.host = target.host.text;
  proxy.port = target.port.value_or(port);
  return proxy;
}

Result<HostProxies> HostProxies::from_variables(const std::map<std::string, std::string>& variables) {
  const auto value_of = [&](std::initializer_list<const char*> names) -> std::string_view {
    for (const char* const name : names)
      if (const auto found = variables.find(name); found != variables.end() && !found->second.empty())
        return found->second;
    return {};
  };
  HostProxies proxies;
  const std::string_view http = value_of({"http_proxy", "all_proxy", "ALL_PROXY"});
  const std::string_view https = value_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  if (!http.empty()) proxies.http_ = TRY(parse_proxy_url(http));
  if (!https.empty()) proxies.https_ = TRY(parse_proxy_url(https));
  for (const std::string_view listed : split(value_of({"no_proxy", "NO_PROXY"}), ',')) {
    std::string_view entry = trim(listed);
    if (entry == "*") proxies.none_at_all_ = true;
    while (entry.starts_with('.') || entry.starts_with("*.")) entry.remove_prefix(1);
    if (entry.empty()) continue;
    std::string lower(entry);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    proxies.direct_.push_back(std::move(lower));
  }
  return proxies;
}

const HostProxy* HostProxies::proxy_for(const Authority& authority) const {
  const auto& proxy = authority.port == 80 ? http_ : https_;
  if (!proxy || none_at_all_) return nullptr;
  const auto address = authority.is_literal ? parse_address(authority.host) : std::nullopt;
  const bool is_direct = std::ranges::any_of(direct_, [&](const std::string& entry) {
    return address ? is_within(*address, entry) : is_or_is_below(authority.host, entry);
  });
  return is_direct ? nullptr : &*proxy;
}

std::string connect_request(const HostProxy& proxy, const Authority& authority) {
  const bool is_v6 = authority.is_literal && authority.host.find(':') != std::string::npos;
  const std::string target =
      (is_v6 ? '[' + authority.host + ']' : authority.host) + ':' + std::to_string(authority.port);
  std::string text = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.basic_credentials.empty())
    text += "Proxy-Authorization: Basic " + base64(proxy.basic_credentials) + "\r\n";
  return text + "\r\n";
}

}  // namespace bailey::gateway
