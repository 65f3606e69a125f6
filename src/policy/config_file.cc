#include "policy/config_file.h"

#include <fmt/format.h>

#include "policy/checks.h"
#include "policy/credential_rule_file.h"
#include "policy/domain_pattern.h"
#include "policy/git_rule_file.h"
#include "policy/network_rule_file.h"
#include "policy/path_pattern.h"
#include "policy/quantity.h"
#include "policy/secret_names.h"
#include "policy/secret_rule_file.h"
#include "policy/token_rule_file.h"
#include "toml/expect.h"
#include "toml/parse.h"

namespace bailey::policy {
namespace {

// Puts the place in front of what a check of the value alone found.
template <typename T>
Result<Given<T>> placed(const toml::Node& node, Result<T> checked) {
  if (!checked) return std::unexpected(std::move(checked.error()).within(to_string(node.position)));
  return Given<T>{std::move(*checked), to_string(node.position)};
}

// Reads members of tables into values. After the first error nothing more is read: that one is reported.
class Reader {
 public:
  template <typename Out, typename Read>
  void member(const toml::Node& table, std::string_view key, Out& out, Read read) {
    const auto* node = status_ ? table.find(key) : nullptr;
    if (node == nullptr) return;
    auto value = read(*node);
    if (value) {
      out = std::move(*value);
    } else {
      status_ = std::unexpected(std::move(value).error());
    }
  }

  // The table of that name; nullptr when there is none, or one with keys that nobody knows.
  const toml::Node* table(const toml::Node& root, std::string_view name, std::span<const std::string_view> keys) {
    const auto* node = status_ ? root.find(name) : nullptr;
    if (node != nullptr) status_ = toml::expect_keys(*node, keys, name);
    return status_ ? node : nullptr;
  }

  Status status() && { return std::move(status_); }

