#include "workspace/copy_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <utility>

#include "os/files.h"
#include "workspace/copy_file.h"
#include "workspace/directory_entries.h"
#include "workspace/tasks.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t files_per_task = 256;  // a flat directory is shared between threads in portions of this size
constexpr mode_t directory_mode_bits = 0777;

// What one thread holds.
struct Worker {
  explicit Worker(CopySettings& settings) : files(settings), entries(directory_buffer_bytes) {}
  FileCopier files;
  std::vector<char> entries;
  TreeFindings found;
  std::vector<std::pair<std::string, struct stat>> directories;  // attributes to set at the end
};

void note_outcome(TreeFindings& found, CopyOutcome outcome, const std::string& path) {
  Notes& notes = found.notes;
  switch (outcome) {
    case CopyOutcome::copied:
      return;
    case CopyOutcome::is_link:
    case CopyOutcome::changed_meanwhile:
      return notes.add("written to while it was copied", path);
    case CopyOutcome::vanished:
      return notes.add("not copied, removed or replaced meanwhile", path);
    case CopyOutcome::unreadable:
      found.unreadable.push_back(path);
      return notes.add("not copied, not readable", path);
    case CopyOutcome::not_regular:
      return notes.add("not copied, a socket, pipe or device", path);
  }
}

// umask(2) could only be asked by setting it, for all threads. proc_pid_status(5) tells; unknown counts as all bits.
mode_t process_umask() {
  constexpr std::string_view key = "\nUmask:\t";
  const auto status = os::read_file("/proc/self/status");
  const auto at = status ? status->find(key) : std::string::npos;
  mode_t mask = 0777;
  if (at != std::string::npos)
    (void)std::from_chars(status->data() + at + key.size(), status->data() + status->size(), mask, 8);
  return mask;
}

class TreeCopy {
 public:
  TreeCopy(const CopyRequest& request, Fd from, Fd to) : request_(request), from_(std::move(from)), to_(std::move(to)) {
    settings_.owner = request.owner;
    settings_.umask = process_umask();
    workers_.resize(threads_for_trees());
  }

  Result<TreeFindings> run() {
    TRY_STATUS(
        run_tasks({}, static_cast<unsigned>(workers_.size()), [this](Task task, TaskQueue& queue, unsigned number) {
          // Only this thread uses its slot.
          if (!workers_[number]) workers_[number] = std::make_unique<Worker>(settings_);
          return task.names.empty() ? copy_directory(task.directory, queue, *workers_[number])
                                    : copy_names(task.directory, task.names, *workers_[number]);
        }));
    TreeFindings all;
    for (auto& worker : workers_)
      if (worker) all.merge(std::exchange(worker->found, {}));
    if (!all.secrets.empty() && request_.wanted_secrets) TRY_STATUS(copy_secrets(request_.wanted_secrets(all)));
    TRY_STATUS(finish_directories());
    all.notes.merge(workers_[0]->found.notes);
    return all;
  }

 private:
  Status copy_directory(const std::string& path, TaskQueue& queue, Worker& worker) {
    const auto source = open_tree_directory(from_.get(), path);
    struct stat status {};
    if (!source || ::fstat(source->get(), &status) != 0) {
      note_outcome(worker.found,
                   !source && source.error().code != EACCES ? CopyOutcome::vanished : CopyOutcome::unreadable, path);
      return {};
    }
    worker.directories.emplace_back(path, status);
    std::vector<std::string> files;
    std::vector<std::string> directories;
    const auto listed = for_each_entry(source->get(), worker.entries, [&](const char* name, unsigned char type) {
      sort_entry(path, name, type, files, directories, worker);
    });
    if (!listed) note_outcome(worker.found, CopyOutcome::unreadable, path);
    const Fd target = TRY(open_tree_directory(to_.get(), path));
    for (auto& name : directories) TRY_STATUS(make_directory(path, name, target.get(), queue, worker));
    while (files.size() > files_per_task) {
      queue.push({path, {std::make_move_iterator(files.end() - files_per_task), std::make_move_iterator(files.end())}});
      files.resize(files.size() - files_per_task);
    }
    return copy_between(source->get(), target.get(), path, files, worker);
  }

