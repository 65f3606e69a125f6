#include "policy/builtin_allowlist.h"

#include "embedded/allowlist.h"
#include "policy/domain_pattern.h"
#include "toml/expect.h"
#include "toml/parse.h"

namespace bailey::policy {

Result<std::vector<BuiltinHost>> builtin_allowlist() {
  const auto root = TRY(toml::parse(embedded::allowlist, "policy/allowlist.toml"));
  static constexpr std::string_view root_keys[] = {"group"};
  static constexpr std::string_view keys[] = {"reason", "hosts", "pushes"};
  TRY_STATUS(toml::expect_keys(root, root_keys, ""));
  std::vector<BuiltinHost> list;
  const auto* node = root.find("group");
  if (node == nullptr) return list;
  for (const auto& group : *TRY(toml::expect_array(*node, "group"))) {
    TRY_STATUS(toml::expect_keys(group, keys, "group"));
    const auto* reason_node = group.find("reason");
    const auto* hosts = group.find("hosts");
    if (reason_node == nullptr || hosts == nullptr)
      return toml::fail_at(group.position, "a group has reason and hosts");
    const auto reason = TRY(toml::expect_string(*reason_node, "reason"));
    const auto* pushes = group.find("pushes");
    const auto takes = pushes != nullptr && TRY(toml::expect_bool(*pushes, "pushes")) ? Takes::pushes : Takes::nothing;
    for (const auto& host : *TRY(toml::expect_array(*hosts, "hosts"))) {
      const auto text = TRY(toml::expect_string(host, "an entry of hosts"));
      list.push_back({TRY(parse_domain_pattern(text)), reason, takes});
    }
  }
  return list;
}

}  // namespace bailey::policy
