#include "gateway/host_name.h"

#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <span>

#include "base/text.h"
#include "policy/domain_pattern.h"

namespace bailey::gateway {
namespace {

using policy::domain_bytes_max;
using policy::domain_label_bytes_max;

constexpr std::size_t shown_bytes_max = 100;
constexpr int idn_flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;

struct Free {
  void operator()(std::uint8_t* text) const { ::idn2_free(text); }
};

std::unexpected<Error> refuse(std::string_view text, std::string why) {
  return fail(fmt::format("host '{}'", to_display(text.substr(0, shown_bytes_max))), std::move(why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80U) == 0; });
}
bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// What must not reach the conversion, which could turn it into something harmless.
std::string problem_of_text(std::string_view text) {
  if (text.empty()) return "it is empty";
  if (text.size() > host_text_bytes_max) return fmt::format("it is longer than {} bytes", host_text_bytes_max);
  if (text.find('\0') != std::string_view::npos) return "it contains a NUL character";
  if (has_control_characters(text)) return "it contains a control character";
  const auto at = text.find_first_of(" @:%/\\[]?#");
  if (at != std::string_view::npos) return fmt::format("'{}' is not possible in a host name", text[at]);
  return {};
}

std::optional<std::string> encode(std::string_view text) {
  const std::string terminated(text);
  std::uint8_t* out = nullptr;
  const auto* in = reinterpret_cast<const std::uint8_t*>(terminated.c_str());
  if (::idn2_lookup_u8(in, &out, idn_flags) != IDN2_OK || out == nullptr) return std::nullopt;
  const std::unique_ptr<std::uint8_t, Free> owner(out);
  return std::string(reinterpret_cast<const char*>(out));
}

std::string problem_of_label(std::string_view label) {
  if (label.empty()) return "it has an empty label";
  if (label.size() > domain_label_bytes_max) {
    return fmt::format("it has a label of more than {} bytes", domain_label_bytes_max);
  }
  if (!std::ranges::all_of(label, is_label_character)) return "only letters, digits, '-' and '_' are possible";
  if (label.front() == '-' || label.back() == '-') return "a label can't start or end with '-'";
  if (label.starts_with("xn--") && encode(label) != label) return "it has a label that is no valid international name";
  return {};
}

// Whether address parsers of any kind would read `label`, the last one, as a number (WHATWG URL, "ends in a number").
bool is_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  if (!label.starts_with("0x")) return false;
  return std::ranges::all_of(label.substr(2), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

Result<HostName> bracketed(std::string_view text) {
  if (text.size() < 4 || text.back() != ']') return refuse(text, "it starts with '[' and is no IPv6 address");
  const auto address = parse_address(text.substr(1, text.size() - 2));
  if (!address || address->is_v4) return refuse(text, "there is no IPv6 address in the brackets");
  return host_of(*address);
}

}  // namespace

Result<HostName> parse_host(std::string_view text) {
  if (text.starts_with('[')) return bracketed(text);
  if (auto problem = problem_of_text(text); !problem.empty()) return refuse(text, std::move(problem));
  std::string name;
  if (is_ascii(text)) {
    name.resize(text.size());
    std::ranges::transform(text, name.begin(), lower);
  } else {
    auto encoded = is_utf8(text) ? encode(text) : std::nullopt;
    if (!encoded) return refuse(text, "it is no valid international name");
    name = std::move(*encoded);
  }
  if (name.ends_with('.')) name.pop_back();
  if (name.empty() || name.size() > domain_bytes_max) {
    return refuse(text, fmt::format("a name has 1 to {} bytes", domain_bytes_max));
  }
  const auto labels = split(name, '.');
  for (const auto label : labels) {
    if (auto problem = problem_of_label(label); !problem.empty()) return refuse(text, std::move(problem));
  }
  if (!is_number(labels.back())) return HostName{std::move(name), std::nullopt};
  const auto address = parse_address(text);
  if (!address) return refuse(text, "disguised address");
  return host_of(*address);
}

HostName host_of(const IpAddress& address) {
  static constexpr std::uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  auto canonical = address;
  if (std::ranges::equal(mapped, std::span(address.bytes).first(12))) canonical.is_v4 = true;
  return {to_string(canonical), canonical};
}

Result<HostAndPort> parse_host_and_port(std::string_view text) {
  const auto host_end = text.starts_with('[') ? text.find(']') : 0;
  const auto colon = text.find(':', host_end == std::string_view::npos ? 0 : host_end);
  if (colon == std::string_view::npos) return HostAndPort{TRY(parse_host(text)), std::nullopt};
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) {
    return refuse(text, "the port must be a number from 1 to 65535");
  }
  return HostAndPort{TRY(parse_host(text.substr(0, colon))), port};
}

std::string to_display(std::string_view host) {
  std::string shown;
  for (const char c : host) {
    if (c >= ' ' && c < 0x7F && c != '\\') {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return shown;
}

}  // namespace bailey::gateway
