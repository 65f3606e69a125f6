#include "session/host_network.h"

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

std::string directory_bundle(const std::string& directory) {
  std::string bundle;
  for (const auto& name : os::list_directory(directory).value_or(std::vector<std::string>())) {
    const auto text = os::read_file(os::join(directory, name), configuration_bytes_max);
    if (text && text->find("-----BEGIN CERTIFICATE-----") != std::string::npos &&
        bundle.size() + text->size() < bundle_bytes_max)
      bundle += *text + '\n';
  }
  return bundle;
}

std::string trusted(const std::vector<std::pair<std::string, std::string>>& environment) {
  const std::string file = variable(environment, "SSL_CERT_FILE");
  const std::string directory = variable(environment, "SSL_CERT_DIR");
  std::string bundle;
  if (!file.empty()) bundle = os::read_file(file, bundle_bytes_max).value_or("");
  if (!directory.empty()) bundle += directory_bundle(directory);
  if (!file.empty() || !directory.empty()) return bundle;
  for (const char* path : bundles)
    if (auto text = os::read_file(path, bundle_bytes_max); text && !text->empty()) return std::move(*text);
  return directory_bundle("/etc/ssl/certs");
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
