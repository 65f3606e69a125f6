#include "git/ref_name.h"

#include <cstring>

#include "base/text.h"

namespace bailey::git {
namespace {

constexpr std::string_view heads = "refs/heads/";

bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F || std::strchr(" ~^:?*[\\", c) != nullptr;
}

// Why the component breaks a rule; nullptr: it is fine.
const char* component_fault(std::string_view component) {
  if (component.empty()) return "has an empty component";
  if (component.size() > ref_component_bytes_max) return "has a component that is too long for a file name";
  if (component.front() == '.') return "has a component that begins with a dot";
  if (component.ends_with(".lock")) return "has a component that ends with .lock";
  return nullptr;
}

const char* fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > ref_name_bytes_max) return "is too long";
  for (const char c : name)
    if (is_forbidden(c)) return "has a space, a control character or one of ~^:?*[\\";
  if (name == "@" || name.find("@{") != std::string_view::npos) return "has @{ or is @";
  if (name.find("..") != std::string_view::npos) return "has two dots in a row";
  if (name.back() == '.') return "ends with a dot";
  for (const auto component : split(name, '/'))
    if (const char* found = component_fault(component)) return found;
  return nullptr;
}

std::unexpected<Error> refused(std::string_view kind, std::string_view name, const char* why) {
  return fail(std::string(kind) + " '" + visible(name.substr(0, 80)) + "'", "the name " + std::string(why),
              "git-check-ref-format(1) lists the rules; letters, digits, '-', '_', '.' and '/' are always fine");
}

}  // namespace

Status check_ref_name(std::string_view name) {
  if (const char* why = fault(name)) return refused("ref", name, why);
  return {};
}

Status check_branch_name(std::string_view branch) {
  if (const char* why = fault(branch)) return refused("branch", branch, why);
  if (branch.front() == '-') return refused("branch", branch, "begins with '-'");
  if (branch == "HEAD") return refused("branch", branch, "is reserved");
  if (branch.size() + heads.size() > ref_name_bytes_max) return refused("branch", branch, "is too long");
  return {};
}

std::string branch_ref(std::string_view branch) { return std::string(heads).append(branch); }

std::string_view branch_of(std::string_view ref) {
  return ref.starts_with(heads) ? ref.substr(heads.size()) : std::string_view();
}

}  // namespace bailey::git
