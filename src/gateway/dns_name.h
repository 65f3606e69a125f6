// A domain name as it is on the wire: labels of raw bytes (RFC 1035 section 3.1, RFC 2181 section 11).
//
// How it works. A name is kept uncompressed with its letters as they came, so that an answer repeats a question exactly
// (resolvers that randomise the case of letters compare it). Whether it is also a *host* name is a question for
// asked_name.h. Pointers are followed only backwards, each further than the one before: no loop is possible.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::gateway {

inline constexpr std::size_t name_bytes_max = 255;  // on the wire, with the empty label at the end
inline constexpr std::size_t label_bytes_max = 63;

enum class Pointers { refused, followed };

class DnsName {
 public:
  DnsName() : wire_(1, '\0') {}  // the root

  // Labels between dots, without escapes; a dot at the end is optional. nullopt: an empty label or too long.
  [[nodiscard]] static std::optional<DnsName> from_dotted(std::string_view text);
  // The name at `offset` of a message; moves `offset` behind it. nullopt: cut off, too long, an unknown label type, a
  // pointer that does not lead backwards or is not wanted.
  [[nodiscard]] static std::optional<DnsName> read(std::string_view message, std::size_t& offset, Pointers pointers);

  [[nodiscard]] const std::string& wire() const { return wire_; }
  [[nodiscard]] bool is_root() const { return wire_.size() == 1; }
  // Views into this name, without the root's.
  [[nodiscard]] std::vector<std::string_view> labels() const;
  // Lower case, without a dot at the end ("." for the root); a byte that is not a printable ASCII character becomes
  // \DDD, a dot or backslash within a label gets a backslash (RFC 4343 section 2.1).
  [[nodiscard]] std::string to_text() const;
  // Byte for byte: case matters here.
  friend bool operator==(const DnsName&, const DnsName&) = default;

 private:
  explicit DnsName(std::string wire) : wire_(std::move(wire)) {}
  std::string wire_;
};

}  // namespace bailey::gateway
