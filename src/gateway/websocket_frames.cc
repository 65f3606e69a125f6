#include "gateway/websocket_frames.h"

#include <algorithm>

namespace bailey::gateway {
namespace {

constexpr unsigned char reserved_bits = 0x70;
constexpr unsigned char mask_bit = 0x80;
constexpr unsigned char length_bits = 0x7f;
constexpr std::size_t mask_bytes = 4;
constexpr unsigned char length_is_16_bits = 126;
constexpr unsigned char length_is_64_bits = 127;

unsigned char byte_of(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

}  // namespace

std::size_t WebSocketFrames::header_bytes() const {
  if (header_.size() < 2) return 2;
  const auto length = static_cast<unsigned char>(byte_of(header_, 1) & length_bits);
  return 2 + (length == length_is_16_bits ? 2U : length == length_is_64_bits ? 8U : 0U) + mask_bytes;
}

bool WebSocketFrames::begin_payload() {
  if ((byte_of(header_, 0) & reserved_bits) != 0 || (byte_of(header_, 1) & mask_bit) == 0) return false;
  left_ = byte_of(header_, 1) & length_bits;
  if (left_ >= length_is_16_bits) {
    const std::size_t end = header_.size() - mask_bytes;
    left_ = 0;
    for (std::size_t at = 2; at < end; ++at) left_ = left_ << 8U | byte_of(header_, at);
    if (left_ > INT64_MAX) return false;
  }
  std::copy_n(header_.end() - mask_bytes, mask_bytes, mask_.begin());
  mask_at_ = 0;
  header_.clear();
  return true;
}

bool WebSocketFrames::feed(std::string_view bytes, std::string& payload) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      const std::size_t take = std::min(header_bytes() - header_.size(), bytes.size());
      header_.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      if (header_.size() < header_bytes()) continue;
      if (!begin_payload()) return false;
      continue;
    }
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    for (const char c : bytes.substr(0, take)) payload += static_cast<char>(c ^ mask_[mask_at_++ % mask_bytes]);
    left_ -= take;
    bytes.remove_prefix(take);
  }
  return true;
}

}  // namespace bailey::gateway
