// Buffers shared by all tunnels: one is held only while bytes are on their way, so idle connections cost none.
//
// Their number is limited; a tunnel that gets none moves its bytes without keeping any.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace bailey::gateway {

// Large ones cost fewer calls and wake-ups; what lies between the two sockets should still fit a processor's cache.
inline constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
inline constexpr std::size_t buffers_max = 64;  // 16 MiB
inline constexpr std::size_t idle_buffers_max = 2;

using Buffer = std::unique_ptr<char[]>;

class BufferPool {
 public:
  explicit BufferPool(std::size_t limit = buffers_max) : limit_(limit) {}

  // nullptr: none is to be had now.
  [[nodiscard]] Buffer take();
  void give_back(Buffer buffer);
  [[nodiscard]] std::size_t in_use() const { return in_use_; }

 private:
  std::size_t limit_;
  std::size_t in_use_ = 0;
  std::vector<Buffer> idle_;
};

}  // namespace bailey::gateway