 private:
  Status status_;
};

Result<Given<Profile>> read_profile(const toml::Node& node) {
  const auto word = TRY(toml::expect_word(node, profile_words, "profile"));
  return Given{static_cast<Profile>(word), to_string(node.position)};
}

Result<Given<Network>> read_network(const toml::Node& node) {
  const auto word = TRY(toml::expect_word(node, network_words, "network"));
  return Given{network_of(word), to_string(node.position)};
}

Result<Given<WorkspaceMode>> read_workspace(const toml::Node& node) {
  const auto word = TRY(toml::expect_word(node, workspace_words, "workspace"));
  return Given{static_cast<WorkspaceMode>(word), to_string(node.position)};
}

Result<Given<Push>> read_push(const toml::Node& node) {
  const auto yes = TRY(toml::expect_bool(node, "push"));
  return Given{yes ? Push::yes : Push::no, to_string(node.position)};
}

Result<Given<Approvals>> read_approvals(const toml::Node& node) {
  const auto word = TRY(toml::expect_word(node, approvals_words, "approvals"));
  return Given{static_cast<Approvals>(word), to_string(node.position)};
}

Result<Given<GpuAccess>> read_gpu(const toml::Node& node) {
  const auto yes = TRY(toml::expect_bool(node, "gpu"));
  return Given{yes ? GpuAccess::yes : GpuAccess::no, to_string(node.position)};
}

Result<Given<double>> read_cpus(const toml::Node& node) {
  const auto value = TRY(toml::expect_number(node, "limits.cpus"));
  return placed(node, checked_cpus(value));
}

using Check = Result<std::uint64_t> (*)(std::uint64_t);

Result<Given<std::uint64_t>> read_count(const toml::Node& node, std::string_view what, Check check) {
  const auto value = TRY(toml::expect_whole(node, what));
  if (value < 0) return toml::fail_at(node.position, fmt::format("{} can't be negative", what));
  return placed(node, check(static_cast<std::uint64_t>(value)));
}

// A string like "8g", or a number of bytes.
Result<Given<std::uint64_t>> read_size(const toml::Node& node, std::string_view what, Check check) {
  if (const auto* text = std::get_if<std::string>(&node.data)) {
    const auto size = TRY(placed(node, parse_size(*text)));
    return placed(node, check(size.value));
  }
  if (std::holds_alternative<std::int64_t>(node.data)) return read_count(node, what, check);
  return toml::fail_at(node.position, fmt::format("{} must be a size, not {}", what, node.kind()),
                       "write it like \"8g\" or \"512m\"");
}

auto size_reader(std::string_view what, Check check) {
  return [=](const toml::Node& node) { return read_size(node, what, check); };
}

auto count_reader(std::string_view what, Check check) {
  return [=](const toml::Node& node) { return read_count(node, what, check); };
}

// An array of strings, each through `check_entry`.
template <typename CheckEntry>
auto list_reader(std::string_view what, CheckEntry check_entry) {
  return [=](const toml::Node& node) -> Result<std::vector<Given<std::string>>> {
    const auto* array = TRY(toml::expect_array(node, what));
    if (array->size() > list_entries_max) {
      return toml::fail_at(node.position, fmt::format("{} has more than {} entries", what, list_entries_max));
    }
    std::vector<Given<std::string>> list;
    for (const auto& entry : *array) {
      const auto text = TRY(toml::expect_string(entry, fmt::format("an entry of {}", what)));
      list.push_back(TRY(placed(entry, check_entry(text))));
    }
    return list;
  };
}

Result<std::string> secret_pattern(const std::string& text) {
  if (text.starts_with('!')) {
    return fail(fmt::format("secret pattern '{}'", text), "exceptions have a list of their own",
                "move it, without the '!', to except in [secrets]");
  }
  TRY_STATUS(check_secret_pattern(text));
  return text;
}

Result<std::string> protected_path(const std::string& text) {
  TRY_STATUS(check_path_pattern(text));
  return text;
}

// "RULE" or "RULE:PATTERN"; a bare "*" would accept everything that there is.
Result<std::string> accepted_finding(const std::string& text) {
  const auto colon = text.find(':');
  const std::string what = fmt::format("apply.accept '{}'", text);
  if (text.empty() || colon == 0) return fail(what, "it names no rule", "write it as RULE, RULE:PATTERN or *:PATTERN");
  if (colon == std::string::npos && text == "*")
    return fail(what, "it would accept everything", "name paths: *:PATTERN");
  if (colon != std::string::npos) TRY_STATUS(check_path_pattern(std::string_view(text).substr(colon + 1)));
  return text;
}

Result<Given<DefaultList>> read_default_allowlist(const toml::Node& node) {
  const auto yes = TRY(toml::expect_bool(node, "default_allowlist"));
  return Given{yes ? DefaultList::yes : DefaultList::no, to_string(node.position)};
}

Result<Values> network_limits_into(const toml::Node& node, Values values) {
  TRY_STATUS(read_network_limits(node, values));
  return values;
}

void read_limits(Reader& reader, const toml::Node& root, Values& values) {
  static constexpr std::string_view keys[] = {"cpus", "memory", "pids", "disk", "open_files", "network"};
  const auto* limits = reader.table(root, "limits", keys);
  if (limits == nullptr) return;
  reader.member(*limits, "cpus", values.cpus, read_cpus);
  reader.member(*limits, "memory", values.memory_bytes, size_reader("limits.memory", checked_memory));
  reader.member(*limits, "pids", values.pids, count_reader("limits.pids", checked_pids));
  reader.member(*limits, "disk", values.disk_bytes, size_reader("limits.disk", checked_disk));
  reader.member(*limits, "open_files", values.open_files, count_reader("limits.open_files", checked_open_files));
  reader.member(*limits, "network", values, [&](const toml::Node& node) { return network_limits_into(node, values); });
}

void read_lists(Reader& reader, const toml::Node& root, const PathBase& base, Values& values) {
  static constexpr std::string_view secret_keys[] = {"patterns", "except"};
  static constexpr std::string_view path_keys[] = {"read_only"};
  static constexpr std::string_view environment_keys[] = {"pass"};
  static constexpr std::string_view apply_keys[] = {"protected", "accept"};
  reader.member(root, "allow_domains", values.allow_domains, list_reader("allow_domains", parse_domain_pattern));
  if (const auto* table = reader.table(root, "secrets", secret_keys)) {
    reader.member(*table, "patterns", values.secret_patterns, list_reader("secrets.patterns", secret_pattern));
    reader.member(*table, "except", values.secret_exceptions, list_reader("secrets.except", secret_pattern));
  }
  if (const auto* table = reader.table(root, "paths", path_keys)) {
    const auto check = [&base](const std::string& text) { return toolchain_path(text, base); };
    reader.member(*table, "read_only", values.read_only_paths, list_reader("paths.read_only", check));
  }
  if (const auto* table = reader.table(root, "environment", environment_keys)) {
    reader.member(*table, "pass", values.environment, list_reader("environment.pass", variable_name));
  }
  if (const auto* table = reader.table(root, "apply", apply_keys)) {
    reader.member(*table, "protected", values.protected_paths, list_reader("apply.protected", protected_path));
    reader.member(*table, "accept", values.accepted_findings, list_reader("apply.accept", accepted_finding));
  }
}

}  // namespace

Result<Values> parse_config(std::string_view text, std::string_view file, std::string_view home) {
  static constexpr std::string_view keys[] = {"profile",
                                              "network",
                                              "allow_domains",
                                              "push",
                                              "workspace",
                                              "gpu",
                                              "limits",
                                              "secrets",
                                              "paths",
                                              "environment",
                                              "seccomp_profile",
                                              "audit_bytes_max",
                                              "rule",
                                              "secret",
                                              "token",
                                              "default_allowlist",
                                              "approvals",
                                              "approval_minutes",
                                              "apply"};
  const auto root = TRY(toml::parse(text, file));
  TRY_STATUS(toml::expect_keys(root, keys, ""));
  const PathBase base{.home = std::string(home), .directory = {}};
  Values values;
  Reader reader;
  reader.member(root, "profile", values.profile, read_profile);
  reader.member(root, "network", values.network, read_network);
  reader.member(root, "push", values.push, read_push);
  reader.member(root, "workspace", values.workspace, read_workspace);
  reader.member(root, "approvals", values.approvals, read_approvals);
  reader.member(root, "approval_minutes", values.approval_minutes,
                count_reader("approval_minutes", checked_approval_minutes));
  reader.member(root, "gpu", values.gpu, read_gpu);
  read_limits(reader, root, values);
  read_lists(reader, root, base, values);
  reader.member(root, "seccomp_profile", values.seccomp_profile,
                [&base](const toml::Node& node) -> Result<Given<std::string>> {
                  const auto text_of = TRY(toml::expect_string(node, "seccomp_profile"));
                  if (text_of == builtin_seccomp_word) return Given{text_of, to_string(node.position)};
                  return placed(node, absolute_path(text_of, base));
                });
  reader.member(root, "default_allowlist", values.default_allowlist, read_default_allowlist);
  reader.member(root, "rule", values.rules, read_network_rules);
  reader.member(root, "rule", values.git_rules, read_git_rules);
  reader.member(root, "rule", values.credential_rules, read_credential_rules);
  reader.member(root, "secret", values.secrets, read_secret_rules);
  reader.member(root, "token", values.tokens, read_token_rules);
  reader.member(root, "audit_bytes_max", values.audit_bytes_max, size_reader("audit_bytes_max", checked_audit_bytes));
  TRY_STATUS(std::move(reader).status());
  return values;
}

}  // namespace bailey::policy
