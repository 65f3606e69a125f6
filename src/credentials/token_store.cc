#include "credentials/token_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "base/text.h"
#include "os/files.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t name_random_bytes = 8;
constexpr std::size_t records_max = 1000;  // looked at in one go
constexpr std::chrono::milliseconds lock_look_period{100};
constexpr int lock_looks_max = 150;

Result<std::string> random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (::getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) return fail_errno("get random bytes");
  return bytes;
}

Result<SecretText> read_key(const std::string& path) {
  const Fd fd = TRY(os::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("inspect '" + path + "'");
  const std::string what = "use the key of token records '" + path + "'";
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
    return fail(what, "it is not a plain file of yours", "move it aside: a new one is made");
  if ((status.st_mode & 077U) != 0)
    return fail(what, "other users may read or change it", "chmod 600 '" + path + "', or move it aside");
  std::string bytes = TRY(os::read_all(fd.get(), record_key_bytes + 1));
  SecretText key(bytes);
  wipe(bytes);
  if (key.size() != record_key_bytes) return fail(what, "it is damaged", "move it aside: a new one is made");
  return key;
}

// Whoever links its file first has made the key; link(2) never replaces.
Status make_key(const std::string& path) {
  std::string bytes = TRY(random_bytes(record_key_bytes));
  const std::string beside = path + ".new." + std::to_string(::getpid());
  ::unlink(beside.c_str());
  const Fd fd = TRY(os::open_file(beside, O_WRONLY | O_CREAT | O_EXCL, 0600));
  Status written = os::write_all(fd.get(), bytes);
  wipe(bytes);
  if (written && ::fsync(fd.get()) != 0) written = fail_errno("sync '" + beside + "'");
  const int error = ::link(beside.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(beside.c_str());
  if (written && error != 0 && error != EEXIST) return fail_errno(error, "make '" + path + "'");
  return written;
}

Status sync_directory(const std::string& path) {
  const Fd fd = TRY(os::open_file(path, O_RDONLY | O_DIRECTORY));
  return ::fsync(fd.get()) == 0 ? Status() : fail_errno("sync '" + path + "'");
}

// An empty Fd: somebody uses it, or has just removed it.
Fd lock_record(const std::string& path, int looks) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  int error = 0;
  while (fd && (error = ::flock(fd.get(), LOCK_EX | LOCK_NB)) != 0 && --looks > 0)
    std::this_thread::sleep_for(lock_look_period);
  if (!fd || error != 0 || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink == 0)
    return {};
  return fd;
}

}  // namespace

std::string TokenStore::directory() const { return os::join(state_, "tokens"); }

Result<RecordKey> TokenStore::key() const {
  const std::string keys = os::join(state_, "keys");
  const std::string path = os::join(keys, "tokens.key");
  if (!os::exists(path)) {
    TRY_STATUS(os::make_directories(keys));
    TRY_STATUS(make_key(path));
  }
  return RecordKey{TRY(read_key(path))};
}

Result<HeldRecord> TokenStore::keep(const TokenRecord& record) const {
  TRY_STATUS(os::make_directories(directory()));
  const RecordKey with = TRY(key());
  const std::string number = to_hex(TRY(random_bytes(name_random_bytes)));
  const std::string path = os::join(directory(), record.session + '.' + record.id + '.' + number);
  const std::string beside = os::join(directory(), "." + number);  // appears complete and locked
  HeldRecord held{path, TRY(os::open_file(beside, O_RDWR | O_CREAT | O_EXCL, 0600))};
  Status kept = ::flock(held.lock.get(), LOCK_EX | LOCK_NB) == 0 ? Status() : fail_errno("lock '" + path + "'");
  if (kept) kept = os::write_all(held.lock.get(), seal(record, with));
  if (kept && ::fsync(held.lock.get()) != 0) kept = fail_errno("sync '" + path + "'");
  if (kept && ::rename(beside.c_str(), path.c_str()) != 0) kept = fail_errno("create '" + path + "'");
  if (kept) kept = sync_directory(directory());
  if (kept) return held;
  ::unlink(beside.c_str());
  return std::unexpected(std::move(kept).error().within("note the token '" + record.id + "'"));
}

void TokenStore::remove(HeldRecord held) { ::unlink(held.path.c_str()); }

std::vector<AbandonedToken> TokenStore::abandoned(std::string_view session) const {
  std::vector<AbandonedToken> found;
  const auto names = os::list_directory(directory());
  if (!names || names->empty()) return found;
  const auto with = key();
  if (!with) return found;
  for (const auto& name : *names) {
    if (found.size() == records_max) break;
    const bool half_made = name.front() == '.';  // its writer was killed before it had its name
    if (!half_made && !session.empty() && !name.starts_with(std::string(session) + '.')) continue;
    // Of one session that has ended: whoever has the lock is taking the token back, and is waited for.
    const int looks = session.empty() || half_made ? 1 : lock_looks_max;
    HeldRecord held{os::join(directory(), name), lock_record(os::join(directory(), name), looks)};
    if (!held.lock) continue;
    const auto sealed = os::read_all(held.lock.get(), token_record_bytes_max);
    auto record = sealed ? open_sealed(*sealed, *with) : std::unexpected(sealed.error());
    if (record && (session.empty() || record->session == session))
      found.push_back({std::move(*record), std::move(held)});
    else if (!record && half_made) remove(std::move(held));
  }
  return found;
}

bool TokenStore::is_empty() const {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory().c_str()), ::closedir);
  if (!open) return true;
  while (const dirent* entry = ::readdir(open.get()))
    if (const std::string_view name = entry->d_name; name != "." && name != "..") return false;
  return true;
}

}  // namespace bailey::credentials
