#include "session/host_network.h"

#include <unordered_set>

#include "os/files.h"

namespace bailey::session {
namespace {

constexpr std::size_t configuration_bytes_max = std::size_t{4} << 20;
constexpr std::size_t bundle_bytes_max = std::size_t{16} << 20;
constexpr const char* bundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                   "/etc/ssl/cert.pem"};
constexpr std::string_view proxy_names[] = {"http_proxy", "https_proxy", "all_proxy", "no_proxy",
                                            "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"};

std::string variable(const std::vector<std::pair<std::string, std::string>>& environment, std::string_view name) {
  for (const auto& [key, value] : environment)
    if (key == name) return value;
  return {};
}

// What OpenSSL would open in a directory of certificates, whose other names lead to the same ones: openssl-rehash(1).
bool is_hash_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == 8 && name.size() > 9 && name.find_first_not_of("0123456789abcdef") == dot &&
         name.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
}

// Adds what `directory` has beyond `bundle`: the two name the same store as often as not.
void add_directory(std::string& bundle, const std::string& directory) {
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  std::unordered_set<std::string> known;
  const auto is_new = [&](std::string_view certificate) { return known.emplace(certificate).second; };
  const auto each = [&](std::string_view text, const auto& use) {
    for (std::size_t begin = 0; (begin = text.find("-----BEGIN CERTIFICATE-----", begin)) != std::string_view::npos;) {
      const std::size_t stop = text.find(end, begin);
      if (stop == std::string_view::npos) return;
      use(text.substr(begin, stop + end.size() - begin));
      begin = stop;
    }
  };
  each(bundle, [&](std::string_view certificate) { (void)is_new(certificate); });
  for (const auto& name : os::list_directory(directory).value_or(std::vector<std::string>())) {
    if (!is_hash_name(name)) continue;
    const auto text = os::read_file(os::join(directory, name), configuration_bytes_max);
    if (!text || bundle.size() + text->size() >= bundle_bytes_max) continue;
    each(*text, [&](std::string_view certificate) {
      if (is_new(certificate)) bundle.append(certificate).append("\n");
    });
  }
}

std::string trusted(const std::vector<std::pair<std::string, std::string>>& environment) {
  const std::string file = variable(environment, "SSL_CERT_FILE");
  const std::string directory = variable(environment, "SSL_CERT_DIR");
  std::string bundle;
  if (!file.empty()) bundle = os::read_file(file, bundle_bytes_max).value_or("");
  if (!directory.empty()) add_directory(bundle, directory);
  if (!file.empty() || !directory.empty()) return bundle;
  for (const char* path : bundles)
    if (auto text = os::read_file(path, bundle_bytes_max); text && !text->empty()) return std::move(*text);
  add_directory(bundle, "/etc/ssl/certs");
  return bundle;
}

}  // namespace

HostNetwork read_host_network(const std::vector<std::pair<std::string, std::string>>& environment) {
  HostNetwork network{.resolv_conf = os::read_file("/etc/resolv.conf", configuration_bytes_max).value_or(""),
                      .hosts = os::read_file("/etc/hosts", configuration_bytes_max).value_or(""),
                      .ca_bundle = trusted(environment),
                      .proxy_variables = {}};
  for (const std::string_view name : proxy_names)
    if (const std::string value = variable(environment, name); !value.empty() && value.find('\n') == std::string::npos)
      network.proxy_variables.append(name).append("=").append(value).append("\n");
  return network;
}

}  // namespace bailey::session
