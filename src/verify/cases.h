// What to run: the acts with the arguments that this verification provides. Pure.
#pragma once

#include <string>
#include <vector>

#include "verify/acts/act.h"
#include "verify/fixture.h"
#include "verify/listeners.h"

namespace bailey::verify {

enum class Stage { full, small };  // small: the sandbox with low limits, for acts that use things up

struct Case {
  const Act* act = nullptr;
  std::string name;  // the act's, or a more exact one where an act runs several times
  Stage stage = Stage::full;
  std::vector<std::string> inside;  // arguments
  std::vector<std::string> control;
  std::string unchanged;  // a host file that must be the same after the run inside; empty: none
};

// The limits of the small sandbox, and what an act is told to use up: above them, and little for the machine.
inline constexpr std::uint64_t small_pids = 64;
inline constexpr std::uint64_t small_open_files = 256;
inline constexpr std::uint64_t small_memory_bytes = std::uint64_t{256} << 20;
inline constexpr std::uint64_t small_disk_bytes = std::uint64_t{64} << 20;

[[nodiscard]] std::vector<Case> all_cases(const Fixture& fixture, const Listeners& listeners);

}  // namespace bailey::verify
