#include "credentials/http_request.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace bailey::credentials {
namespace {

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_loopback(std::string_view url) {
  return url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
}

// curl(1), --config: in double quotes backslash and quote are escaped; control characters are refused before.
void add_option(std::string& out, std::string_view name, std::string_view text) {
  out.append(name).append(" = \"");
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += "\"\n";
}

}  // namespace

bool is_safe_url(std::string_view url) {
  if (url.size() > http_url_bytes_max || !is_plain(url) || url.find_first_of(" \"\\") != std::string_view::npos)
    return false;
  if (!url.starts_with("https://") && !is_loopback(url)) return false;
  const std::size_t start = url.find("//") + 2;
  const std::string_view authority = url.substr(start, url.find_first_of("/?#", start) - start);
  return !authority.empty() && authority.find('@') == std::string_view::npos;
}

Result<std::string> curl_config(const HttpRequest& request) {
  const std::string what = "ask '" + visible(request.url.substr(0, 200)) + "'";
  if (!is_safe_url(request.url)) return fail(what, "not an https:// address", "correct it in the configuration");
  if (!is_plain(request.body.view())) return fail(what, "the request would hold control characters");
  std::string out;
  constexpr std::size_t fixed_bytes = 4096;
  std::size_t bytes = fixed_bytes + 2 * (request.url.size() + request.body.size());
  for (const auto& [name, value] : request.headers) {
    if (!is_plain(name) || !is_plain(value.view()) || name.empty() || name.front() == '@')
      return fail(what, "a header would hold control characters");
    bytes += fixed_bytes + name.size() + 2 * value.size();
  }
  out.reserve(bytes);  // never grows: no copy is left behind
  const bool local = is_loopback(request.url);
  out += "silent\ngloboff\nmax-redirs = 0\nuser-agent = \"bailey\"\n";
  add_option(out, "max-time", std::to_string(http_time_max.count()));
  add_option(out, "max-filesize", std::to_string(http_answer_bytes_max));
  add_option(out, "proto", local ? "=http" : "=https");
  if (local) add_option(out, "noproxy", "127.0.0.1,localhost");
  add_option(out, "write-out", "\\n%{http_code}");
  add_option(out, "request", request.method);
  add_option(out, "url", request.url);
  std::string line;
  line.reserve(bytes);
  for (const auto& [name, value] : request.headers) {
    line.append(name).append(": ").append(value.view());
    add_option(out, "header", line);
    line.clear();
  }
  if (!request.body.empty()) add_option(out, "data-raw", request.body.view());
  wipe(line);
  return out;
}

Result<HttpAnswer> parse_curl_output(std::string_view output) {
  const std::size_t end = output.rfind('\n');
  int status = 0;
  const std::string_view digits = end == std::string_view::npos ? std::string_view() : output.substr(end + 1);
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  if (digits.size() != 3 || error != std::errc() || stop != digits.data() + digits.size() || status < 100)
    return fail("read curl's answer", "it holds no status");
  if (end > http_answer_bytes_max) return fail("read curl's answer", "it is too large");
  return HttpAnswer{status, SecretText(output.substr(0, end))};
}

std::string shown_words(std::string_view text) {
  constexpr std::size_t bytes_max = 200;
  constexpr std::size_t word_bytes_max = 20;
  std::string out;
  for (const auto word : split(text.substr(0, bytes_max), ' '))
    out.append(out.empty() ? "" : " ").append(word.size() > word_bytes_max ? "…" : visible(word));
  return out;
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(3 * text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) out += c;
    else out.append(1, '%').append(1, hex[byte >> 4U]).append(1, hex[byte & 15U]);
  }
  return out;
}

std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields) bytes += 3 * (name.size() + value.size()) + 2;
  std::string out;
  out.reserve(bytes);
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    std::string encoded = percent_encoded(value);
    out.append(percent_encoded(name)).append(1, '=').append(encoded);
    wipe(encoded);
  }
  return out;
}

}  // namespace bailey::credentials
