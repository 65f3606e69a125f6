// The heads of HTTP/1 messages, read strictly: RFC 9112 §2–§6, RFC 9110 §7.2.
//
// How it works. A head is read whole or not at all. What two readers could understand differently is refused instead of
// repaired, because that difference is how requests are smuggled past a gateway: bare CR or LF, folded lines, space
// before a colon, control bytes, Content-Length next to Transfer-Encoding or twice or not plain digits, any transfer
// coding but `chunked`, several Host fields, an absolute form that names another host than Host. What is accepted is
// written anew (http1_write.h) from the value, so the bytes of the sender never reach the other side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/http_fields.h"

namespace bailey::gateway {

inline constexpr std::size_t http_head_bytes_max = std::size_t{64} << 10;
inline constexpr std::size_t http_line_bytes_max = std::size_t{16} << 10;
inline constexpr std::size_t http_fields_max = 128;
inline constexpr std::size_t http_method_bytes_max = 32;

enum class TargetForm { origin, absolute, authority, asterisk };  // RFC 9112 §3.2

struct RequestHead {
  std::string method;
  TargetForm form = TargetForm::origin;
  std::string scheme;  // absolute form only: "http" or "https"
  std::string
      authority;     // host[:port] as sent; of the absolute form, of CONNECT, else of Host. Empty: HTTP/1.0 without
  std::string path;  // begins with '/', with the query; "*" for the asterisk form; empty for CONNECT
  int minor_version = 1;  // HTTP/1.0 or HTTP/1.1
  HttpFields fields;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
};

struct ResponseHead {
  int status = 0;  // 100..599
  std::string reason;
  int minor_version = 1;
  HttpFields fields;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
};

template <typename Head>
struct Parsed {
  Head head;
  std::size_t bytes = 0;  // of input that it took
};

// The head that `input` begins with; nullopt: more input is needed. Error::code is EMSGSIZE for a limit exceeded.
[[nodiscard]] Result<std::optional<Parsed<RequestHead>>> parse_request_head(std::string_view input);
[[nodiscard]] Result<std::optional<Parsed<ResponseHead>>> parse_response_head(std::string_view input);
// The trailer section of a chunked body, with the empty line that ends it (RFC 9112 §7.1.2).
[[nodiscard]] Result<std::optional<Parsed<HttpFields>>> parse_trailers(std::string_view input);

// host[:port] as Host, CONNECT and the absolute form write it: letters, digits, '-', '_', '.', or an IPv6 address in
// brackets (given back without). No user, no empty host, port 1..65535.
struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);

}  // namespace bailey::gateway
