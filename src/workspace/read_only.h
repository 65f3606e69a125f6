// A host path that the sandbox binds read-only.
#pragma once

#include <string>
#include <string_view>

namespace bailey::workspace {

inline constexpr std::string_view object_store_prefix = "/run/bailey/objects/";

// nosuid, nodev, noexec. Usually a directory; a regular file where an
// entry of an earlier one is covered (the host's own info/alternates). Mount in the order given.
struct ReadOnly {
  std::string host_path;
  std::string sandbox_path;
};

}  // namespace bailey::workspace
