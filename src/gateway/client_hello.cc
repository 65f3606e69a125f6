#include "gateway/client_hello.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "gateway/http_fields.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t record_header_bytes = 5;
constexpr std::size_t record_bytes_max = 16384;
constexpr std::size_t handshake_header_bytes = 4;
constexpr std::size_t server_name_bytes_max = 255;
constexpr std::size_t alpn_entries_max = 64;
constexpr unsigned char content_handshake = 22;
constexpr unsigned char handshake_client_hello = 1;
enum Extension : std::uint32_t {
  server_name = 0,
  application_layer_protocol_negotiation = 16,
  encrypted_client_hello = 0xfe0d
};

std::unexpected<Error> refuse(std::string why) { return fail("read a TLS ClientHello", std::move(why)); }

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

// Takes big-endian numbers and length-prefixed vectors off the front; a lie about a length is remembered.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool is_broken() const { return broken_; }
  [[nodiscard]] bool is_empty() const { return rest_.empty(); }
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      broken_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint32_t number(std::size_t width) {
    std::uint32_t value = 0;
    for (const char c : take(width)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view vector(std::size_t width) { return take(number(width)); }

 private:
  std::string_view rest_;
  bool broken_ = false;
};

Status read_server_name(ClientHello& hello, std::string_view body) {
  Reader outer(body);
  Reader list(outer.vector(2));
  const bool is_host_name = list.number(1) == 0;
  const auto name = list.vector(2);
  if (outer.is_broken() || list.is_broken() || !outer.is_empty() || !list.is_empty() || !is_host_name)
    return refuse("a server_name that is not exactly one host name");
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (to_lower_ascii(c) >= 'a' && to_lower_ascii(c) <= 'z') || c == '-' || c == '.' ||
           c == '_';
  });
  if (name.empty() || name.size() > server_name_bytes_max || !is_plain || name.back() == '.')
    return refuse("a server_name that is no host name");
  hello.server_name = to_lower_ascii(name);
  return {};
}

Status read_alpn(ClientHello& hello, std::string_view body) {
  Reader outer(body);
  Reader list(outer.vector(2));
  while (!list.is_empty()) {
    const auto name = list.vector(1);
    if (name.empty() || hello.alpn.size() == alpn_entries_max) return refuse("a broken list of protocols");
    hello.alpn.emplace_back(name);
  }
  if (outer.is_broken() || list.is_broken() || !outer.is_empty()) return refuse("a broken list of protocols");
  return {};
}

Result<ClientHello> read_hello(std::string_view body) {
  ClientHello hello;
  Reader reader(body);
  (void)reader.take(2 + 32);  // legacy_version, random
  const auto session_id = reader.vector(1);
  const auto suites = reader.vector(2);
  const auto compression = reader.vector(1);
  if (reader.is_broken() || session_id.size() > 32 || suites.empty() || suites.size() % 2 != 0 || compression.empty())
    return refuse("a length that does not fit");
  if (reader.is_empty()) return hello;  // TLS 1.2 without extensions
  Reader extensions(reader.vector(2));
  if (reader.is_broken() || !reader.is_empty()) return refuse("a length that does not fit");
  std::set<std::uint32_t> seen;
  while (!extensions.is_empty()) {
    const std::uint32_t type = extensions.number(2);
    const auto content = extensions.vector(2);
    if (extensions.is_broken()) return refuse("a length that does not fit");
    if (!seen.insert(type).second) return refuse("an extension twice");
    if (type == server_name) TRY_STATUS(read_server_name(hello, content));
    if (type == application_layer_protocol_negotiation) TRY_STATUS(read_alpn(hello, content));
    if (type == encrypted_client_hello) hello.has_encrypted_hello = true;
  }
  return hello;
}

// The handshake bytes of the records at the front; nullopt: these are no TLS records.
Result<std::optional<std::string>> handshake_bytes(std::string_view prefix) {
  std::string bytes;
  while (!prefix.empty()) {
    const bool is_first = bytes.empty();
    const bool is_record = byte_at(prefix, 0) == content_handshake && (prefix.size() < 2 || byte_at(prefix, 1) == 3);
    if (!is_record && is_first) return std::nullopt;
    if (!is_record) return refuse("another record within the ClientHello");
    if (prefix.size() < record_header_bytes) break;
    const std::size_t size = byte_at(prefix, 3) << 8 | byte_at(prefix, 4);
    if (size == 0 || size > record_bytes_max) return refuse("a record of impossible length");
    const auto content = prefix.substr(record_header_bytes, size);
    bytes += content;
    prefix.remove_prefix(record_header_bytes + content.size());
    if (bytes.size() < handshake_header_bytes) continue;
    // What follows the ClientHello is none of our business.
    const std::size_t wanted = byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 | byte_at(bytes, 3);
    if (bytes.size() >= handshake_header_bytes + wanted || content.size() < size) break;
  }
  return bytes;
}

}  // namespace

Result<HelloScan> scan_client_hello(std::string_view prefix) {
  const auto bytes = TRY(handshake_bytes(prefix.substr(0, client_hello_bytes_max)));
  if (!bytes) return HelloScan{.state = HelloState::not_tls, .hello = {}};
  if (!bytes->empty() && byte_at(*bytes, 0) != handshake_client_hello)
    return refuse("a handshake that begins otherwise");
  const std::string_view all = *bytes;
  std::size_t wanted = handshake_header_bytes;
  if (all.size() >= handshake_header_bytes) {
    wanted += byte_at(all, 1) << 16 | byte_at(all, 2) << 8 | byte_at(all, 3);
    if (wanted > client_hello_bytes_max) return refuse("it is larger than 64 KiB");
  }
  if (all.size() < wanted) {
    if (prefix.size() >= client_hello_bytes_max) return refuse("it is larger than 64 KiB");
    return HelloScan{};
  }
  const auto body = all.substr(handshake_header_bytes, wanted - handshake_header_bytes);
  return HelloScan{.state = HelloState::complete, .hello = TRY(read_hello(body))};
}

}  // namespace bailey::gateway
