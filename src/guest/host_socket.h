// guest.sock: the only way from inside the sandbox to the session's supervisor (session/guest_services.h).
#pragma once

#include "base/fd.h"

namespace bailey::guest {

// Connected, or empty. BAILEY_GUEST_SOCKET names another path, for tests.
[[nodiscard]] Fd connect_to_host();

}  // namespace bailey::guest
