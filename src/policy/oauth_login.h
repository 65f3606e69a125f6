// A login of the user's in a file of an agent's program, which runs out and is renewed on the host: [[oauth]] tables of
// agent manifests. As values; nothing here holds a secret but a client secret that is published with the program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bailey::policy {

enum class LoginTime { seconds, milliseconds };  // since 1970
inline constexpr std::string_view login_time_words[] = {"seconds", "milliseconds"};
enum class LoginBody { json, form };  // of the request to the token endpoint (RFC 6749 says form; not all do)
inline constexpr std::string_view login_body_words[] = {"json", "form"};

struct OAuthLogin {
  std::string file;  // JSON, relative to the home directory
  // RFC 6901 pointers into it.
  std::string access;
  std::string refresh;
  std::string id_token;  // empty: none is kept
  std::string expires;   // empty: the access token is a JWT that says so (RFC 7519, `exp`)
  LoginTime unit = LoginTime::seconds;
  std::string renewed;  // gets the time of the renewal, RFC 3339; empty: nothing does
  // RFC 6749, section 6.
  std::string token_url;
  std::string client;
  std::string client_secret;  // empty: a public client
  std::string scope;          // empty: as before
  LoginBody body = LoginBody::form;

  // The source of the access token, as a [[secret]] names it.
  [[nodiscard]] std::string source() const { return "file:" + file + '#' + access; }
  friend bool operator==(const OAuthLogin&, const OAuthLogin&) = default;
};

inline constexpr std::size_t oauth_logins_max = 8;  // of one manifest

}  // namespace bailey::policy
