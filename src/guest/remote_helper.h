// git-remote-bailey: gitremote-helpers(7) with the `connect` capability. Connects to the guest socket, names the
// service in one line and relays bytes. It decides nothing: the other end does.
#pragma once

namespace bailey::guest {

// Exit status; 128 with words on stderr when the connection can't be made.
[[nodiscard]] int remote_helper();

}  // namespace bailey::guest
