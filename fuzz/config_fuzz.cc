// A repository's .bailey.toml is text of an attacker: it is refused, or resolved to a plan no looser than without it.
#include <cstdint>
#include <cstdlib>

#include "policy/resolve.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::policy;
  static const auto without = [] {
    Inputs inputs;
    inputs.agent = *load_manifest("shell", "/nonexistent");
    inputs.host = {.cpus = 8, .home = "/home/u", .directory = "/home/u"};
    return inputs;
  }();
  static const auto loose = *resolve(without);
  auto with = without;
  with.files.project = {".bailey.toml", std::string(reinterpret_cast<const char*>(data), size)};
  const auto plan = resolve(with);
  if (!plan) return 0;
  const auto& grants = plan->grants;
  const auto granted = grants.gpu || grants.seccomp_profile || grants.trusted_profile || !grants.environment.empty() ||
                       !grants.read_only_paths.empty() || !grants.secret_exceptions.empty();
  const auto looser = plan->network.value > loose.network.value || plan->push.value > loose.push.value ||
                      plan->limits.memory_bytes.value > loose.limits.memory_bytes.value ||
                      !(plan->limits.cpus.value <= loose.limits.cpus.value) || !plan->allow_domains.empty();
  if (granted || looser) std::abort();
  return 0;
}
