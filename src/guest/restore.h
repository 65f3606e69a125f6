// `bailey restore`: carries out what an undo on the host asks for (base/restore_stream.h), in /workspace and with the
// agent's rights. No link is followed below /workspace, so that what is restored is what was there; the agent can end
// it or write at the same time, which concerns its own workspace only.
#pragma once

namespace bailey::guest {

// Operations from stdin; one line to stdout for each round: "ok", or why not. Exit status.
[[nodiscard]] int restore();

// The same on two descriptors, below `root`.
[[nodiscard]] int restore(int from, int to, int root);

}  // namespace bailey::guest
