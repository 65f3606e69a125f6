#include "workspace/tasks.h"

#include <algorithm>
#include <system_error>
#include <thread>

namespace bailey::workspace {

void TaskQueue::push(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.notify_one();
}

std::optional<Task> TaskQueue::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || !tasks_.empty() || active_ == 0; });
  if (error_ || tasks_.empty()) return std::nullopt;
  Task task = std::move(tasks_.back());
  tasks_.pop_back();
  ++active_;
  return task;
}

void TaskQueue::finish(Status result) {
  const std::lock_guard lock(mutex_);
  --active_;
  if (!result && !error_) error_ = std::move(result).error();
  if (error_ || (active_ == 0 && tasks_.empty())) changed_.notify_all();
}

std::size_t TaskQueue::backlog() {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

Status TaskQueue::result() {
  const std::lock_guard lock(mutex_);
  if (error_) return std::unexpected(*error_);
  return {};
}

unsigned threads_for_trees() { return std::clamp(std::thread::hardware_concurrency(), 2U, 8U); }

Status run_tasks(Task first, unsigned threads_max, const Work& work) {
  TaskQueue queue;
  queue.push(std::move(first));
  std::vector<std::jthread> helpers;
  const auto run_one = [&](unsigned worker) {
    auto task = queue.take();
    if (!task) return false;
    queue.finish(work(std::move(*task), queue, worker));
    return true;
  };
  while (run_one(0)) {
    while (helpers.size() + 1 < threads_max && queue.backlog() >= backlog_per_thread * (helpers.size() + 1)) {
      const auto worker = static_cast<unsigned>(helpers.size()) + 1;
      try {
        helpers.emplace_back([&run_one, worker] {
          while (run_one(worker)) {
          }
        });
      } catch (const std::system_error&) {
        threads_max = worker;  // no more threads to be had (RLIMIT_NPROC): fewer do the same
      }
    }
  }
  helpers.clear();  // joins
  return queue.result();
}

}  // namespace bailey::workspace
