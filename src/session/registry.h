// The sessions of a user: $XDG_STATE_HOME/bailey/sessions/<name>/ and who owns each.
//
// How it works. A session's supervisor holds flock(2) on <name>/lock for as long as it lives, and on one file a branch
// in .branches/. The kernel drops both however it dies, so a lock tells the truth where a pid could be somebody else's
// by now; session.json says the rest. A session appears under its name all at once: it is built in .claims/ and
// renamed into place while .lock is held, with its lock held and its record written. Names that begin with a dot are
// the registry's own.
//
// What it relies on. A local file system with flock; a directory that only the user can write. Whatever else lies there
// (damaged records, other files) is shown as damaged and never in the way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "session/session_record.h"

namespace bailey::session {

inline constexpr std::size_t session_record_bytes_max = std::size_t{256} << 10;
inline constexpr std::size_t session_name_bytes_max = 128;

// One path component that no shell or terminal stumbles over: letters, digits, '.', '_', '-', beginning with one of
// the first two.
[[nodiscard]] bool is_session_name(std::string_view name);

// Ownership of a session, for its supervisor: pass both descriptors to it, they carry the locks. A process that keeps
// copies of them keeps the session alive in everybody's eyes: close them after passing them on.
struct Claim {
  std::string name;
  std::string directory;
  Fd lock;
  Fd branch_lock;  // empty: the session has no branch
};

struct SessionEntry {
  std::string name;
  std::string directory;
  bool is_live = false;       // a supervisor holds the lock
  SessionRecord record;       // status `interrupted` is filled in
  std::size_t approvals = 0;  // that wait for an answer, where somebody has counted them (approvals_overview.h)
  std::string damage;         // why the record can't be read; then only name and is_live mean something
};

class Registry {
 public:
  // Creates the directories (0700). `state_directory` is os::UserDirectories::state.
  [[nodiscard]] static Result<Registry> open(const std::string& state_directory);

  // A new session called record.name, on record.branch of record.repository: exactly one of several that try wins.
  // Error codes: EEXIST the name is taken, EBUSY a running session has the branch, else errno of the file system.
  [[nodiscard]] Result<Claim> claim(const SessionRecord& record) const;
  // An existing session whose supervisor is gone (restart, recovery, removal). EBUSY: it is running. ENOENT: gone.
  [[nodiscard]] Result<Claim> claim_existing(const std::string& name) const;
  // The branch alone, as claim() does it: for looking for a free <agent>/session-N. Empty Fd: in use.
  [[nodiscard]] Result<Fd> try_claim_branch(std::string_view repository, std::string_view branch) const;

  // Replaces session.json; a reader sees the old or the new one.
  [[nodiscard]] Status save(const SessionRecord& record) const;
  // Sorted by name.
  [[nodiscard]] Result<std::vector<SessionEntry>> list() const;
  [[nodiscard]] SessionEntry read(const std::string& name) const;
  // By name or by the beginning of one that no other shares. The error lists what could have been meant.
  [[nodiscard]] Result<SessionEntry> find(std::string_view text) const;
  // The name is free at once; the files follow.
  [[nodiscard]] Status remove(Claim claim) const;

  [[nodiscard]] std::string directory_of(std::string_view name) const;

 private:
  explicit Registry(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string own(std::string_view name) const;  // .claims, .branches …
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  [[nodiscard]] std::string branch_lock_path(std::string_view repository, std::string_view branch) const;
  [[nodiscard]] Result<Claim> build(const SessionRecord& record, const std::string& beside) const;

  std::string directory_;
};

}  // namespace bailey::session
