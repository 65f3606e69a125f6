// A checkpoint back into /workspace, the agent running or not.
//
// How it works. The live layers are read from outside and compared with the checkpoint (restore_plan.h); the operations
// go down a pipe to `bailey restore` in the sandbox, which carries them out with the agent's own rights: nothing on the
// host writes into the agent's tree, and a link that the agent puts in the way leads where the agent could go anyway.
// After each round the layers are read again, because the agent may have written meanwhile; a few rounds, then what
// still differs is told. A round that finds nothing to do ends it.
//
// Killed at any moment, checkpoint and mark (CheckpointStore::begin_undo) are there: doing it again goes on.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "workspace/checkpoint_store.h"
#include "workspace/workspace.h"

namespace bailey::workspace {

inline constexpr int undo_rounds_max = 4;

struct UndoResult {
  std::uint64_t operations = 0;
  std::uint64_t left = 0;  // still different after the last round: the agent keeps writing
};

// `to_sandbox`: bytes for `bailey restore`; `from_sandbox`: its answers.
[[nodiscard]] Result<UndoResult> run_undo(const CheckpointStore& store, const Checkpoint& checkpoint,
                                          const Prepared& prepared, int to_sandbox, int from_sandbox);

}  // namespace bailey::workspace
