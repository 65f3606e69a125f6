// "Nothing was changed": told from inode change times, which the agent can't set.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace bailey::workspace {

// Every change after the seal has a ctime at or after `time_ns`; only a clock that was set could hide one, and
// `clock_offset_ns` (wall clock less CLOCK_BOOTTIME) shows that. All zero: unknown.
struct Seal {
  std::int64_t time_ns = 0;
  std::int64_t clock_offset_ns = 0;
};

inline constexpr std::int64_t clock_offset_tolerance_ns = 50'000'000;     // slewing by NTP during a session
inline constexpr std::size_t changes_entries_max = 20'000;                // larger trees count as changed
inline constexpr std::size_t changes_bytes_max = std::size_t{512} << 20;  // to compare; more counts as changed

// Takes the time from `mark`, a file of ours on the file system of the workspace that the two checks don't look at.
[[nodiscard]] Result<Seal> make_seal(const std::string& mark);

enum class SealRoot { included, excepted };  // an upper layer's root is touched by mounting it
// Was anything below `tree` (.git at its top aside) touched since? Follows no link; false if it can't be told.
[[nodiscard]] bool untouched_since(const std::string& tree, const Seal& seal, SealRoot root);
// Is an overlay's upper layer as it was, apart from what was merely copied up from `lower` (see guest/settle.h): files
// with its bytes, mode and modification time, directories with its mode and time that hide nothing of it?
[[nodiscard]] bool upper_untouched_since(const std::string& upper, const std::string& lower, const Seal& seal);
// The same for what `git_dir` says about branches: HEAD, packed-refs and refs/.
[[nodiscard]] bool refs_untouched_since(const std::string& git_dir, const Seal& seal);
// Has the clock been set since? Then the two above can't be relied on.
[[nodiscard]] bool clock_was_set(const Seal& seal);

}  // namespace bailey::workspace
