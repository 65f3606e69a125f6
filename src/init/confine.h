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

// text: one filter as raw BPF, the floor in front of the profile (sandbox/seccomp_floor.h).
[[nodiscard]] Failure restrict_system_calls(WireReader& setup, Wall wall);

}  // namespace bailey::init
