#include "policy/domain_pattern.h"

#include <fmt/format.h>
#include <libpsl.h>

#include <algorithm>
#include <charconv>

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

// The list that is compiled into the library: no file is read. A star at its end covers suffixes that nobody knows.
bool is_public_suffix(std::string_view domain) {
  return ::psl_is_public_suffix2(::psl_builtin(), std::string(domain).c_str(), PSL_TYPE_ANY) != 0;
}

struct Problem {
  std::string why;
  std::string remedy;
};

Problem problem_of(std::string_view pattern) {
  static constexpr auto forms = "write a host (api.example.com) or a domain with all below it (*.example.com)";
  if (pattern.empty()) return {"it is empty", forms};
  const auto colon = pattern.find(':');
  auto host = pattern.substr(0, colon);
  if (host.size() > domain_bytes_max) return {fmt::format("it is longer than {} bytes", domain_bytes_max), forms};
  if (colon != std::string_view::npos && !parts_of(pattern).port) {
    return {"what follows ':' is not a port", "write a number from 1 to 65535, without a scheme"};
  }
  if (host == "*") return {"it would allow every host", "use --network allow-all if that is meant"};
  const auto wildcard = host.starts_with("*.");
  if (wildcard) host.remove_prefix(2);
  const auto labels = split(host, '.');
  for (const auto label : labels) {
    if (auto problem = problem_of_label(label); !problem.empty()) return {std::move(problem), forms};
  }
  // inet_aton(3) takes "0x7f.1" for an address: no top-level domain starts with a digit.
  if (is_digit(labels.back().front())) return {"addresses are not possible, only names", forms};
  if (wildcard && is_public_suffix(host)) {
    return {fmt::format("anybody can have a host below {}, it is a public suffix", host),
            fmt::format("name the domain that is meant: *.NAME.{}", host)};
  }
  return {};
}

// 0 for what is no port.
std::uint16_t port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, port);
  return read.ec == std::errc() && read.ptr == end && digits.front() != '0' ? port : std::uint16_t{0};
}

}  // namespace

Result<std::string> parse_domain_pattern(std::string_view text) {
  static constexpr std::size_t pattern_bytes_max = 2 + domain_bytes_max + 6;  // star and port
  std::string pattern(text.substr(0, pattern_bytes_max + 1));
  for (auto& c : pattern) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  if (auto problem = problem_of(pattern); !problem.why.empty()) {
    return fail(fmt::format("domain '{}'", text.substr(0, shown_bytes_max)), std::move(problem.why),
                std::move(problem.remedy));
  }
  return pattern;
}

DomainPattern parts_of(std::string_view pattern) {
  DomainPattern parts;
  const auto colon = pattern.find(':');
  parts.host = pattern.substr(0, colon);
  if (colon != std::string_view::npos && colon + 1 < pattern.size()) {
    if (const auto port = port_of(pattern.substr(colon + 1)); port != 0) parts.port = port;
  }
  if (parts.host.starts_with("*.")) {
    parts.host.remove_prefix(2);
    parts.reach = Reach::domain;
  }
  return parts;
}

bool covers(std::string_view bound, std::string_view pattern) {
  const auto outer = parts_of(bound);
  const auto inner = parts_of(pattern);
  if (outer.port && inner.port != outer.port) return false;
  if (!outer.port && inner.port && inner.port != 80 && inner.port != 443) return false;
  if (outer.host == inner.host) return outer.reach == Reach::domain || inner.reach == Reach::host;
  if (outer.reach == Reach::host || !inner.host.ends_with(outer.host)) return false;
  return inner.host[inner.host.size() - outer.host.size() - 1] == '.';
}

}  // namespace bailey::policy
