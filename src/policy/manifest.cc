#include "policy/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/read.h"
#include "policy/checks.h"
#include "policy/domain_pattern.h"
#include "policy/oauth_login_file.h"
#include "policy/secret_rule_file.h"
#include "toml/expect.h"
#include "toml/parse.h"

namespace bailey::policy {
namespace {

constexpr std::size_t text_bytes_max = 4096;  // of one value

Result<std::string> plain_text(const toml::Node& node, std::string_view what) {
  auto text = TRY(toml::expect_string(node, what));
  if (text.empty() || text.size() > text_bytes_max || has_control_characters(text)) {
    return toml::fail_at(node.position, fmt::format("{} must be 1 to {} bytes of plain text", what, text_bytes_max));
  }
  return text;
}

// The text of a member; absent is an error, for what every manifest must say.
Result<std::string> required(const toml::Node& table, std::string_view key) {
  const auto* node = table.find(key);
  if (node == nullptr) return toml::fail_at(table.position, fmt::format("'{}' is missing", key));
  return plain_text(*node, key);
}

// What a member that may be absent holds; nullptr for absent, else an array within the limit.
Result<const toml::Array*> entries(const toml::Node& table, std::string_view key) {
  const auto* node = table.find(key);
  if (node == nullptr) return nullptr;
  const auto* array = TRY(toml::expect_array(*node, key));
  if (array->size() > manifest_entries_max) {
    return toml::fail_at(node->position, fmt::format("{} has more than {} entries", key, manifest_entries_max));
  }
  return array;
}

Result<std::vector<std::string>> texts(const toml::Node& table, std::string_view key) {
  std::vector<std::string> list;
  const auto* array = TRY(entries(table, key));
  if (array == nullptr) return list;
  for (const auto& entry : *array) list.push_back(TRY(plain_text(entry, fmt::format("an entry of {}", key))));
  return list;
}

Result<std::vector<std::string>> hosts_of(const toml::Node& table) {
  std::vector<std::string> hosts;
  const auto* array = TRY(entries(table, "hosts"));
  if (array == nullptr) return hosts;
  for (const auto& entry : *array) {
    const auto text = TRY(toml::expect_string(entry, "an entry of hosts"));
    auto host = parse_domain_pattern(text);
    if (!host) return std::unexpected(std::move(host).error().within(to_string(entry.position)));
    hosts.push_back(std::move(*host));
  }
  return hosts;
}

// A path below the home directory: relative, normal, never leaving it.
Result<std::string> home_path(const toml::Node& node, std::string_view what) {
  auto path = TRY(plain_text(node, what));
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") {
      return toml::fail_at(node.position,
                           fmt::format("{} '{}' is not a plain path below the home directory", what, path),
                           "write it relative to the home directory, without '.' and '..'");
    }
  }
  return path;
}

Status read_defaults(const toml::Node& node, HomeFile& file) {
  file.defaults = TRY(toml::expect_string(node, "defaults"));
  if (file.mode != HomeFileMode::placeholder || file.path.ends_with(".toml"))
    return toml::fail_at(node.position, "only a JSON file of mode 'placeholder' has defaults");
  const auto value = json::read(file.defaults, "defaults", {.bytes_max = home_defaults_bytes_max});
  if (!value) return toml::fail_at(node.position, value.error().what + ": " + value.error().why);
  if (value->as_object() == nullptr) return toml::fail_at(node.position, "defaults must be a JSON object");
  return {};
}

Result<HomeFile> home_file(const toml::Node& table) {
  static constexpr std::string_view keys[] = {"path", "mode", "defaults"};
  static constexpr std::string_view modes[] = {"copy", "placeholder", "absent"};
  TRY_STATUS(toml::expect_keys(table, keys, "home"));
  HomeFile file;
  TRY_STATUS(required(table, "path"));
  file.path = TRY(home_path(*table.find("path"), "path"));
  TRY_STATUS(required(table, "mode"));
  file.mode = static_cast<HomeFileMode>(TRY(toml::expect_word(*table.find("mode"), modes, "mode")));
  if (table.find("defaults") != nullptr) TRY_STATUS(read_defaults(*table.find("defaults"), file));
  return file;
}

