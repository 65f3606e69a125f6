#include "gateway/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

namespace bailey::gateway {

std::optional<Pipe> PipePool::take() {
  if (in_use_ >= limit_) return std::nullopt;
  if (idle_.empty()) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;
    // Refused when the user has too many pages in pipes: then it keeps the size it has.
    if (in_use_ < wide_pipes_max) (void)::fcntl(ends[1], F_SETPIPE_SZ, wide_pipe_bytes);
    ++in_use_;
    return Pipe{Fd(ends[0]), Fd(ends[1])};
  }
  Pipe pipe = std::move(idle_.back());
  idle_.pop_back();
  ++in_use_;
  return pipe;
}

void PipePool::give_back(Pipe pipe) {
  --in_use_;
  if (idle_.size() < idle_pipes_max) idle_.push_back(std::move(pipe));
}

void PipePool::give_back_used(Pipe pipe) {
  --in_use_;
  pipe = {};
}

}  // namespace bailey::gateway
