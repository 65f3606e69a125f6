// Pipes for splice(2), shared by all tunnels: a tunnel holds one only while bytes are on their way.
//
// An ordinary user may have 16,384 pages in pipes (pipe(7), pipe-user-pages-soft); a pipe takes 16 of them. So their
// number is limited here, and a tunnel that gets none copies instead. The first pipes are wider, which takes fewer
// calls a byte; those made while many are in use are not. In all that is less than 6,500 pages.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/fd.h"

namespace bailey::gateway {

inline constexpr std::size_t pipes_max = 256;
inline constexpr std::size_t wide_pipes_max = 32;
inline constexpr int wide_pipe_bytes = 256 << 10;  // 64 pages
inline constexpr std::size_t idle_pipes_max = 16;

struct Pipe {
  Fd read_end;
  Fd write_end;
};

class PipePool {
 public:
  explicit PipePool(std::size_t limit = pipes_max) : limit_(limit) {}

  // Empty. nullopt: none is to be had now.
  [[nodiscard]] std::optional<Pipe> take();
  // Only an empty pipe may be used again.
  void give_back(Pipe pipe);
  void give_back_used(Pipe pipe);
  [[nodiscard]] std::size_t in_use() const { return in_use_; }

 private:
  std::size_t limit_;
  std::size_t in_use_ = 0;
  std::vector<Pipe> idle_;
};

}  // namespace bailey::gateway