  void sort_entry(const std::string& path, const char* name, unsigned char type, std::vector<std::string>& files,
                  std::vector<std::string>& directories, Worker& worker) const {
    if (std::string_view(name) == ".git") {
      if (!path.empty()) worker.found.nested.push_back(path);
      return;
    }
    ++worker.found.entries;
    if (type == DT_DIR) directories.emplace_back(name);
    else if (type != DT_REG && type != DT_LNK) note_outcome(worker.found, CopyOutcome::not_regular, below(path, name));
    else if (request_.rules.is_secret != nullptr && (*request_.rules.is_secret)(name))
      worker.found.secrets.push_back(below(path, name));
    else files.emplace_back(name);
  }

  Status make_directory(const std::string& parent, const std::string& name, int target, TaskQueue& queue,
                        Worker& worker) {
    std::string path = below(parent, name);
    if (request_.rules.left_out.contains(path)) return {};
    if (path.size() > tree_path_bytes_max) {
      worker.found.notes.add("not copied, nested too deeply", path.substr(0, 60) + "…");
      return {};
    }
    if (::mkdirat(target, name.c_str(), 0700) != 0)
      return fail_errno("create directory '" + os::join(request_.to, path) + "'");
    if (!request_.rules.left_empty.contains(path)) queue.push({std::move(path), {}});
    else if (request_.owner &&
             ::fchownat(target, name.c_str(), request_.owner->uid, request_.owner->gid, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno("give directory '" + path + "' to the agent");
    return {};
  }

  Status copy_names(const std::string& path, const std::vector<std::string>& names, Worker& worker) {
    const auto source = open_tree_directory(from_.get(), path);
    const Fd target = TRY(open_tree_directory(to_.get(), path));
    if (source) return copy_between(source->get(), target.get(), path, names, worker);
    for (const auto& name : names) note_outcome(worker.found, CopyOutcome::vanished, below(path, name));
    return {};
  }

  Status copy_between(int source, int target, const std::string& path, const std::vector<std::string>& names,
                      Worker& worker) {
    for (const auto& name : names) {
      auto outcome = worker.files.copy(source, name.c_str(), target);
      if (!outcome) return std::unexpected(std::move(outcome).error().within("copy '" + below(path, name) + "'"));
      note_outcome(worker.found, *outcome, below(path, name));
    }
    return {};
  }

  Status copy_secrets(const std::vector<std::string>& paths) {
    for (const auto& path : paths) {
      const auto slash = path.rfind('/');
      const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
      TRY_STATUS(copy_names(directory, {path.substr(slash + 1)}, *workers_[0]));
    }
    return {};
  }

  // The deepest first: a directory without write permission must not be in the way of those inside it.
  Status finish_directories() {
    std::vector<std::pair<std::string, struct stat>> all;
    for (auto& worker : workers_)
      if (worker) std::move(worker->directories.begin(), worker->directories.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [path, status] : all) {
      const Fd directory = TRY(open_tree_directory(to_.get(), path));
      const timespec times[2] = {{0, UTIME_OMIT}, status.st_mtim};
      if ((request_.owner && ::fchown(directory.get(), request_.owner->uid, request_.owner->gid) != 0) ||
          ::fchmod(directory.get(), status.st_mode & directory_mode_bits) != 0 ||
          ::futimens(directory.get(), times) != 0)
        return fail_errno("set the attributes of directory '" + path + "'");
    }
    return {};
  }

  const CopyRequest& request_;
  Fd from_;
  Fd to_;
  CopySettings settings_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

Result<TreeFindings> copy_tree(const CopyRequest& request) {
  Fd from = TRY(os::open_file(request.from, O_RDONLY | O_DIRECTORY));
  Fd to = TRY(os::open_file(request.to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return TreeCopy(request, std::move(from), std::move(to)).run();
}

}  // namespace bailey::workspace
