// Host names from untrusted text to the one form that is compared, resolved and logged.
//
// How it works. Lower case, one trailing dot dropped, international names to A-labels by UTS 46, non-transitional (RFC
// 5891; libidn2). What could mean one host here and another one elsewhere is refused instead of repaired: white space,
// control characters, '@', ':', '%', '/', empty labels, A-labels that are not what their Unicode form encodes to, and
// addresses in disguise: a name whose last label is a number is taken for an IPv4 address by inet_aton(3) and browsers
// (2130706433, 0x7f.1, 127.1), so it is one in its canonical form or nothing. Look-alikes remain what they are: other
// names, always shown in punycode. Pure; libidn2 is used without a locale and opens no file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/address.h"

namespace bailey::gateway {

inline constexpr std::size_t host_text_bytes_max = 1024;  // as given; UTF-8 of the longest name fits

struct HostName {
  std::string text;                  // a name; or the literal, IPv6 without brackets
  std::optional<IpAddress> address;  // of a literal

  [[nodiscard]] bool is_literal() const { return address.has_value(); }
  friend bool operator==(const HostName&, const HostName&) = default;
};

// "host", "1.2.3.4" or "[v6]". An IPv4-mapped IPv6 literal becomes the IPv4 address that a connection would go to.
[[nodiscard]] Result<HostName> parse_host(std::string_view text);
// The literal of an address that was read in binary (SOCKS, a socket's peer).
[[nodiscard]] HostName host_of(const IpAddress& address);

struct HostAndPort {
  HostName host;
  std::optional<std::uint16_t> port;  // 1 to 65535
};
// "host[:port]" as in Host and CONNECT lines (RFC 9110, 7.2); digits only, no empty port.
[[nodiscard]] Result<HostAndPort> parse_host_and_port(std::string_view text);

// For people: ASCII as it is, so international names stay in punycode; everything else escaped, never Unicode.
[[nodiscard]] std::string to_display(std::string_view host);

}  // namespace bailey::gateway
