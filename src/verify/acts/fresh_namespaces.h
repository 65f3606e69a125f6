// The positive control for acts that need root: "root" of a new user namespace, as any user of the host can become.
#pragma once

namespace bailey::verify {

// Moves this process into new user, mount, network, UTS and IPC namespaces as uid 0 with every capability. 0 or an
// errno: EPERM or ENOSPC where unprivileged user namespaces are switched off.
[[nodiscard]] int enter_fresh_namespaces();

}  // namespace bailey::verify
