#include "workspace/scan.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <memory>

#include "os/files.h"
#include "workspace/directory_entries.h"
#include "workspace/tasks.h"

namespace bailey::workspace {
namespace {

struct Worker {
  std::vector<char> entries = std::vector<char>(directory_buffer_bytes);
  TreeFindings found;
};

class TreeScan {
 public:
  TreeScan(const ScanRequest& request, Fd top) : request_(request), top_(std::move(top)) {
    workers_.resize(threads_for_trees());
  }

  Result<TreeFindings> run() {
    TRY_STATUS(
        run_tasks({}, static_cast<unsigned>(workers_.size()), [this](Task task, TaskQueue& queue, unsigned number) {
          if (!workers_[number]) workers_[number] = std::make_unique<Worker>();
          scan_directory(task.directory, queue, *workers_[number]);
          return Status{};
        }));
    TreeFindings all;
    for (auto& worker : workers_)
      if (worker) all.merge(std::move(worker->found));
    return all;
  }

 private:
  void scan_directory(const std::string& path, TaskQueue& queue, Worker& worker) {
    if (entries_.load(std::memory_order_relaxed) > request_.entries_max) return;
    const auto directory = open_tree_directory(top_.get(), path);
    if (!directory) return worker.found.notes.add("not readable", path);
    const std::size_t before = worker.found.entries;
    const auto listed = for_each_entry(directory->get(), worker.entries, [&](const char* name, unsigned char type) {
      sort_entry(directory->get(), path, name, type, queue, worker);
    });
    if (!listed) worker.found.notes.add("not readable", path);
    entries_.fetch_add(worker.found.entries - before, std::memory_order_relaxed);
  }

  void sort_entry(int directory, const std::string& path, const char* name, unsigned char type, TaskQueue& queue,
                  Worker& worker) const {
    if (std::string_view(name) == ".git") {
      if (!path.empty()) worker.found.nested.push_back(path);
      return;
    }
    ++worker.found.entries;
    if (type == DT_DIR) {
      std::string inner = below(path, name);
      if (inner.size() > tree_path_bytes_max)
        worker.found.notes.add("not looked at, nested too deeply", inner.substr(0, 60) + "…");
      else if (!request_.rules.left_out.contains(inner) && !request_.rules.left_empty.contains(inner))
        queue.push({std::move(inner), {}});
      return;
    }
    if (request_.rules.is_secret != nullptr && (type == DT_REG || type == DT_LNK) && (*request_.rules.is_secret)(name))
      worker.found.secrets.push_back(below(path, name));
    struct stat status {};
    if (request_.sizes == Sizes::counted && type == DT_REG &&
        ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
      // A sparse file costs what it occupies.
      worker.found.bytes += static_cast<std::size_t>(status.st_blocks) * 512;
  }

  const ScanRequest& request_;
  Fd top_;
  std::atomic<std::size_t> entries_{0};
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

Result<TreeFindings> scan_tree(const ScanRequest& request) {
  Fd top = TRY(os::open_file(request.top, O_RDONLY | O_DIRECTORY));
  return TreeScan(request, std::move(top)).run();
}

}  // namespace bailey::workspace
