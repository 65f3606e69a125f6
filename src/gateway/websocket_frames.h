// The payload of a WebSocket's frames from the client, unmasked, to be searched (RFC 6455 §5): no I/O, nothing kept.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bailey::gateway {

class WebSocketFrames {
 public:
  // Appends the payload in `bytes` to `payload`: of all frames, one after the other, whatever messages they are of.
  // False: that is no frame of a client without extensions (one that isn't masked, reserved bits, a length that is too
  // long); nothing can be understood from here on.
  [[nodiscard]] bool feed(std::string_view bytes, std::string& payload);

 private:
  [[nodiscard]] bool begin_payload();
  [[nodiscard]] std::size_t header_bytes() const;

  std::string header_;
  std::uint64_t left_ = 0;
  std::array<char, 4> mask_{};
  std::size_t mask_at_ = 0;
};

}  // namespace bailey::gateway
