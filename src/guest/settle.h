// `bailey settle`: closes most of the window of an overlay workspace. There a file that the agent has not changed is
// read from the host's tree, so an edit on the host during the session would show up inside. Copied up into the
// session, it no longer does.
//
// How it works. The supervisor starts this beside the agent, once the agent has had a moment. overlayfs copies a file
// up when any of its attributes is set (kernel: Documentation/filesystems/overlayfs.rst, "Non-directories"), so the
// access time is set to what it is: content, mode, modification time and git's view of the file stay as they are.
// Opening for writing would copy up too, but a program that the agent executes in that moment would fail with ETXTBSY,
// and setting the mode to what it was could undo a chmod of the agent's. No link is followed.
//
// What it relies on: nothing. It runs in the sandbox and can do what the agent can; whatever it does not get to,
// because the session ends, the limits are reached or the agent kills it, stays in the window that docs/workspace.md
// describes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::guest {

inline constexpr std::size_t settle_files_max = 5'000;  // each is synced to the disk: about a millisecond
inline constexpr std::uint64_t settle_file_bytes_max = std::uint64_t{1} << 20;

struct SettleCandidate {
  std::string path;
  std::int64_t mtime_ns = 0;
  std::uint64_t bytes = 0;
};

// What is likely to be edited again comes first: the most recently changed. `bytes_max` for all together.
[[nodiscard]] std::vector<std::string> choose_settled(std::vector<SettleCandidate> candidates, std::uint64_t bytes_max);

// False with errno: it is gone, no regular file, somebody else's, or there is no space.
[[nodiscard]] bool settle_file(int workspace, const std::string& path);

// `bailey settle BYTES`, in the workspace: tracked and untracked files that git does not ignore, BYTES in all. Exit
// status.
[[nodiscard]] int settle(std::span<const std::string_view> arguments);

}  // namespace bailey::guest
