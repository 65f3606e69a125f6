// The stages that connect a sandbox to its gateway: nothing leaves the namespace, but whatever is sent anywhere arrives
// at one of our sockets.
//
// How it works. `lo` gets a source address of its own and the default route, so that a connection to any address is
// sent out over `lo`; rules of nftables turn it round to a port of 127.0.0.1 or ::1, where a socket listens that only
// the gateway holds. Who was meant is kept by the kernel (SO_ORIGINAL_DST). Everything else is refused by the same
// rules. The rules come from the supervisor, ready for the kernel (sandbox/network.h); nobody inside can change them
// later, because the namespace belongs to a user namespace that nobody inside is in any more (lockdown.h).
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/fd.h"
#include "init/protocol.h"
#include "init/stage.h"

namespace bailey::init {

// Sockets by Listener; those that this kernel can't make (no IPv6) are missing.
struct Listeners {
  Fd sockets[listeners_count];
  [[nodiscard]] bool any() const { return sockets[0].get() >= 0; }
  // Sends them to the supervisor and closes them here.
  void hand_over(int control);
};

// Should: give `lo` a source address and make it the way to everywhere. Mustn't: need any of it for 127.0.0.1 and ::1.
[[nodiscard]] Failure route_everything_to_loopback();
// A process that loads the rules beside the stages that build the root: the kernel takes as long as they do, because it
// waits until no processor can still be using older ones.
struct Redirection {
  pid_t loader = -1;
};
// First of all stages. Should: start loading `rules`.
[[nodiscard]] Failure begin_redirection(Redirection& redirection, std::string_view rules);
// Should: wait until the rules are in force. Mustn't: go on without them.
[[nodiscard]] Failure finish_redirection(const Redirection& redirection);
// Should: open what the rules lead to, before the agent could.
[[nodiscard]] Failure open_listeners(Listeners& listeners);

}  // namespace bailey::init
