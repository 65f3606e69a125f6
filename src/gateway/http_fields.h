// Header fields of HTTP messages as values (RFC 9110 §5): which bytes a name and a value may hold, how to look them up,
// and which fields belong to one connection only and never pass the gateway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::gateway {

struct HttpField {
  std::string name;  // as sent: compare with is_named()
  std::string value;
  friend bool operator==(const HttpField&, const HttpField&) = default;
};
using HttpFields = std::vector<HttpField>;

[[nodiscard]] bool is_token(std::string_view text);  // RFC 9110 §5.6.2, not empty
// No control byte but HTAB, no white space at either end. Bytes above 0x7f (obs-text) may be there.
[[nodiscard]] bool is_field_value(std::string_view text);
[[nodiscard]] char to_lower_ascii(char c);
[[nodiscard]] std::string to_lower_ascii(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

[[nodiscard]] inline bool is_named(const HttpField& field, std::string_view name) {
  return equals_ignoring_case(field.name, name);
}
// The first of that name.
[[nodiscard]] const HttpField* find_field(const HttpFields& fields, std::string_view name);
void remove_fields(HttpFields& fields, std::string_view name);
// Is `item` (lower case) in the comma-separated lists of the fields of that name?
[[nodiscard]] bool list_has(const HttpFields& fields, std::string_view name, std::string_view item);

// Removes what is for one connection (RFC 9110 §7.6.1): Connection and whatever it names, Keep-Alive, TE,
// Transfer-Encoding, Trailer's list stays, Upgrade, HTTP2-Settings and every Proxy-* field.
void remove_hop_by_hop(HttpFields& fields);

// 1*DIGIT below 2^63, nothing else: no sign, no space, no list.
[[nodiscard]] std::optional<std::uint64_t> parse_content_length(std::string_view text);

// Fields that must not come after the body, where nobody expects them to frame, route or authenticate (RFC 9110
// §6.5.1).
[[nodiscard]] bool is_forbidden_trailer(std::string_view name);

}  // namespace bailey::gateway
