#include "gateway/buffer_pool.h"

#include <utility>

namespace bailey::gateway {

Buffer BufferPool::take() {
  if (in_use_ >= limit_) return nullptr;
  ++in_use_;
  if (idle_.empty()) return std::make_unique_for_overwrite<char[]>(buffer_bytes);
  Buffer buffer = std::move(idle_.back());
  idle_.pop_back();
  return buffer;
}

void BufferPool::give_back(Buffer buffer) {
  --in_use_;
  if (idle_.size() < idle_buffers_max) idle_.push_back(std::move(buffer));
}

}  // namespace bailey::gateway
