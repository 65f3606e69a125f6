// Any bytes as the rule file of a project: refused, or rules of the project's alone that switch nothing off.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "review/compiled_rules.h"
#include "review/path_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::review;
  const std::string input(reinterpret_cast<const char*>(data), size);
  (void)glob_to_regex(input);
  (void)comparable(input);
  const auto rules = parse_rules(input, "rules", RuleLayer::project);
  if (!rules) return 0;
  if (!rules->off.empty() || !rules->exceptions.empty() || !rules->checks.empty()) std::abort();
  for (const auto& rule : rules->paths)
    if (!rule.id.starts_with("project/")) std::abort();
  for (const auto& rule : rules->texts)
    if (!rule.id.starts_with("project/")) std::abort();
  return 0;
}
