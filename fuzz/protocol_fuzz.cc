// Bytes on the control socket: an error or messages that encode to something that decodes the same, however it is cut.
#include <cstdlib>

#include "session/protocol.h"

using namespace bailey::session;

namespace {

struct Decoded {
  std::vector<Message> messages;
  bool failed = false;
};

Decoded decode(Side side, std::string_view bytes, std::size_t step) {
  Decoder decoder(side);
  Decoded decoded;
  decoder.feed(encode(Hello{}));
  for (std::size_t i = 0; i < bytes.size() && !decoded.failed; i += step) {
    decoder.feed(bytes.substr(i, step));
    while (true) {
      auto next = decoder.next();
      decoded.failed = !next;
      if (!next || !*next) break;
      decoded.messages.push_back(std::move(**next));
    }
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Side side = (data[0] & 1) != 0 ? Side::client : Side::supervisor;
  const std::size_t step = data[0] / 2 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Decoded whole = decode(side, bytes, bytes.size() + 1);
  const Decoded pieces = decode(side, bytes, step);
  if (whole.messages != pieces.messages || whole.failed != pieces.failed) std::abort();
  if (whole.messages.empty()) return 0;
  std::string again;
  for (std::size_t i = 1; i < whole.messages.size(); ++i) again += encode(whole.messages[i]);
  if (decode(side, again, again.size() + 1).messages != whole.messages && !again.empty()) std::abort();
  return 0;
}
