#include "policy/branch_name.h"

#include <fmt/format.h>

#include "base/text.h"

namespace bailey::policy {
namespace {

constexpr std::size_t shown_bytes_max = 100;

// Why git (or we) would refuse it; empty when nobody does.
std::string problem_of_component(std::string_view component) {
  if (component.empty()) return "an empty part (a '/' at the start, at the end or doubled)";
  if (component.size() > branch_component_bytes_max) {
    return fmt::format("a part of more than {} bytes", branch_component_bytes_max);
  }
  if (component.front() == '.') return "a part that starts with '.'";
  if (component.ends_with(".lock")) return "a part that ends with '.lock'";
  return {};
}

std::string problem_of(std::string_view branch) {
  if (branch.empty()) return "it is empty";
  if (branch.size() > branch_bytes_max) return fmt::format("it is longer than {} bytes", branch_bytes_max);
  if (!is_utf8(branch)) return "it is not UTF-8";
  // What visible() would change, can deceive: NUL, escape sequences, newlines, text direction.
  if (has_control_characters(branch) || visible(branch) != branch) return "it contains control characters";
  if (branch.front() == '-') return "it starts with '-', like an option";
  if (branch.back() == '.') return "it ends with '.'";
  if (branch == "HEAD" || branch == "@") return "git uses this word for the current commit";
  if (branch.find("..") != std::string_view::npos) return "it contains '..'";
  if (branch.find("@{") != std::string_view::npos) return "it contains '@{'";
  if (const auto at = branch.find_first_of(" ~^:?*[\\"); at != std::string_view::npos) {
    return fmt::format("it contains '{}'", branch[at]);
  }
  for (const auto component : split(branch, '/')) {
    if (auto problem = problem_of_component(component); !problem.empty()) return "it has " + problem;
  }
  return {};
}

}  // namespace

Status check_branch_name(std::string_view branch) {
  if (auto problem = problem_of(branch); !problem.empty()) {
    return fail(fmt::format("branch name '{}'", branch.substr(0, shown_bytes_max)), std::move(problem),
                "choose a name like 'fix-login' (git check-ref-format has the rules)");
  }
  return {};
}

Result<std::string> agent_branch(std::string_view agent, std::string_view given) {
  // What was typed is checked first: an error should speak of that, and "-x" must not pass as "claude/-x".
  TRY_STATUS(check_branch_name(given));
  auto branch = std::string(given);
  if (given.size() <= agent.size() || !given.starts_with(agent) || given[agent.size()] != '/') {
    branch = fmt::format("{}/{}", agent, given);
    TRY_STATUS(check_branch_name(branch));
  }
  return branch;
}

}  // namespace bailey::policy
