#include "workspace/scan.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <ctime>
#include <memory>

#include "os/files.h"
#include "workspace/directory_entries.h"
#include "workspace/scan_cache.h"
#include "workspace/tasks.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t stat_block_bytes = 512;  // unit of st_blocks, stat(2)

struct Worker {
  std::vector<char> entries = std::vector<char>(directory_buffer_bytes);
  TreeFindings found;
  ScannedDirectories remembered;
};

std::int64_t to_ns(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return to_ns(now);
}

class TreeScan {
 public:
  TreeScan(const ScanRequest& request, Fd top)
      : request_(request), top_(std::move(top)), key_(request.top + '\0' + request.secret_rules), start_ns_(now_ns()) {
    workers_.resize(threads_for_trees());
    if (uses_cache()) known_ = load_scan(request.cache_directory, key_);
  }

  Result<TreeFindings> run() {
    const auto work = [this](Task task, TaskQueue& queue, unsigned number) {
      if (!workers_[number]) workers_[number] = std::make_unique<Worker>();
      scan_directory(task.directory, queue, *workers_[number]);
      return Status{};
    };
    TRY_STATUS(run_tasks({}, static_cast<unsigned>(workers_.size()), work));
    TreeFindings all;
    for (auto& worker : workers_)
      if (worker) all.merge(std::move(worker->found));
    if (uses_cache() && all.entries >= remembered_entries_min) remember();
    return all;
  }

 private:
  [[nodiscard]] bool uses_cache() const {
    return !request_.cache_directory.empty() && request_.sizes == Sizes::unknown && request_.rules.left_empty.empty();
  }

  void scan_directory(const std::string& path, TaskQueue& queue, Worker& worker) {
    if (entries_.load(std::memory_order_relaxed) > request_.entries_max) return;
    if (const auto* known = still_valid(path)) return take(path, *known, queue, worker);
    const auto directory = open_tree_directory(top_.get(), path);
    struct stat status {};
    if (!directory || ::fstat(directory->get(), &status) != 0) return worker.found.notes.add("not readable", path);
    ScannedDirectory read{.inode = status.st_ino, .ctime_ns = to_ns(status.st_ctim)};
    const auto listed = for_each_entry(directory->get(), worker.entries, [&](const char* name, unsigned char type) {
      sort_entry(directory->get(), name, type, read, worker);
    });
    if (!listed) worker.found.notes.add("not readable", path);
    take(path, read, queue, worker);
    if (!uses_cache() || !listed || read.ctime_ns > start_ns_ - scan_settled_ns) return;
    worker.remembered.emplace(path, std::move(read));
  }

  // A link swapped into the path may lead this stat(2) elsewhere; inode and time won't be the ones of then.
  [[nodiscard]] const ScannedDirectory* still_valid(const std::string& path) const {
    const auto known = known_.find(path);
    if (known == known_.end()) return nullptr;
    struct stat status {};
    if (::fstatat(top_.get(), path.empty() ? "." : path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return nullptr;
    const auto& then = known->second;
    return then.inode == status.st_ino && then.ctime_ns == to_ns(status.st_ctim) ? &then : nullptr;
  }

  void sort_entry(int directory, const char* name, unsigned char type, ScannedDirectory& read, Worker& worker) const {
    if (std::string_view(name) == ".git") {
      read.nested = true;
      return;
    }
    ++read.entries;
    if (type == DT_DIR) return read.directories.emplace_back(name), void();
    if (request_.rules.is_secret != nullptr && (type == DT_REG || type == DT_LNK) && (*request_.rules.is_secret)(name))
      read.secrets.emplace_back(name);
    struct stat status {};
    if (request_.sizes == Sizes::counted && type == DT_REG &&
        ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
      // A sparse file costs what it occupies.
      worker.found.bytes += static_cast<std::size_t>(status.st_blocks) * stat_block_bytes;
  }

  // What is in a directory, read now or known from before.
  void take(const std::string& path, const ScannedDirectory& directory, TaskQueue& queue, Worker& worker) {
    worker.found.entries += directory.entries;
    entries_.fetch_add(directory.entries, std::memory_order_relaxed);
    if (directory.nested && !path.empty()) worker.found.nested.push_back(path);
    for (const auto& name : directory.secrets) worker.found.secrets.push_back(below(path, name));
    for (const auto& name : directory.directories) {
      std::string inner = below(path, name);
      if (inner.size() > tree_path_bytes_max)
        worker.found.notes.add("not looked at, nested too deeply", inner.substr(0, 60) + "…");
      else if (!request_.rules.left_out.contains(inner) && !request_.rules.left_empty.contains(inner))
        queue.push({std::move(inner), {}});
    }
  }

  // Not for a few directories that change all the time.
  void remember() {
    std::size_t fresh = 0;
    for (const auto& worker : workers_) fresh += worker ? worker->remembered.size() : 0;
    if (fresh <= known_.size() / 50) return;
    for (auto& worker : workers_) {
      if (!worker) continue;
      for (auto& [path, directory] : worker->remembered) known_.insert_or_assign(path, std::move(directory));
    }
    store_scan(request_.cache_directory, key_, known_);
  }

  const ScanRequest& request_;
  Fd top_;
  std::string key_;
  std::int64_t start_ns_;
  ScannedDirectories known_;  // read-only while the threads run
  std::atomic<std::size_t> entries_{0};
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

Result<TreeFindings> scan_tree(const ScanRequest& request) {
  Fd top = TRY(os::open_file(request.top, O_RDONLY | O_DIRECTORY));
  return TreeScan(request, std::move(top)).run();
}

}  // namespace bailey::workspace
