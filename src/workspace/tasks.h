// Work on a tree, shared by a few threads: each task is a directory (or some names in it) and may add further tasks.
//
// Threads are started only when enough work has piled up, so that a small tree is done by the caller alone. The newest
// task comes first: the pile stays as small as the tree is deep. The first error stops everybody.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace bailey::workspace {

struct Task {
  std::string directory;           // relative to the root of the tree; "" is the root
  std::vector<std::string> names;  // files in it; empty: list the directory
};

class TaskQueue {
 public:
  void push(Task task);
  // Waits for a task; nullopt when all work is done or an error stopped it. Each task taken must be finished.
  [[nodiscard]] std::optional<Task> take();
  void finish(Status result);
  [[nodiscard]] std::size_t backlog();
  [[nodiscard]] Status result();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
  unsigned active_ = 0;
  std::optional<Error> error_;
};

inline constexpr std::size_t backlog_per_thread = 8;
// Two at least (input and output overlap even on one processor); more than eight only contend for the file system.
[[nodiscard]] unsigned threads_for_trees();

// Runs `work` on `first` and on everything it pushes. `worker` numbers the thread: 0 … threads_max - 1.
using Work = std::function<Status(Task task, TaskQueue& queue, unsigned worker)>;
[[nodiscard]] Status run_tasks(Task first, unsigned threads_max, const Work& work);

}  // namespace bailey::workspace
