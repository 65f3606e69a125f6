// One request of ours to a token endpoint, and how `curl` is told about it. Pure.
//
// curl(1) reads everything from a configuration on standard input (`curl --disable --config -`): neither its arguments,
// which every user of the machine can see, nor its environment hold anything of the request. Redirects are not
// followed: a token would travel with them. Only https, or http to this machine itself, which is for tests.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "credentials/secret_text.h"

namespace bailey::credentials {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, SecretText>> headers;
  SecretText body;  // sent when not empty
};

struct HttpAnswer {
  int status = 0;
  SecretText body;
};

inline constexpr std::chrono::seconds http_time_max{10};
inline constexpr std::size_t http_url_bytes_max = 4096;
inline constexpr std::size_t http_answer_bytes_max = std::size_t{256} << 10;

// https://…, http://127.0.0.1:…, http://localhost:…; no login, no control characters, no white space.
[[nodiscard]] bool is_safe_url(std::string_view url);
// What curl reads: the caller wipes it. Refused: unsafe addresses, control characters in headers and body.
[[nodiscard]] Result<std::string> curl_config(const HttpRequest& request);
// What curl printed under that configuration: the body, and behind it a line with the status.
[[nodiscard]] Result<HttpAnswer> parse_curl_output(std::string_view output);
// Words of a server that are shown to people and written to logs: cut, made visible, and without whatever is long
// enough to be a secret that it repeats.
[[nodiscard]] std::string shown_words(std::string_view text);
// For application/x-www-form-urlencoded (HTML, URL standard): names and values, encoded. The caller wipes it.
[[nodiscard]] std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields);
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace bailey::credentials
