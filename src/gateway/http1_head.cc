#include "gateway/http1_head.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace bailey::gateway {
namespace {

constexpr std::size_t host_bytes_max = 255;

std::unexpected<Error> refuse(std::string why) { return fail("read an HTTP head", std::move(why)); }
std::unexpected<Error> too_big(std::string why) {
  return std::unexpected(Error{"read an HTTP head", std::move(why), {}, EMSGSIZE});
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

// How many bytes the head takes, with the empty line; 0: it isn't all there yet.
Result<std::size_t> head_bytes(std::string_view input) {
  std::size_t start = 0;
  std::size_t lines = 0;
  while (true) {
    const std::size_t end = input.find('\n', start);
    const std::size_t line_bytes = std::min(end, input.size()) - start;
    if (line_bytes > http_line_bytes_max) return too_big("a line is longer than 16 KiB");
    if (std::min(end, input.size()) >= http_head_bytes_max) return too_big("the head is larger than 64 KiB");
    if (end == std::string_view::npos) return 0;
    if (line_bytes == 0 || input[end - 1] != '\r') return refuse("a line ends with LF alone");
    if (input.substr(start, line_bytes - 1).find('\r') != std::string_view::npos) return refuse("CR within a line");
    if (line_bytes == 1) return end + 1;
    if (++lines > http_fields_max + 1) return too_big("more than 128 fields");
    start = end + 1;
  }
}

// Takes a line off a head that head_bytes() has checked.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\r');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

// Servers that hand fields to programs as environment variables take '_' for '-'.
bool resembles(std::string_view name, std::string_view other) {
  if (name.size() != other.size() || name.find('_') == std::string_view::npos) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((name[i] == '_' ? '-' : to_lower_ascii(name[i])) != other[i]) return false;
  return true;
}

Result<HttpField> parse_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse("a folded line");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse("a field without a colon");
  const auto name = line.substr(0, colon);
  if (!is_token(name)) return refuse("a field name that is no token");
  for (const std::string_view framing : {"content-length", "transfer-encoding"})
    if (resembles(name, framing)) return refuse("a field name that resembles " + std::string(framing));
  auto value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (!is_field_value(value)) return refuse("a control byte in a field");
  return HttpField{std::string(name), std::string(value)};
}

// The lines up to the empty one.
Result<HttpFields> parse_fields(std::string_view& rest) {
  HttpFields fields;
  for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
    if (fields.size() == http_fields_max) return too_big("more than 128 fields");
    fields.push_back(TRY(parse_field(line)));
  }
  return fields;
}

enum class Direction { request, response };

// Content-Length and Transfer-Encoding: RFC 9112 §6.1–§6.3, without its repairs.
template <typename Head>
Status read_framing(Head& head, Direction direction) {
  const HttpField* length = nullptr;
  const HttpField* coding = nullptr;
  for (const auto& field : head.fields) {
    if (is_named(field, "content-length")) {
      if (length != nullptr) return refuse("several Content-Length");
      length = &field;
    } else if (is_named(field, "transfer-encoding")) {
      if (coding != nullptr) return refuse("several Transfer-Encoding");
      coding = &field;
    }
  }
  if (length != nullptr && coding != nullptr) return refuse("Content-Length and Transfer-Encoding together");
  if (length != nullptr) {
    head.content_length = parse_content_length(length->value);
    if (!head.content_length) return refuse("a Content-Length that is no plain number");
  }
  if (coding != nullptr) {
    if (head.minor_version == 0) return refuse("Transfer-Encoding in HTTP/1.0");
    // Servers have written "Chunked"; a request that does so is trying something.
    const bool is_known =
        direction == Direction::request ? coding->value == "chunked" : equals_ignoring_case(coding->value, "chunked");
    if (!is_known) return refuse("a Transfer-Encoding other than chunked");
    head.is_chunked = true;
  }
  return {};
}

