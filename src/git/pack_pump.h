// Runs `git receive-pack` on the quarantine and feeds it one command and the guest's pack, counted, until it has
// answered. Internal to the room; see receive.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "git/runner.h"

namespace bailey::git {

inline constexpr std::size_t git_report_bytes_max = 64 << 10;
inline constexpr std::size_t git_words_bytes_max = 16 << 10;  // of stderr; the rest is dropped

struct PumpJob {
  int guest_in = 0;              // borrowed
  std::string head;              // our command, and what was read of the pack already
  std::uint64_t pack_bytes = 0;  // of `head` that belong to the pack
  std::uint64_t pack_bytes_max = 0;
  std::chrono::steady_clock::time_point deadline;
};

enum class PumpEnd { answered, too_large, too_late, ended_by_signal };
struct PumpResult {
  PumpEnd end = PumpEnd::answered;
  std::uint64_t pack_bytes = 0;
  std::string report;  // git's stdout
  std::string words;   // git's stderr
};

[[nodiscard]] Result<PumpResult> pump_pack(const GitRunner& runner, Invocation receive_pack, PumpJob job);

// Reads and drops what a client still sends after its answer, so that it gets to read it: until it closes, or the
// limits.
void drain(int guest_in, std::uint64_t bytes_max, std::chrono::steady_clock::time_point deadline);

}  // namespace bailey::git
