// Any bytes as what a SOCKS client sends: nothing is taken that isn't there, whole or in two pieces alike.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/introduction.h"
#include "gateway/socks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto greeting = parse_socks_greeting(input);
  if (greeting && *greeting && ((*greeting)->bytes > size || (*greeting)->bytes > socks_greeting_bytes_max))
    std::abort();
  const auto request = parse_socks_request(input);
  if (request && *request && ((*request)->bytes > size || (*request)->bytes > socks_request_bytes_max)) std::abort();
  std::string whole(input);
  Introduction at_once(Entrance::socks);
  const auto step = at_once.hear(whole);
  if (step.introduced && (step.introduced->authority.host.empty() || step.introduced->authority.port == 0))
    std::abort();
  Introduction in_pieces(Entrance::socks);
  std::string buffer(input.substr(0, size / 2));
  auto halfway = in_pieces.hear(buffer);
  if (!halfway.introduced && !halfway.refused) {
    buffer.append(input.substr(size / 2));
    halfway = in_pieces.hear(buffer);
    if (halfway.introduced.has_value() != step.introduced.has_value()) std::abort();
  }
  return 0;
}
