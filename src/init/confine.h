// The two walls that bind init itself and everything it starts: Landlock for files, signals and abstract sockets,
// seccomp for system calls. Applied to init, so that every command of a session shares one Landlock domain and may
// signal its neighbours but nobody else.
#pragma once

#include "init/stage.h"
#include "init/wire.h"

namespace bailey::init {

enum class Wall { up, left_out };

// u32 least ABI accepted, u32 count, then u8 access class and text path each.
[[nodiscard]] Failure restrict_files(WireReader& setup, Wall wall, std::uint32_t& abi);

// Two filters as raw BPF, in this order: text profile, text floor (seccomp(2): of equal actions the newest filter's wins).
[[nodiscard]] Failure restrict_system_calls(WireReader& setup, Wall wall);

}  // namespace bailey::init
