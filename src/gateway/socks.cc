#include "gateway/socks.h"

#include <algorithm>
#include <array>

namespace bailey::gateway {
namespace {

constexpr unsigned socks_version = 5;
constexpr std::size_t request_head_bytes = 4;
constexpr std::size_t port_bytes = 2;
enum AddressType : unsigned { ipv4 = 1, domain = 3, ipv6 = 4 };

unsigned byte_at(std::string_view input, std::size_t index) { return static_cast<unsigned char>(input[index]); }

std::unexpected<Error> not_socks(std::string_view input) {
  return fail("SOCKS", byte_at(input, 0) == 4 ? "version 4 is not supported, only 5" : "this is not SOCKS version 5");
}

IpAddress address_of(std::string_view bytes) {
  if (bytes.size() == 4)
    return IpAddress::v4(static_cast<std::uint8_t>(bytes[0]), static_cast<std::uint8_t>(bytes[1]),
                         static_cast<std::uint8_t>(bytes[2]), static_cast<std::uint8_t>(bytes[3]));
  IpAddress address;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) address.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
  return address;
}

}  // namespace

Result<std::optional<SocksGreeting>> parse_socks_greeting(std::string_view input) {
  if (input.empty()) return std::nullopt;
  if (byte_at(input, 0) != socks_version) return not_socks(input);
  if (input.size() < 2) return std::nullopt;
  const std::size_t count = byte_at(input, 1);
  if (count == 0) return fail("SOCKS", "the greeting offers no method");
  if (input.size() < 2 + count) return std::nullopt;
  const std::string_view methods = input.substr(2, count);
  return SocksGreeting{.offers_no_authentication = methods.find('\0') != std::string_view::npos, .bytes = 2 + count};
}

Result<std::optional<SocksRequest>> parse_socks_request(std::string_view input) {
  if (input.empty()) return std::nullopt;
  if (byte_at(input, 0) != socks_version) return not_socks(input);
  if (input.size() < request_head_bytes + 1) return std::nullopt;
  const unsigned command = byte_at(input, 1);
  if (command < 1 || command > 3) return fail("SOCKS", "an unknown command");
  if (byte_at(input, 2) != 0) return fail("SOCKS", "the reserved byte is not zero");
  const unsigned type = byte_at(input, 3);
  if (type != ipv4 && type != domain && type != ipv6) return fail("SOCKS", "an unknown type of address");
  const std::size_t begin = request_head_bytes + (type == domain ? 1 : 0);
  const std::size_t length = type == ipv4 ? 4 : type == ipv6 ? 16 : byte_at(input, request_head_bytes);
  if (length == 0) return fail("SOCKS", "an empty name");
  if (input.size() < begin + length + port_bytes) return std::nullopt;
  SocksRequest request{.command = static_cast<SocksCommand>(command), .bytes = begin + length + port_bytes};
  const std::string_view host = input.substr(begin, length);
  if (type == domain) request.host = std::string(host);
  else request.host = address_of(host);
  request.port = static_cast<std::uint16_t>(byte_at(input, begin + length) << 8 | byte_at(input, begin + length + 1));
  if (request.port == 0) return fail("SOCKS", "port 0");
  return request;
}

std::string socks_method_answer(const SocksGreeting& greeting) {
  return {static_cast<char>(socks_version), greeting.offers_no_authentication ? '\0' : '\xff'};
}

std::string socks_answer(SocksReply reply) {
  std::string answer(10, '\0');
  answer[0] = static_cast<char>(socks_version);
  answer[1] = static_cast<char>(reply);
  answer[3] = static_cast<char>(ipv4);
  return answer;
}

}  // namespace bailey::gateway
