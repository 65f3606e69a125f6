#include "workspace/export.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

#include "base/text.h"
#include "os/files.h"
#include "workspace/copy_file.h"
#include "workspace/remove_deep.h"
#include "workspace/session_view.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

constexpr std::string_view staging_prefix = ".bailey-export-";
constexpr std::uint64_t stat_block_bytes = 512;
constexpr int name_attempts_max = 16;

mode_t umask_of_process() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

// In any spelling that some file system takes for it.
bool is_git_directory_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  while (lower.ends_with('.') || lower.ends_with(' ')) lower.pop_back();
  return lower == ".git" || lower == "git~1";
}

std::string name_of_fd(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

bool begins_like_program(int directory, const char* name) {
  const Fd file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  std::array<char, 4> head{};
  if (!file || ::pread(file.get(), head.data(), head.size(), 0) < 2) return false;
  const std::string_view text(head.data(), head.size());
  return text.starts_with("#!") || text.starts_with("MZ") ||
         text ==
             "\x7f"
             "ELF" ||
         text == "\xcf\xfa\xed\xfe" || text == "\xca\xfe\xba\xbe";
}

// One tree after another into the staging directory.
class Stager {
 public:
  Stager(const SessionView& view, const ExportLimits& limits, std::vector<ExportedFile>& files, Notes& notes)
      : view_(view), limits_(limits), files_(files), notes_(notes), copier_(settings_) {}

  Status add(const std::string& source, int to, const std::string& name, const std::string& target, std::size_t depth) {
    const auto found = TRY(view_.find(source));
    if (!found) return {};  // gone since it was listed
    if (is_git_directory_name(name)) {
      notes_.add("left out: a repository's own directory", source);
      return {};
    }
    if (S_ISDIR(found->status.st_mode)) return add_directory(source, to, name, target, depth);
    if (!S_ISREG(found->status.st_mode)) {
      notes_.add(S_ISLNK(found->status.st_mode) ? "left out: symbolic link" : "left out: no regular file", source);
      return {};
    }
    return add_file(*found, source, to, name, target);
  }

 private:
  Status add_directory(const std::string& source, int to, const std::string& name, const std::string& target,
                       std::size_t depth) {
    if (depth >= limits_.depth_max) {
      notes_.add("left out: nested too deeply", source);
      return {};
    }
    if (::mkdirat(to, name.c_str(), 0700) != 0) return fail_errno("create '" + visible(target) + "'");
    const Fd here = TRY(os::open_beneath(to, name, O_RDONLY | O_DIRECTORY));
    for (const auto& entry : TRY(view_.list(source)))
      TRY_STATUS(add(below(source, entry), here.get(), entry, below(target, entry), depth + 1));
    if (::fchmod(here.get(), 0777 & ~mask_) != 0) return fail_errno("set the mode of '" + visible(target) + "'");
    return {};
  }

  Status add_file(const SessionView::Found& found, const std::string& source, int to, const std::string& name,
                  const std::string& target) {
    if (files_.size() >= limits_.files_max)
      return fail("export", "more than " + std::to_string(limits_.files_max) + " files", "name fewer directories");
    TRY_STATUS(check_room(to, static_cast<std::uint64_t>(found.status.st_size),
                          static_cast<std::uint64_t>(found.status.st_blocks) * stat_block_bytes));
    const auto slash = found.path.rfind('/');
    const auto parent = open_tree_directory(found.layer, slash == std::string::npos ? "" : found.path.substr(0, slash));
    if (!parent) return {};  // swapped for something else: so not there
    switch (TRY(copier_.copy_regular(parent->get(), std::string(os::base_name(found.path)).c_str(), to))) {
      case CopyOutcome::copied:
        break;
      case CopyOutcome::changed_meanwhile:
        notes_.add("written to while it was copied", source);
        break;
      case CopyOutcome::vanished:
        return {};
      case CopyOutcome::unreadable:
        notes_.add("left out: not readable", source);
        return {};
      case CopyOutcome::not_regular:
      case CopyOutcome::is_link:
        notes_.add("left out: no regular file", source);
        return {};
    }
    return settle(source, to, name, target);
  }

  // What arrived counts, not what was announced.
  Status settle(const std::string& source, int to, const std::string& name, const std::string& target) {
    const Fd file = TRY(os::open_beneath(to, name, O_RDONLY | O_NOFOLLOW));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return fail_errno("look at '" + visible(target) + "'");
    bytes_ += static_cast<std::uint64_t>(status.st_size);
    if (bytes_ > limits_.bytes_max) return too_large();
    const bool executable = (status.st_mode & 0111) != 0;
    if (::fchmod(file.get(), (executable ? 0777U : 0666U) & ~mask_) != 0) return fail_errno("set a file's mode");
    files_.push_back({source, target, static_cast<std::uint64_t>(status.st_size), executable,
                      begins_like_program(to, name.c_str())});
    return {};
  }

  [[nodiscard]] std::unexpected<Error> too_large() const {
    return fail("export", "more than " + std::to_string(limits_.bytes_max >> 20) + " MiB (holes counted)",
                "raise --max-bytes, or name less");
  }

  Status check_room(int to, std::uint64_t bytes, std::uint64_t on_disk) const {
    if (bytes > limits_.bytes_max || bytes_ + bytes > limits_.bytes_max) return too_large();
    struct statvfs room {};
    if (::fstatvfs(to, &room) != 0) return {};
    const std::uint64_t free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    if (free < on_disk || free - on_disk < limits_.free_bytes_min)
      return fail("export", "the destination's file system would be full", "make room, or name less");
    return {};
  }

  const SessionView& view_;
  const ExportLimits& limits_;
  std::vector<ExportedFile>& files_;
  Notes& notes_;
  CopySettings settings_;
  FileCopier copier_;
  const mode_t mask_ = umask_of_process();
  std::uint64_t bytes_ = 0;
};

bool is_directory_at(int directory, const std::string& name) {
  struct stat status {};
  return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}
bool exists_at(int directory, const std::string& name) {
  struct stat status {};
  return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<std::vector<std::string>> names_at(int directory) { return os::list_directory(name_of_fd(directory)); }

Status find_obstacles(int from, int to, const std::string& path, std::vector<std::string>& found) {
  for (const auto& name : TRY(names_at(from))) {
    if (!exists_at(to, name)) continue;
    if (!is_directory_at(from, name) || !is_directory_at(to, name)) {
      found.push_back(below(path, name));
      continue;
    }
    const Fd inner_from = TRY(os::open_beneath(from, name, O_RDONLY | O_DIRECTORY));
    const Fd inner_to = TRY(os::open_beneath(to, name, O_RDONLY | O_DIRECTORY));
    TRY_STATUS(find_obstacles(inner_from.get(), inner_to.get(), below(path, name), found));
  }
  return {};
}

Status move_all(int from, int to, const std::string& path, Overwrite overwrite) {
  for (const auto& name : TRY(names_at(from))) {
    if (::renameat2(from, name.c_str(), to, name.c_str(), RENAME_NOREPLACE) == 0) continue;
    const std::string what = "write '" + visible(below(path, name)) + "'";
    if (errno != EEXIST) return fail_errno(what);
    if (is_directory_at(from, name) && is_directory_at(to, name)) {
      const Fd inner_from = TRY(os::open_beneath(from, name, O_RDONLY | O_DIRECTORY));
      const Fd inner_to = TRY(os::open_beneath(to, name, O_RDONLY | O_DIRECTORY));
      TRY_STATUS(move_all(inner_from.get(), inner_to.get(), below(path, name), overwrite));
      continue;
    }
    if (overwrite == Overwrite::no) return fail(what, "it exists", "--overwrite replaces it");
    if (::renameat(from, name.c_str(), to, name.c_str()) != 0)
      return fail_errno(what, "a directory is replaced by none but a directory: move it away");
  }
  return {};
}

// Of exports that were killed: whoever can lock one may remove it.
void remove_stale(int destination) {
  for (const auto& name : names_at(destination).value_or(std::vector<std::string>())) {
    if (!name.starts_with(staging_prefix)) continue;
    const auto directory = os::open_beneath(destination, name, O_RDONLY | O_DIRECTORY);
    if (directory && ::flock(directory->get(), LOCK_EX | LOCK_NB) == 0)
      (void)remove_deep(name_of_fd(destination) + '/' + name);
  }
}

Result<Fd> open_destination(const std::string& to) {
  const std::string what = "export to '" + visible(to) + "'";
  for (const auto part : split(to, '/'))
    if (is_git_directory_name(part)) return fail(what, "it lies inside a repository's own directory", "choose another");
  const Fd root = TRY(os::open_file("/", O_RDONLY | O_DIRECTORY));
  const std::string relative = to.substr(1);
  if (relative.empty()) return fail(what, "that is the root of the file system");
  auto opened = os::open_beneath(root.get(), relative, O_RDONLY | O_DIRECTORY);
  if (!opened && opened.error().code == ENOENT) {
    const auto parent = std::string(os::directory_name(to)).substr(1);
    const auto above = parent.empty() ? Result<Fd>(Fd(::dup(root.get())))
                                      : os::open_beneath(root.get(), parent, O_RDONLY | O_DIRECTORY);
    if (above && (::mkdirat(above->get(), std::string(os::base_name(to)).c_str(), 0777) == 0 || errno == EEXIST))
      opened = os::open_beneath(root.get(), relative, O_RDONLY | O_DIRECTORY);
  }
  if (opened) return opened;
  if (opened.error().code == ELOOP)
    return fail(what, "a symbolic link leads there",
                "name the directory itself: " + visible(os::real_path(to).value_or("(it leads nowhere)")));
  return std::unexpected(std::move(opened).error().within(what).or_remedy("make the directory first"));
}

}  // namespace

Export::Export(Export&& other) noexcept
    : destination_(std::move(other.destination_)),
      limits_(other.limits_),
      staging_name_(std::exchange(other.staging_name_, {})),
      staging_(std::move(other.staging_)),
      files_(std::move(other.files_)),
      notes_(std::move(other.notes_)) {}

Export::~Export() {
  if (!staging_name_.empty()) (void)remove_deep(name_of_fd(destination_.get()) + '/' + staging_name_);
}

Result<Export> Export::open(const std::string& to, const ExportLimits& limits) {
  Export result(TRY(open_destination(to)), limits);
  remove_stale(result.destination_.get());
  for (int attempt = 0; attempt < name_attempts_max; ++attempt) {
    std::string name = std::string(staging_prefix) + std::to_string(::getpid()) + '-' + std::to_string(attempt);
    if (::mkdirat(result.destination_.get(), name.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      return fail_errno("write to '" + visible(to) + "'");
    }
    result.staging_name_ = std::move(name);
    result.staging_ = TRY(os::open_beneath(result.destination_.get(), result.staging_name_, O_RDONLY | O_DIRECTORY));
    if (::flock(result.staging_.get(), LOCK_EX | LOCK_NB) != 0) return fail_errno("lock the copies");
    return result;
  }
  return fail("write to '" + visible(to) + "'", "every name for the copies is taken");
}

Status Export::stage(const Prepared& prepared, const std::vector<std::string>& paths) {
  const auto view = TRY(SessionView::open(prepared));
  Stager stager(view, limits_, files_, notes_);
  for (const auto& path : paths) {
    const std::string what = "export '" + visible(path) + "'";
    const auto found = TRY(view.find(path));
    if (!found) return fail(what, "the session's workspace has no such file", "paths are counted from /workspace");
    const std::string name(os::base_name(path));
    if (path.empty()) return fail(what, "that is the whole workspace", "name what you want of it");
    for (const auto part : split(path, '/'))
      if (is_git_directory_name(part))
        return fail(what, "a repository's own directory never comes out", "commits come with `bailey apply`");
    if (!S_ISDIR(found->status.st_mode) && !S_ISREG(found->status.st_mode))
      return fail(what, S_ISLNK(found->status.st_mode) ? "it is a symbolic link" : "it is no regular file",
                  "only files and directories come out");
    if (exists_at(staging_.get(), name)) return fail(what, "two paths end in the same name", "export them one by one");
    TRY_STATUS(stager.add(path, staging_.get(), name, name, 0));
  }
  return {};
}

Result<std::vector<std::string>> Export::in_the_way() const {
  std::vector<std::string> found;
  TRY_STATUS(find_obstacles(staging_.get(), destination_.get(), "", found));
  return found;
}

Status Export::publish(Overwrite overwrite) { return move_all(staging_.get(), destination_.get(), "", overwrite); }

Result<std::string> exported_path(const std::string& typed) {
  std::string_view path = typed;
  if (path == "/workspace" || path.starts_with("/workspace/")) path.remove_prefix(10);
  else if (path.starts_with('/'))
    return fail("export '" + visible(typed) + "'", "it is outside of /workspace",
                "only the workspace's files come out");
  std::string result;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..")
      return fail("export '" + visible(typed) + "'", "'..' in it", "count the path from the top of the workspace");
    result = below(result, part);
  }
  return result;
}

}  // namespace bailey::workspace
