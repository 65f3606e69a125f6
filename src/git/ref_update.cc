// Writing one ref: git's lock file protocol, step by step. See refs.h.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

#include "base/text.h"
#include "git/ref_files.h"
#include "git/ref_name.h"
#include "git/refs.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr auto lock_wait_max = std::chrono::milliseconds(1000);
constexpr auto lock_wait_step = std::chrono::milliseconds(10);
constexpr std::string_view reflog_identity = "bailey <bailey@localhost>";

std::unexpected<Error> in_the_way(std::string_view ref, std::string_view other) {
  return fail("create ref '" + visible(ref) + "'",
              "'" + visible(other) + "' is in the way: a name can't be above another",
              "choose another branch with -b, or rename the other one");
}

// Names above or below `ref` that exist: a file can't be a directory too (nor in packed-refs).
Status check_conflicts(int common_dir, const std::string& ref, std::string_view packed, ObjectFormat format) {
  for (auto slash = ref.find('/', 5); slash != std::string::npos; slash = ref.find('/', slash + 1)) {
    const std::string above = ref.substr(0, slash);
    if (TRY(read_git_file(common_dir, above, ref_file_bytes_max))) return in_the_way(ref, above);
    if (!TRY(find_packed(packed, above, format)).is_zero()) return in_the_way(ref, above);
  }
  if (has_packed_below(packed, ref)) return in_the_way(ref, ref + "/…");
  return {};
}

// NAME.lock in `directory`; removed again unless it was renamed into place.
class LockFile {
 public:
  LockFile(int directory, std::string name) : directory_(directory), name_(std::move(name)) {}
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile() {
    if (fd_) ::unlinkat(directory_, lock_name().c_str(), 0);
  }

