// The new root, made with the file-descriptor mount API (open_tree(2), mount_setattr(2), move_mount(2), fsopen(2)): a
// mount gets its read-only, nosuid and nodev attributes, recursively, before it can be reached by any path.
#pragma once

#include "init/stage.h"
#include "init/wire.h"

namespace bailey::init {

// Should: leave a private mount tree whose root is an empty tmpfs with the host at /old and the new root at /new.
// Mustn't: let a mount of ours propagate to the host.
[[nodiscard]] Failure enter_scratch_root();

// Should: carry out `count` steps of the setup below /new. Mustn't: follow a link in a target, which an earlier run of
// the agent may have planted in its home or workspace.
[[nodiscard]] Failure build_root(WireReader& setup, unsigned count);

// Should: make /new the root and let go of the host's tree for good.
[[nodiscard]] Failure leave_host_root();

}  // namespace bailey::init
