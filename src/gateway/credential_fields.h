// The places of a request's head in which a credential stands, taken apart and put together again: pure functions over
// texts (RFC 9110 §11.6.2, RFC 6750, RFC 7617, URL queries).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::gateway {

// A whole value, or what stands behind an authentication scheme and one space ("Bearer x", "token x").
struct SchemeAndCredential {
  std::string_view scheme;  // empty: there is none
  std::string_view credential;
};
[[nodiscard]] SchemeAndCredential split_credential(std::string_view field_value);

struct UserAndPassword {
  std::string user;
  std::string password;
  ~UserAndPassword();
};
// Of "Basic <base64>"; nullopt: it is none, or is written in another way than the one that base64 has.
[[nodiscard]] std::optional<UserAndPassword> parse_basic(std::string_view field_value);
[[nodiscard]] std::string basic_of(std::string_view user, std::string_view password);

// One parameter of a query, borrowed: `name` and `value` as sent.
struct QueryParameter {
  std::string_view name;
  std::string_view value;
};
[[nodiscard]] std::vector<QueryParameter> query_parameters(std::string_view path);
[[nodiscard]] std::string percent_decoded(std::string_view text);  // a broken escape stands for itself
[[nodiscard]] std::string percent_encoded(std::string_view text);  // all but unreserved characters (RFC 3986 §2.3)

// Header fields that hold a credential at many services, whatever a rule says: a key of somebody else's in one of them
// counts as one in the secret's place.
[[nodiscard]] bool is_credential_field(std::string_view name);

}  // namespace bailey::gateway
