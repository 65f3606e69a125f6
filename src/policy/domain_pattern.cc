#include "policy/domain_pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace bailey::policy {
namespace {

constexpr std::size_t shown_bytes_max = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; }

std::string problem_of_label(std::string_view label) {
  if (label.empty()) return "it has an empty label (a dot at the start, at the end or doubled)";
  if (label.size() > domain_label_bytes_max) {
    return fmt::format("it has a label of more than {} bytes", domain_label_bytes_max);
  }
  if (label.find('*') != std::string_view::npos)
    return "'*' can only stand for everything below a domain: *.example.com";
  if (!std::ranges::all_of(label, is_label_character)) return "only letters, digits, '-' and '.' are possible";
  if (label.front() == '-' || label.back() == '-') return "a label can't start or end with '-'";
  return {};
}

std::string problem_of(std::string_view pattern) {
  if (pattern.empty()) return "it is empty";
  if (pattern.size() > domain_bytes_max) return fmt::format("it is longer than {} bytes", domain_bytes_max);
  auto host = pattern;
  const auto wildcard = host.starts_with("*.");
  if (wildcard) host.remove_prefix(2);
  const auto labels = split(host, '.');
  for (const auto label : labels) {
    if (auto problem = problem_of_label(label); !problem.empty()) return problem;
  }
  if (wildcard && labels.size() < 2) return "it would allow a whole top-level domain";
  // inet_aton(3) takes "0x7f.1" for an address: no top-level domain starts with a digit.
  if (is_digit(labels.back().front())) return "addresses are not possible, only names";
  return {};
}

}  // namespace

Result<std::string> parse_domain_pattern(std::string_view text) {
  std::string pattern(text.substr(0, domain_bytes_max + 1));
  for (auto& c : pattern) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  if (auto problem = problem_of(pattern); !problem.empty()) {
    return fail(fmt::format("domain '{}'", text.substr(0, shown_bytes_max)), std::move(problem),
                "write a host (api.example.com) or everything below a domain (*.example.com)");
  }
  return pattern;
}

bool covers(std::string_view bound, std::string_view pattern) {
  if (bound == pattern) return true;
  if (!bound.starts_with("*.")) return false;
  if (pattern.starts_with("*.")) pattern.remove_prefix(2);
  const auto suffix = bound.substr(1);  // ".example.com"
  return pattern.size() > suffix.size() && pattern.ends_with(suffix);
}

}  // namespace bailey::policy