// "HTTP/1.0" or "HTTP/1.1", letter by letter.
Result<int> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  return refuse("a version that is neither HTTP/1.1 nor HTTP/1.0");
}

Status read_absolute_form(RequestHead& head, std::string_view target) {
  const std::size_t scheme_bytes = target.find("://");
  if (scheme_bytes == std::string_view::npos) return refuse("a target that is neither a path nor a URL");
  head.scheme = to_lower_ascii(target.substr(0, scheme_bytes));
  if (head.scheme != "http" && head.scheme != "https") return refuse("a URL that is neither http nor https");
  const auto rest = target.substr(scheme_bytes + 3);
  const std::size_t authority_bytes = std::min(rest.find_first_of("/?"), rest.size());
  head.form = TargetForm::absolute;
  head.authority = rest.substr(0, authority_bytes);
  head.path = rest.substr(authority_bytes);
  if (head.path.empty() || head.path.front() != '/') head.path.insert(0, "/");
  if (!parse_host_port(head.authority)) return refuse("a URL without a valid host");
  return {};
}

Status read_target(RequestHead& head, std::string_view target) {
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_visible))
    return refuse("a target with white space or bytes outside of ASCII");
  if (target.find('#') != std::string_view::npos) return refuse("a target with a fragment");
  if (head.method == "CONNECT") {
    const auto host_port = parse_host_port(target);
    if (!host_port || !host_port->port) return refuse("CONNECT without host:port");
    head.form = TargetForm::authority;
    head.authority = target;
    return {};
  }
  if (target == "*") {
    if (head.method != "OPTIONS") return refuse("the target * without OPTIONS");
    head.form = TargetForm::asterisk;
    head.path = target;
    return {};
  }
  if (target.front() != '/') return read_absolute_form(head, target);
  head.path = target;
  return {};
}

Status read_request_line(RequestHead& head, std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse("a request line without three parts");
  const auto method = line.substr(0, first);
  if (!is_token(method) || method.size() > http_method_bytes_max) return refuse("a method that is no token");
  head.method = method;
  head.minor_version = TRY(parse_version(line.substr(last + 1)));
  return read_target(head, line.substr(first + 1, last - first - 1));
}

bool names_same_host(const HostPort& a, const HostPort& b, std::uint16_t default_port) {
  return equals_ignoring_case(a.host, b.host) && a.port.value_or(default_port) == b.port.value_or(default_port);
}

Status read_host(RequestHead& head) {
  const HttpField* host = nullptr;
  for (const auto& field : head.fields) {
    if (resembles(field.name, "host") || !is_named(field, "host")) continue;
    if (host != nullptr) return refuse("several Host");
    host = &field;
  }
  if (host == nullptr) return head.minor_version == 0 ? Status{} : refuse("HTTP/1.1 without Host");
  const auto named = parse_host_port(host->value);
  if (!named) return refuse("a Host that is no host[:port]");
  if (head.authority.empty()) {
    head.authority = host->value;
    return {};
  }
  // CONNECT's Host may leave the port out.
  const auto target = parse_host_port(head.authority);
  const std::uint16_t default_port = head.scheme == "http"                ? 80
                                     : head.form == TargetForm::authority ? target->port.value_or(443)
                                                                          : 443;
  if (!names_same_host(*named, *target, default_port)) return refuse("Host is not the host of the target");
  return {};
}

Status read_status_line(ResponseHead& head, std::string_view line) {
  constexpr std::size_t before_reason = std::string_view("HTTP/1.1 200").size();
  if (line.size() < before_reason || line[8] != ' ') return refuse("a status line that is none");
  head.minor_version = TRY(parse_version(line.substr(0, 8)));
  const auto code = line.substr(9, 3);
  if (!std::all_of(code.begin(), code.end(), is_digit)) return refuse("a status that is no number");
  head.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  if (head.status < 100 || head.status > 599) return refuse("a status outside of 100 to 599");
  if (line.size() == before_reason) return {};
  if (line[before_reason] != ' ') return refuse("a status that is no number");
  const auto reason = line.substr(before_reason + 1);
  const auto trimmed = reason.substr(0, reason.find_last_not_of(" \t") + 1);
  if (!trimmed.empty() && !is_field_value(trimmed)) return refuse("a control byte in the status line");
  head.reason = trimmed;
  return {};
}

