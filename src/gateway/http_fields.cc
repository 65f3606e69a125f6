#include "gateway/http_fields.h"

#include <algorithm>
#include <array>

namespace bailey::gateway {
namespace {

constexpr std::array<bool, 256> token_bytes = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr std::array<std::string_view, 6> hop_by_hop = {"connection",        "keep-alive", "te",
                                                        "transfer-encoding", "upgrade",    "http2-settings"};

constexpr std::array<std::string_view, 30> forbidden_trailers = {"age",
                                                                 "authorization",
                                                                 "cache-control",
                                                                 "connection",
                                                                 "content-encoding",
                                                                 "content-length",
                                                                 "content-range",
                                                                 "content-type",
                                                                 "cookie",
                                                                 "date",
                                                                 "expect",
                                                                 "expires",
                                                                 "host",
                                                                 "http2-settings",
                                                                 "if-match",
                                                                 "if-none-match",
                                                                 "keep-alive",
                                                                 "location",
                                                                 "max-forwards",
                                                                 "pragma",
                                                                 "range",
                                                                 "retry-after",
                                                                 "set-cookie",
                                                                 "te",
                                                                 "trailer",
                                                                 "transfer-encoding",
                                                                 "upgrade",
                                                                 "vary",
                                                                 "warning",
                                                                 "www-authenticate"};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Calls `use` with each non-empty item of a comma-separated list.
template <typename Use>
void for_each_item(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (const auto item = trim_blanks(list.substr(0, comma)); !item.empty()) use(item);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

bool starts_with_proxy(std::string_view name) {
  constexpr std::string_view prefix = "proxy-";
  return name.size() >= prefix.size() && equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

}  // namespace

char to_lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower_ascii(c);
  return lower;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower_ascii(a[i]) != to_lower_ascii(b[i])) return false;
  return true;
}

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return token_bytes[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) {
  if (!text.empty() && (is_blank(text.front()) || is_blank(text.back()))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t';
  });
}

const HttpField* find_field(const HttpFields& fields, std::string_view name) {
  for (const auto& field : fields)
    if (is_named(field, name)) return &field;
  return nullptr;
}

void remove_fields(HttpFields& fields, std::string_view name) {
  std::erase_if(fields, [&](const HttpField& field) { return is_named(field, name); });
}

bool list_has(const HttpFields& fields, std::string_view name, std::string_view item) {
  bool found = false;
  for (const auto& field : fields) {
    if (!is_named(field, name)) continue;
    for_each_item(field.value, [&](std::string_view each) { found = found || equals_ignoring_case(each, item); });
  }
  return found;
}

void remove_hop_by_hop(HttpFields& fields) {
  std::vector<std::string> named;
  for (const auto& field : fields)
    if (is_named(field, "connection"))
      for_each_item(field.value, [&](std::string_view item) { named.emplace_back(item); });
  std::erase_if(fields, [&](const HttpField& field) {
    const auto is_it = [&](std::string_view name) { return is_named(field, name); };
    return std::any_of(hop_by_hop.begin(), hop_by_hop.end(), is_it) || starts_with_proxy(field.name) ||
           std::any_of(named.begin(), named.end(), is_it);
  });
}

std::optional<std::uint64_t> parse_content_length(std::string_view text) {
  constexpr std::uint64_t length_max = (std::uint64_t{1} << 63) - 1;
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');  // 19 digits fit into 64 bits
  }
  if (value > length_max) return std::nullopt;
  return value;
}

bool is_forbidden_trailer(std::string_view name) {
  return starts_with_proxy(name) ||
         std::any_of(forbidden_trailers.begin(), forbidden_trailers.end(),
                     [&](std::string_view each) { return equals_ignoring_case(each, name); });
}

}  // namespace bailey::gateway