  // False: somebody else has held it for all of lock_wait_max.
  Result<bool> take() {
    const auto deadline = std::chrono::steady_clock::now() + lock_wait_max;
    while (true) {
      fd_ = Fd(::openat(directory_, lock_name().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
      if (fd_) break;
      if (errno == ENOENT) return false;  // git has just removed the empty directory: the caller tries again
      if (errno != EEXIST) return fail_errno("create '" + lock_name() + "'");
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(lock_wait_step);
    }
    adopt(directory_, fd_.get());
    return true;
  }

  Status write(std::string_view text) {
    TRY_STATUS(os::write_all(fd_.get(), text));
    if (::fsync(fd_.get()) != 0) return fail_errno("write '" + lock_name() + "' to disk");
    return {};
  }

  Status commit() {
    if (::renameat(directory_, lock_name().c_str(), directory_, name_.c_str()) != 0) {
      // Directories that git left empty when it deleted refs; one with refs in it stays and is in the way.
      if ((errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) || !remove_empty_directories(directory_, name_) ||
          ::renameat(directory_, lock_name().c_str(), directory_, name_.c_str()) != 0)
        return fail_errno("rename '" + lock_name() + "' into place",
                          "refs below the same name may be in the way: choose another branch with -b");
    }
    fd_.reset();
    (void)!::fsync(directory_);  // the rename itself; a file system that can't has other guarantees
    return {};
  }

 private:
  [[nodiscard]] std::string lock_name() const { return name_ + ".lock"; }

  int directory_;
  std::string name_;
  Fd fd_;
};

bool wants_reflog(const HostRepository& repository, std::string_view ref) {
  if (repository.reflogs == ReflogPolicy::always) return true;
  if (repository.reflogs == ReflogPolicy::never) return false;
  return ref.starts_with("refs/heads/") || ref.starts_with("refs/remotes/") || ref.starts_with("refs/notes/");
}

std::string reflog_line(const RefUpdate& update, ObjectFormat format, const Clock& clock) {
  const std::time_t now = std::chrono::system_clock::to_time_t(clock.wall_now());
  std::string reason = visible(update.reason);
  return update.expected.hex(format) + ' ' + update.value.hex(format) + ' ' + std::string(reflog_identity) + ' ' +
         std::to_string(now) + " +0000\t" + reason + '\n';
}

// Appends where a log exists, or makes one where git would (core.logAllRefUpdates).
Status append_reflog(int common_dir, const HostRepository& repository, const RefUpdate& update, const Clock& clock) {
  const std::string path = "logs/" + update.ref;
  auto log = os::open_beneath(common_dir, path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  if (!log) {
    const bool absent = log.error().code == ENOENT || log.error().code == ENOTDIR || log.error().code == EISDIR;
    if (!absent) return std::unexpected(std::move(log).error());
    if (!wants_reflog(repository, update.ref)) return {};
    const Fd directory = TRY(open_or_make_directories(common_dir, os::directory_name(path)));
    const std::string name(os::base_name(path));
    if (log.error().code == EISDIR && !remove_empty_directories(directory.get(), name))
      return fail("create '" + path + "'", "logs of other refs are in the way");
    log = os::open_beneath(directory.get(), name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
    if (!log) return std::unexpected(std::move(log).error());
    adopt(directory.get(), log->get());
  }
  struct stat before {};
  if (::fstat(log->get(), &before) != 0) return fail_errno("stat '" + path + "'");
  auto written = os::write_all(log->get(), reflog_line(update, repository.format, clock));
  if (!written) (void)!::ftruncate(log->get(), before.st_size);  // no half line on a full disk
  return written;
}

}  // namespace

Result<UpdateOutcome> RefStore::update(const RefUpdate& update, const Clock& clock) const {
  TRY_STATUS(check_ref_name(update.ref));
  if (!update.ref.starts_with("refs/") || update.value.is_zero())
    return fail("update ref '" + visible(update.ref) + "'", "only refs below refs/ are written, and none is deleted");
  const auto packed = TRY(read_git_file(common_dir_.get(), "packed-refs", packed_refs_bytes_max));
  TRY_STATUS(check_conflicts(common_dir_.get(), update.ref, packed.value_or(""), repository_.format));
  const Fd directory = TRY(open_or_make_directories(common_dir_.get(), os::directory_name(update.ref)));
  LockFile lock(directory.get(), std::string(os::base_name(update.ref)));
  if (!TRY(lock.take())) return UpdateOutcome::locked;
  // The current value, under the lock. A symbolic ref would lead the write to another name: refused.
  const auto text = TRY(read_git_file(common_dir_.get(), update.ref, ref_file_bytes_max));
  const auto loose = parse_loose_ref(text.value_or(""), repository_.format);
  if (text && (!loose || !loose->target.empty()))
    return fail("update ref '" + visible(update.ref) + "'", "it is a symbolic ref or malformed",
                "choose another branch with -b");
  if (TRY(read(update.ref)) != update.expected) return UpdateOutcome::changed_meanwhile;
  TRY_STATUS(lock.write(update.value.hex() + '\n'));
  TRY_STATUS(append_reflog(common_dir_.get(), repository_, update, clock));
  TRY_STATUS(lock.commit());
  return UpdateOutcome::updated;
}

namespace {

// packed-refs without one name; the text as it is when the name is not there.
std::string without(std::string_view text, std::string_view ref) {
  std::string kept;
  bool skipping = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto line = text.substr(0, end);
    text.remove_prefix(end);
    // "^HEX" belongs to the line before it.
    if (!line.starts_with('^')) skipping = trim(line).ends_with(' ' + std::string(ref));
    if (!skipping) kept += line;
  }
  return kept;
}

Result<bool> remove_packed(int common_dir, const std::string& ref, ObjectFormat format) {
  LockFile lock(common_dir, "packed-refs");
  if (!TRY(lock.take())) return false;
  const auto packed = TRY(read_git_file(common_dir, "packed-refs", packed_refs_bytes_max));
  if (!packed || TRY(find_packed(*packed, ref, format)).is_zero()) return true;
  TRY_STATUS(lock.write(without(*packed, ref)));
  TRY_STATUS(lock.commit());
  return true;
}

}  // namespace

Result<UpdateOutcome> RefStore::remove(const Ref& ref) const {
  TRY_STATUS(check_ref_name(ref.name));
  if (!ref.name.starts_with("refs/")) return fail("delete ref '" + visible(ref.name) + "'", "it is not below refs/");
  const Fd directory = TRY(open_or_make_directories(common_dir_.get(), os::directory_name(ref.name)));
  const std::string name(os::base_name(ref.name));
  {
    LockFile lock(directory.get(), name);
    if (!TRY(lock.take())) return UpdateOutcome::locked;
    if (TRY(read(ref.name)) != ref.oid) return UpdateOutcome::changed_meanwhile;
    // The packed value first: a loose file that is gone would bring it to light.
    if (!TRY(remove_packed(common_dir_.get(), ref.name, repository_.format))) return UpdateOutcome::locked;
    if (::unlinkat(directory.get(), name.c_str(), 0) != 0 && errno != ENOENT) return fail_errno("delete a ref");
  }
  if (const auto logs = os::open_beneath(common_dir_.get(), "logs/" + std::string(os::directory_name(ref.name)),
                                         O_RDONLY | O_DIRECTORY))
    ::unlinkat(logs->get(), name.c_str(), 0);
  (void)remove_empty_directories(common_dir_.get(), std::string(os::directory_name(ref.name)));
  return UpdateOutcome::updated;
}

Status RefStore::note_head_moved(const RefUpdate& update, const Clock& clock) const {
  if (!update.expected.is_zero())
    TRY_STATUS(os::write_file_atomic(os::join(repository_.git_dir, "ORIG_HEAD"), update.expected.hex() + '\n', 0644));
  RefUpdate head = update;
  head.ref = "HEAD";
  return append_reflog(git_dir_.get(), repository_, head, clock);
}

}  // namespace bailey::git