bool is_hexadecimal(char c) { return is_digit(c) || (to_lower_ascii(c) >= 'a' && to_lower_ascii(c) <= 'f'); }

bool is_host_name_byte(char c) {
  return is_digit(c) || (to_lower_ascii(c) >= 'a' && to_lower_ascii(c) <= 'z') || c == '-' || c == '.' || c == '_';
}

}  // namespace

Result<std::optional<Parsed<RequestHead>>> parse_request_head(std::string_view input) {
  // What is surely no request is refused at its first byte instead of being waited for.
  if (!input.empty() && !is_token(input.substr(0, 1))) return refuse("a request that begins with no method");
  Parsed<RequestHead> parsed;
  parsed.bytes = TRY(head_bytes(input));
  if (parsed.bytes == 0) return std::nullopt;
  auto rest = input.substr(0, parsed.bytes);
  TRY_STATUS(read_request_line(parsed.head, take_line(rest)));
  parsed.head.fields = TRY(parse_fields(rest));
  TRY_STATUS(read_framing(parsed.head, Direction::request));
  TRY_STATUS(read_host(parsed.head));
  return parsed;
}

Result<std::optional<Parsed<ResponseHead>>> parse_response_head(std::string_view input) {
  if (!input.empty() && input.front() != 'H') return refuse("a response that does not begin with HTTP/");
  Parsed<ResponseHead> parsed;
  parsed.bytes = TRY(head_bytes(input));
  if (parsed.bytes == 0) return std::nullopt;
  auto rest = input.substr(0, parsed.bytes);
  TRY_STATUS(read_status_line(parsed.head, take_line(rest)));
  parsed.head.fields = TRY(parse_fields(rest));
  TRY_STATUS(read_framing(parsed.head, Direction::response));
  return parsed;
}

Result<std::optional<Parsed<HttpFields>>> parse_trailers(std::string_view input) {
  Parsed<HttpFields> parsed;
  parsed.bytes = TRY(head_bytes(input));
  if (parsed.bytes == 0) return std::nullopt;
  auto rest = input.substr(0, parsed.bytes);
  parsed.head = TRY(parse_fields(rest));
  for (const auto& field : parsed.head)
    if (is_forbidden_trailer(field.name)) return refuse("a field among the trailers that has no place there");
  return parsed;
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  HostPort made;
  std::string_view after;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto inside = text.substr(1, end - 1);
    const auto is_address_byte = [](char c) { return is_hexadecimal(c) || c == ':' || c == '.'; };
    if (inside.size() < 2 || inside.find(':') == std::string_view::npos ||
        !std::all_of(inside.begin(), inside.end(), is_address_byte))
      return std::nullopt;
    made.host = inside;
    after = text.substr(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    made.host = text.substr(0, end);
    after = text.substr(end);
    if (made.host.empty() || !std::all_of(made.host.begin(), made.host.end(), is_host_name_byte)) return std::nullopt;
  }
  if (made.host.size() > host_bytes_max) return std::nullopt;
  if (after.empty()) return made;
  after.remove_prefix(1);
  if (text[text.size() - after.size() - 1] != ':' || after.empty() || after.size() > 5) return std::nullopt;
  unsigned port = 0;
  for (const char c : after) {
    if (!is_digit(c)) return std::nullopt;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  if (port == 0 || port > 65535) return std::nullopt;
  made.port = static_cast<std::uint16_t>(port);
  return made;
}

}  // namespace bailey::gateway
