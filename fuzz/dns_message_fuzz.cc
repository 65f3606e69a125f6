// Any bytes as a DNS message: refused, or written again it reads back the same and is no longer than its limit.
#include <cstdint>
#include <cstdlib>

#include "gateway/dns_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto message = parse_message(input, Pointers::followed);
  if (const auto strict = parse_message(input, Pointers::refused); strict && (!message || *strict != *message))
    std::abort();
  if (!message) return 0;
  for (const Question& question : message->questions) (void)question.name.to_text();
  // Decompressed names can make a message that can't be written in 64 KiB any more.
  const std::string again = encode(*message, dns_message_bytes_max);
  const auto reread = parse_message(again, Pointers::followed);
  if (!reread) {
    if (again.size() <= dns_message_bytes_max) std::abort();
    return 0;
  }
  if (!reread->truncated && *reread != *message) std::abort();
  const std::string small = encode(*message, udp_plain_bytes_max);
  if (message->questions.size() <= 1 && small.size() > udp_plain_bytes_max) std::abort();
  return 0;
}