Result<ManifestMcp> mcp_of(const toml::Node& root) {
  ManifestMcp mcp;
  const auto* table = root.find("mcp");
  if (table == nullptr) return mcp;
  static constexpr std::string_view keys[] = {"format", "path"};
  TRY_STATUS(toml::expect_keys(*table, keys, "mcp"));
  mcp.format = TRY(required(*table, "format"));
  TRY_STATUS(required(*table, "path"));
  mcp.path = TRY(home_path(*table->find("path"), "path"));
  return mcp;
}

Result<std::vector<std::pair<std::string, std::string>>> environment_of(const toml::Node& root) {
  std::vector<std::pair<std::string, std::string>> environment;
  const auto* node = root.find("environment");
  if (node == nullptr) return environment;
  const auto* table = std::get_if<toml::Table>(&node->data);
  if (table == nullptr || table->size() > manifest_entries_max) {
    return toml::fail_at(node->position, "environment must be a table of NAME = \"value\"");
  }
  for (const auto& member : *table) {
    auto name = variable_name(member.key);
    if (!name) return std::unexpected(std::move(name).error().within(to_string(member.position)));
    auto value = TRY(plain_text(member.value, member.key));
    environment.emplace_back(std::move(*name), std::move(value));
  }
  return environment;
}

Status check_name(const toml::Node& root, std::string_view name) {
  const auto is_good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (name.size() <= agent_name_bytes_max && std::ranges::all_of(name, is_good) && name.front() != '-') return {};
  return toml::fail_at(root.find("name")->position,
                       fmt::format("a name has at most {} of the characters a-z, 0-9 and -", agent_name_bytes_max));
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, std::string_view file) {
  static constexpr std::string_view keys[] = {"name", "title",  "command", "binary", "install",    "hosts",
                                              "home", "secret", "oauth",   "mcp",    "environment"};
  const auto root = TRY(toml::parse(text, file));
  TRY_STATUS(toml::expect_keys(root, keys, ""));
  Manifest manifest;
  manifest.name = TRY(required(root, "name"));
  TRY_STATUS(check_name(root, manifest.name));
  manifest.title = TRY(required(root, "title"));
  manifest.command = TRY(texts(root, "command"));
  manifest.binary = TRY(required(root, "binary"));
  if (manifest.command.empty() || manifest.command.front() != manifest.binary) {
    return toml::fail_at(root.position, "'command' must be an array that starts with the binary");
  }
  if (manifest.binary.find('/') != std::string::npos) {
    return toml::fail_at(root.find("binary")->position, "binary is looked for on PATH: it can't contain '/'");
  }
  manifest.install = TRY(required(root, "install"));
  manifest.hosts = TRY(hosts_of(root));
  if (const auto* files = TRY(entries(root, "home"))) {
    for (const auto& entry : *files) manifest.home.push_back(TRY(home_file(entry)));
  }
  if (const auto* secrets = TRY(entries(root, "secret"))) {
    for (const auto& entry : *secrets) {
      auto rule = TRY(read_secret_rule(entry));
      manifest.secrets.push_back(std::move(rule.value));
    }
  }
  if (const auto* logins = TRY(entries(root, "oauth"))) {
    for (const auto& entry : *logins) manifest.logins.push_back(TRY(read_oauth_login(entry)));
    if (manifest.logins.size() > oauth_logins_max)
      return toml::fail_at(root.position, fmt::format("more than {} [[oauth]] tables", oauth_logins_max));
  }
  manifest.mcp = TRY(mcp_of(root));
  manifest.environment = TRY(environment_of(root));
  manifest.place = file;
  return manifest;
}

}  // namespace bailey::policy
