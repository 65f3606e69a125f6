#include "session/registry.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/text.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"

namespace bailey::session {
namespace {

constexpr std::string_view record_name = "session.json";
constexpr std::string_view lock_name = "lock";
constexpr std::size_t suggestions_max = 5;
// `ls` holds a lock for microseconds while it looks: whoever really wants it tries for longer than that.
constexpr int lock_attempts_max = 20;
constexpr std::chrono::milliseconds lock_attempt_interval{2};

std::unexpected<Error> with_storage_remedy(Error error) {
  switch (error.code) {
    case ENOSPC:
    case EDQUOT:
      error.remedy = "free some space, or set XDG_STATE_HOME to a directory on another file system";
      break;
    case EROFS:
    case EACCES:
    case EPERM:
      error.remedy = "make it writable for you, or set XDG_STATE_HOME to a directory that is";
      break;
    case ENOTDIR:
      error.remedy = "a file is in the place of a directory: move it away";
      break;
    default:
      break;
  }
  return std::unexpected(std::move(error).within("register the session"));
}

bool is_same_file(int fd, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

// Empty: somebody else holds it. Never the lock of a file that was removed between open and flock.
Result<Fd> try_lock_once(const std::string& path) {
  while (true) {
    Fd lock = TRY(os::try_lock_file(path));
    if (!lock || is_same_file(lock.get(), path)) return lock;
  }
}

Result<Fd> try_lock_patiently(const std::string& path) {
  for (int attempt = 1; attempt < lock_attempts_max; ++attempt) {
    if (Fd lock = TRY(try_lock_once(path)); lock) return lock;
    std::this_thread::sleep_for(lock_attempt_interval);
  }
  return try_lock_once(path);
}

// Without taking it: shared locks of several that look don't disturb each other.
bool is_locked(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// FNV-1a, twice with different starts. A collision would refuse a branch, not confuse two.
std::string digest(std::string_view text) {
  char hex[33];
  std::uint64_t first = 0xcbf29ce484222325;
  std::uint64_t second = 0x6c62272e07bb0142;
  for (const char c : text) {
    first = (first ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    second = (second ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::snprintf(hex, sizeof hex, "%016llx%016llx", static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(second));
  return hex;
}

Status write_record(const std::string& directory, const SessionRecord& record) {
  return os::write_file_atomic(os::join(directory, record_name), json::write(to_json(record), json::Layout::indented));
}

Result<SessionRecord> read_record(const std::string& directory) {
  const std::string path = os::join(directory, record_name);
  // O_NONBLOCK: a fifo in its place must not make `ls` wait.
  const Fd file = TRY(os::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  const std::string text = TRY(os::read_all(file.get(), session_record_bytes_max));
  const json::Value value = TRY(json::read(text, record_name, {.bytes_max = session_record_bytes_max}));
  return session_record_of(value);
}

bool says_alive(SessionStatus status) { return status == SessionStatus::starting || status == SessionStatus::running; }

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < suggestions_max; ++i) text += (i > 0 ? ", " : "") + visible(names[i]);
  return names.size() > suggestions_max ? text + ", …" : text;
}

}  // namespace

bool is_session_name(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (name.empty() || name.size() > session_name_bytes_max || !is_word(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return is_word(c) || c == '.' || c == '_' || c == '-'; });
}

Result<Registry> Registry::open(const std::string& state_directory) {
  Registry registry(os::join(state_directory, "sessions"));
  for (const auto& directory : {registry.directory_, registry.own(".claims"), registry.own(".branches")})
    if (auto made = os::make_directories(directory); !made) return with_storage_remedy(std::move(made).error());
  struct stat status {};
  if (::stat(registry.directory_.c_str(), &status) != 0) return fail_errno("look at '" + registry.directory_ + "'");
  if (status.st_uid != ::geteuid())
    return fail("use '" + registry.directory_ + "'",
                "it belongs to another user (uid " + std::to_string(status.st_uid) + ")",
                "run bailey as that user, or set XDG_STATE_HOME to a directory of your own");
  if ((status.st_mode & 077) != 0 && ::chmod(registry.directory_.c_str(), 0700) != 0)
    return fail_errno("make '" + registry.directory_ + "' private");
  return registry;
}

std::string Registry::directory_of(std::string_view name) const { return os::join(directory_, name); }
std::string Registry::own(std::string_view name) const { return os::join(directory_, name); }

std::string Registry::branch_lock_path(std::string_view repository, std::string_view branch) const {
  return os::join(own(".branches"), digest(std::string(repository) + '\0' + std::string(branch)));
}

Result<Fd> Registry::try_claim_branch(std::string_view repository, std::string_view branch) const {
  auto lock = try_lock_once(branch_lock_path(repository, branch));
  if (!lock) return with_storage_remedy(std::move(lock).error());
  return lock;
}

// With the registry's lock held: whatever is in .claims was left behind.
Result<Claim> Registry::build(const SessionRecord& record, const std::string& beside) const {
  TRY_STATUS(os::remove_tree(beside));
  TRY_STATUS(os::make_directories(beside));
  Claim claim{.name = record.name, .directory = directory_of(record.name)};
  claim.lock = TRY(os::try_lock_file(os::join(beside, lock_name)));
  TRY_STATUS(write_record(beside, record));
  if (::rename(beside.c_str(), claim.directory.c_str()) != 0) return fail_errno("create '" + claim.directory + "'");
  return claim;
}

Result<Claim> Registry::claim(const SessionRecord& record) const {
  if (!is_session_name(record.name))
    return fail("register the session", "'" + visible(record.name) + "' can't be a session's name",
                "use letters, digits, '.', '_' and '-', at most " + std::to_string(session_name_bytes_max));
  Fd branch_lock;
  if (!record.branch.empty()) {
    branch_lock = TRY(try_claim_branch(record.repository, record.branch));
    if (!branch_lock)
      return std::unexpected(Error{"start a session on branch '" + visible(record.branch) + "'",
                                   "another session is working on it",
                                   "attach to that one (bailey ls), or choose another branch with -b", EBUSY});
  }
  const auto registry_lock = os::lock_file(own(".lock"));
  if (!registry_lock) return with_storage_remedy(registry_lock.error());
  if (os::exists(directory_of(record.name)))
    return std::unexpected(Error{
        "start session '" + record.name + "'", "there is one of that name already",
        "bailey attach " + record.name + ", bailey rm " + record.name + ", or choose another with --name", EEXIST});
  const std::string beside = os::join(own(".claims"), record.name);
  auto claim = build(record, beside);
  if (!claim) {
    (void)os::remove_tree(beside);
    return with_storage_remedy(std::move(claim).error());
  }
  claim->branch_lock = std::move(branch_lock);
  return claim;
}

Result<Claim> Registry::claim_existing(const std::string& name) const {
  Claim claim{.name = name, .directory = directory_of(name)};
  const std::string what = "take over session '" + visible(name) + "'";
  if (!is_session_name(name) || !os::is_directory(claim.directory))
    return std::unexpected(Error{what, "there is no such session", "bailey ls --all shows them", ENOENT});
  claim.lock = TRY(try_lock_patiently(os::join(claim.directory, lock_name)));
  if (!claim.lock)
    return std::unexpected(Error{what, "it is running", "bailey stop " + name + " ends it and saves its work", EBUSY});
  const auto record = read_record(claim.directory);
  if (record && !record->branch.empty()) {
    claim.branch_lock = TRY(try_claim_branch(record->repository, record->branch));
    if (!claim.branch_lock)
      return std::unexpected(Error{what, "another session is working on its branch '" + visible(record->branch) + "'",
                                   "stop that one first: bailey ls shows it", EBUSY});
  }
  return claim;
}

Status Registry::save(const SessionRecord& record) const {
  if (!is_session_name(record.name)) return fail("save the session's record", "it has no proper name");
  if (auto done = write_record(directory_of(record.name), record); !done)
    return with_storage_remedy(std::move(done).error());
  return {};
}

SessionEntry Registry::read(const std::string& name) const {
  SessionEntry entry{.name = name, .directory = directory_of(name)};
  const std::string lock = os::join(entry.directory, lock_name);
  // Before the record: a supervisor writes its last word and then lets go.
  entry.is_live = is_locked(lock);
  auto record = read_record(entry.directory);
  if (!record || record->name != name) {
    entry.damage = record ? "session.json is about '" + record->name + "'" : to_lines(record.error());
    return entry;
  }
  entry.record = std::move(*record);
  if (says_alive(entry.record.status) && !entry.is_live) {
    entry.is_live = is_locked(lock);  // it may have been restarted in between
    if (!entry.is_live) entry.record.status = SessionStatus::interrupted;
  }
  return entry;
}

Result<std::vector<std::string>> Registry::names() const {
  std::vector<std::string> names = TRY(os::list_directory(directory_));
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  return names;
}

Result<std::vector<SessionEntry>> Registry::list() const {
  std::vector<SessionEntry> entries;
  for (const auto& name : TRY(names())) entries.push_back(read(name));
  return entries;
}

Result<SessionEntry> Registry::find(std::string_view text) const {
  const std::string what = "find session '" + visible(text) + "'";
  const auto all = TRY(names());
  std::vector<std::string> beginning;
  std::vector<std::string> containing;
  for (const auto& name : all) {
    if (name == text) return read(name);
    if (!text.empty() && name.starts_with(text)) beginning.push_back(name);
    if (!text.empty() && name.find(text) != std::string::npos) containing.push_back(name);
  }
  if (beginning.size() == 1) return read(beginning.front());
  if (beginning.size() > 1)
    return fail(what, std::to_string(beginning.size()) + " begin like that: " + joined(beginning),
                "write more of the name");
  if (all.empty()) return fail(what, "there are no sessions", "bailey run starts one");
  if (!containing.empty()) return fail(what, "there is none", "did you mean " + joined(containing) + "?");
  return fail(what, "there is none", "bailey ls --all shows them");
}

Status Registry::remove(Claim claim) const {
  const auto registry_lock = os::lock_file(own(".lock"));
  if (!registry_lock) return with_storage_remedy(registry_lock.error());
  if (!claim.lock || !is_same_file(claim.lock.get(), os::join(claim.directory, lock_name)))
    return fail("remove session '" + visible(claim.name) + "'", "somebody else has removed it already");
  const auto record = read_record(claim.directory);
  const std::string beside = os::join(own(".claims"), claim.name + ".removed." + std::to_string(::getpid()));
  if (::rename(claim.directory.c_str(), beside.c_str()) != 0) return fail_errno("remove '" + claim.directory + "'");
  // Held, so nobody can be between opening and locking it without noticing (try_lock_once).
  if (claim.branch_lock && record) ::unlink(branch_lock_path(record->repository, record->branch).c_str());
  return os::remove_tree(beside);
}

}  // namespace bailey::session
