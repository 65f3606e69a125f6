// Checkpoints of a session's workspace: <session>/checkpoints/, on the host, out of the sandbox's reach.
//
// How it works. A checkpoint is a list (checkpoint_file.h) of what is in the layers that the agent can change: the
// copy, or the upper layers of overlays, .git and ignored files included. Contents lie beside it, once for all
// checkpoints, under the hash of their bytes; nothing is shared with the live tree, so that no program can change a
// checkpoint through it. A file that was not touched since the checkpoint before (same inode, ctime, mtime and size;
// the agent can't set the first two) is not read again. Where the file system can clone (btrfs, xfs), contents take no
// room of their own.
//
// Contents come before the list, the list appears by rename(2): killed at any moment there is the checkpoint or there
// is not, and the next save removes contents that nobody names. Saves and restores exclude each other by a lock file.
//
// What it relies on: the session directory is ours alone. The tree is read while the agent may be writing: a file is
// what was read of it, and files are not of one moment unless nothing of the agent's runs, as at an auto-save.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "workspace/checkpoint_file.h"
#include "workspace/notes.h"
#include "workspace/workspace.h"

namespace bailey::workspace {

struct CheckpointLimits {
  std::size_t checkpoints_max = 20;                         // the oldest are dropped
  std::uint64_t bytes_max = std::uint64_t{4} << 30;         // of contents, in all; the oldest are dropped
  std::uint64_t file_bytes_max = std::uint64_t{1} << 30;    // larger files are left out, and named
  std::uint64_t free_bytes_min = std::uint64_t{512} << 20;  // left on the file system
};

struct SavedCheckpoint {
  CheckpointInfo info;
  std::vector<unsigned> dropped;  // older ones that made room
  Notes notes;                    // files that are not in it
};

class CheckpointStore {
 public:
  // Takes the lock: waits for another save or restore.
  [[nodiscard]] static Result<CheckpointStore> open(const std::string& session_directory);

  [[nodiscard]] Result<std::vector<CheckpointInfo>> list() const;  // the newest last
  // By number ("3") or name; "" is the newest.
  [[nodiscard]] Result<Checkpoint> load(const std::string& which) const;
  [[nodiscard]] Result<SavedCheckpoint> save(const Prepared& prepared, const std::string& reason,
                                             const std::string& name, const Clock& clock,
                                             const CheckpointLimits& limits = {}) const;
  // The bytes that a list names.
  [[nodiscard]] Result<Fd> content(const std::string& hash) const;

  // An undo that was begun: its checkpoint, until it is done. Whoever finds one finishes it.
  [[nodiscard]] Status begin_undo(unsigned number) const;
  [[nodiscard]] std::optional<unsigned> undo_under_way() const;
  void end_undo() const;

 private:
  CheckpointStore(std::string directory, Fd lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}
  [[nodiscard]] Result<std::vector<unsigned>> numbers() const;
  [[nodiscard]] Result<Checkpoint> read(unsigned number) const;
  [[nodiscard]] std::string list_path(unsigned number) const;
  [[nodiscard]] std::string content_path(const std::string& hash) const;
  [[nodiscard]] Result<std::vector<unsigned>> make_room(unsigned newest, const CheckpointLimits& limits) const;

  std::string directory_;
  Fd lock_;
};

// Without the lock, for whoever only wants to know.
[[nodiscard]] std::optional<unsigned> undo_under_way(const std::string& session_directory);

// A name that can't be taken for a number: letters, digits, '.', '_', '-', at most 64, not digits only.
[[nodiscard]] Status check_checkpoint_name(const std::string& name);

}  // namespace bailey::workspace
