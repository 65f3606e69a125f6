// What has to happen to /workspace as the agent sees it so that a layer is as a checkpoint has it. Pure but for the
// lower layer, which is asked through an interface.
//
// How it works. Two views of a directory are compared, name by name: what the layer shows now and what it showed then,
// both over the lower layer that they have in common. Only directories that either of them mentions are looked at: what
// both take from the lower layer is the same by definition.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/restore_stream.h"
#include "base/result.h"
#include "workspace/layer_entries.h"

namespace bailey::workspace {

// The lower layer, read on demand; for a copy there is none.
struct LowerLayer {
  std::function<std::optional<LayerEntry>(const std::string& path)> find;
  std::function<std::vector<std::string>(const std::string& path)> list;
};

// Where a file's bytes are.
enum class ContentFrom { nowhere, checkpoint, lower };

struct PlannedOperation {
  RestoreOperation operation;  // paths relative to the layer; `bytes` is set for files
  ContentFrom from = ContentFrom::nowhere;
  std::string hash;  // of the checkpoint's content
};

// Are the bytes of the file at `path` now those of `hash` (or, with an empty hash, those of the lower layer)? Asked
// only where size and modification time are equal but the file was touched.
using SameBytes = std::function<bool(const std::string& path, const std::string& hash)>;

// In an order in which they can be carried out. Empty: the layer shows what it showed then.
[[nodiscard]] std::vector<PlannedOperation> plan_restore(const LayerEntries& then, const LayerEntries& now,
                                                         const LowerLayer& lower, const SameBytes& same_bytes);

}  // namespace bailey::workspace
