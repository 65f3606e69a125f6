#include "gateway/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <span>

namespace bailey::gateway {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Quad = std::array<std::uint8_t, 4>;

struct Range {
  std::array<std::uint8_t, 16> bytes;
  unsigned prefix_bits;
  AddressClass what;
};

bool is_within(Bytes address, const Range& range) {
  const auto whole = range.prefix_bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, range.bytes.begin())) return false;
  const auto rest = range.prefix_bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF00U >> rest);
  return ((address[whole] ^ range.bytes[whole]) & mask) == 0;
}

// In order: the first that matches counts, so the single addresses stand before the ranges they lie in.
constexpr Range v4_ranges[] = {
    {{169, 254, 169, 254}, 32, AddressClass::metadata},  // AWS, Azure, Google, OpenStack, DigitalOcean, Hetzner
    {{169, 254, 169, 253}, 32, AddressClass::metadata},  // AWS: its resolver
    {{169, 254, 170, 2}, 32, AddressClass::metadata},    // AWS: credentials of container tasks
    {{169, 254, 170, 23}, 32, AddressClass::metadata},   // AWS: credentials of pods
    {{169, 254, 0, 23}, 32, AddressClass::metadata},     // Tencent
    {{169, 254, 42, 42}, 32, AddressClass::metadata},    // Scaleway
    {{100, 100, 100, 200}, 32, AddressClass::metadata},  // Alibaba
    {{192, 0, 0, 192}, 32, AddressClass::metadata},      // Oracle
    {{168, 63, 129, 16}, 32, AddressClass::metadata},    // Azure's wire server, in a range that looks public
    {{255, 255, 255, 255}, 32, AddressClass::broadcast},
    {{0}, 8, AddressClass::unspecified},
    {{127}, 8, AddressClass::loopback},
    {{10}, 8, AddressClass::private_use},
    {{172, 16}, 12, AddressClass::private_use},
    {{192, 168}, 16, AddressClass::private_use},
    {{100, 64}, 10, AddressClass::shared},
    {{169, 254}, 16, AddressClass::link_local},
    {{192, 0, 0}, 24, AddressClass::reserved},
    {{192, 0, 2}, 24, AddressClass::reserved},     // documentation
    {{198, 51, 100}, 24, AddressClass::reserved},  // documentation
    {{203, 0, 113}, 24, AddressClass::reserved},   // documentation
    {{192, 88, 99}, 24, AddressClass::reserved},   // 6to4 relays, withdrawn (RFC 7526)
    {{198, 18}, 15, AddressClass::reserved},       // benchmarking; the gateway's own synthetic addresses
    {{224}, 4, AddressClass::multicast},
    {{240}, 4, AddressClass::reserved},
};

constexpr Range v6_ranges[] = {
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, AddressClass::metadata},  // AWS
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x23}, 128, AddressClass::metadata},  // AWS: pods
    {{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, AddressClass::metadata},  // Google
    {{0xfd, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x42}, 128, AddressClass::metadata},  // Scaleway
    {{0xfc}, 7, AddressClass::private_use},
    {{0xfe, 0xc0}, 10, AddressClass::private_use},  // site-local, withdrawn (RFC 3879) but still routed by some
    {{0xfe, 0x80}, 10, AddressClass::link_local},
    {{0xff}, 8, AddressClass::multicast},
    {{0x20, 0x01, 0x00}, 23, AddressClass::reserved},        // IETF protocols: ORCHID, benchmarking, AMT …
    {{0x20, 0x01, 0x0d, 0xb8}, 32, AddressClass::reserved},  // documentation
    {{0x3f, 0xff}, 20, AddressClass::reserved},              // documentation (RFC 9637)
    {{0x20}, 3, AddressClass::global},                       // all that IANA has given out as global unicast
};

AddressClass first_match(Bytes address, std::span<const Range> ranges, AddressClass otherwise) {
  for (const auto& range : ranges) {
    if (is_within(address, range)) return range.what;
  }
  return otherwise;
}

AddressClass classify_v4(Bytes quad) { return first_match(quad, v4_ranges, AddressClass::global); }

// Prefixes whose addresses are translated or tunnelled to the IPv4 address that they carry at `offset`.
struct Carrier {
  Range range;
  unsigned offset;
};
constexpr Carrier carriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, {}}, 12},        // IPv4-mapped
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96, {}}, 12},        // IPv4-translated (RFC 2765)
    {{{0}, 96, {}}, 12},                                               // IPv4-compatible
    {{{0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 96, {}}, 12},  // NAT64 (RFC 6052)
    {{{0x20, 0x02}, 16, {}}, 2},                                       // 6to4 (RFC 3056)
};
constexpr Range teredo{{0x20, 0x01, 0, 0}, 32, {}};  // RFC 4380

// A Teredo address carries two: its server's, and its client's with every bit turned.
AddressClass classify_teredo(Bytes address) {
  const auto server = classify_v4(address.subspan(4, 4));
  if (server != AddressClass::global) return server;
  Quad client{};
  std::ranges::transform(address.subspan(12, 4), client.begin(),
                         [](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ 0xFF); });
  return classify_v4(client);
}

AddressClass classify_v6(Bytes address) {
  const auto starts_with_zeros = std::ranges::all_of(address.first(15), [](std::uint8_t byte) { return byte == 0; });
  if (starts_with_zeros && address[15] == 0) return AddressClass::unspecified;
  if (starts_with_zeros && address[15] == 1) return AddressClass::loopback;
  for (const auto& carrier : carriers) {
    if (is_within(address, carrier.range)) return classify_v4(address.subspan(carrier.offset, 4));
  }
  if (is_within(address, teredo)) return classify_teredo(address);
  // Whatever is not given out as global unicast is reserved: among it 64:ff9b:1::/48, where a site maps any address.
  return first_match(address, v6_ranges, AddressClass::reserved);
}

}  // namespace

IpAddress IpAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, true};
}

std::optional<IpAddress> parse_address(std::string_view text) {
  // inet_pton wants a NUL at the end; one inside would hide what follows it.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Quad quad{};
  if (::inet_pton(AF_INET, terminated.c_str(), quad.data()) == 1) {
    return IpAddress::v4(quad[0], quad[1], quad[2], quad[3]);
  }
  IpAddress address;
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.is_v4) {
    ::inet_ntop(AF_INET, address.bytes.data() + 12, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
  }
  return text;
}

std::string_view to_string(AddressClass value) {
  static constexpr std::string_view names[] = {"global",     "unspecified", "loopback",  "private",   "shared",
                                               "link-local", "metadata",    "multicast", "broadcast", "reserved"};
  return names[static_cast<std::size_t>(value)];
}

AddressClass classify(const IpAddress& address) {
  const Bytes bytes(address.bytes);
  return address.is_v4 ? classify_v4(bytes.subspan(12, 4)) : classify_v6(bytes);
}

}  // namespace bailey::gateway
