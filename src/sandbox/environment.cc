#include "sandbox/environment.h"

#include <algorithm>
#include <map>

namespace bailey::sandbox {
namespace {

// Language, terminal and time zone. Nothing that names a socket, a token or a path of the user's.
constexpr std::string_view passed_always[] = {
    "LANG", "LANGUAGE", "LC_ALL",    "LC_CTYPE", "LC_COLLATE",  "LC_MESSAGES", "LC_TIME", "LC_NUMERIC",
    "TZ",   "TERM",     "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS",     "LINES",   "TERM_PROGRAM"};

bool is_passed(const std::string& name, const std::vector<std::string>& granted) {
  return std::find(std::begin(passed_always), std::end(passed_always), name) != std::end(passed_always) ||
         std::find(granted.begin(), granted.end(), name) != granted.end();
}

// Every connection reaches the gateway without these; they spare programs that know them a name lookup, and tell those
// with their own list of certificates whom to trust.
void add_network(std::map<std::string, std::string>& variables) {
  const std::string proxy = "http://127.0.0.1:" + std::to_string(init::proxy_port);
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"}) variables[name] = proxy;
  for (const char* name : {"all_proxy", "ALL_PROXY"})
    variables[name] = "socks5h://127.0.0.1:" + std::to_string(init::socks_port);
  for (const char* name : {"no_proxy", "NO_PROXY"}) variables[name] = "localhost,127.0.0.1,::1";
  const std::string trust = trust_path;
  for (const char* name :
       {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO",
        "AWS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "BUNDLE_SSL_CA_CERT",
        // Besides their own: a private authority of the host's counts in tunnels as well.
        "NODE_EXTRA_CA_CERTS", "DENO_CERT"})
    variables[name] = trust + "/bundle.pem";
}

}  // namespace

std::vector<std::string> agent_environment(const EnvironmentInput& input, const Toolchains& toolchains) {
  std::map<std::string, std::string> variables;
  for (const auto& [name, value] : input.host)
    if (is_passed(name, input.passed)) variables[name] = value;
  for (const auto& text : toolchains.environment)
    variables[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  for (const auto& [name, value] : input.manifest) variables[name] = value;
  for (const auto& [name, value] : input.placeholders) variables[name] = value;

  std::string path = std::string(helper_directory) + "/bin";
  for (const auto& directory : toolchains.path) path += ":" + directory;
  for (const std::string_view directory : {"/usr/local/bin", "/usr/bin", "/bin"})
    if ((":" + path + ":").find(":" + std::string(directory) + ":") == std::string::npos)
      path.append(":").append(directory);
  variables["PATH"] = path;
  variables["HOME"] = agent_home;
  variables["USER"] = variables["LOGNAME"] = "agent";
  variables["SHELL"] = "/bin/bash";
  variables["TMPDIR"] = "/tmp";
  variables["BAILEY_SESSION"] = input.session;
  variables["BAILEY_BRANCH"] = input.branch;
  variables["BAILEY_NETWORK"] = input.network;
  if (!input.push) variables["BAILEY_NO_PUSH"] = "1";
  if (!input.ssh_agent.empty()) variables["SSH_AUTH_SOCK"] = input.ssh_agent;
  if (input.through_gateway) add_network(variables);
  std::vector<std::string> list;
  list.reserve(variables.size());
  for (const auto& [name, value] : variables) list.push_back(std::string(name).append("=").append(value));
  return list;
}

}  // namespace bailey::sandbox
