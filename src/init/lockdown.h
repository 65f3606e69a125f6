// The stages after the root file system: each takes something away that nobody inside can take back.
#pragma once

#include "base/fd.h"
#include "init/stage.h"
#include "init/wire.h"

namespace bailey::init {

// Should: bring `lo` up, so that programs can talk to themselves. Mustn't: add any other route.
[[nodiscard]] Failure raise_loopback();

// Should: show the agent the sandbox's name instead of the host's.
[[nodiscard]] Failure set_host_name(std::string_view name);

// Should: hide the host's cgroup path (cgroup_namespaces(7)).
[[nodiscard]] Failure enter_cgroup_namespace();

// Should: move into a nested user namespace that owns none of the other namespaces and allow no further ones, so that a
// capability gained inside could not undo a mount (user_namespaces(7)). `host_proc` is the host's procfs.
[[nodiscard]] Failure enter_second_user_namespace(int host_proc, unsigned uid, unsigned gid);

// Should: empty all five capability sets, lock the securebits, set no_new_privs, make init undumpable.
// Mustn't: leave a way to regain any (capabilities(7)).
[[nodiscard]] Failure drop_capabilities();
[[nodiscard]] Failure forbid_new_privileges();

// Should: set the limits of the setup, soft and hard (getrlimit(2)). u32 count, then u32 resource and u64 value each.
[[nodiscard]] Failure set_resource_limits(WireReader& setup);

}  // namespace bailey::init
