// One act, once: inside a sandbox or outside of it, with a time limit, while the listeners answer.
#pragma once

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/process.h"
#include "sandbox/launch.h"
#include "verify/listeners.h"
#include "verify/report.h"

namespace bailey::verify {

inline constexpr std::chrono::milliseconds trial_time_max{20'000};
inline constexpr int interrupted_code = EINTR;  // Error::code when the user wants an end
inline constexpr std::size_t trial_output_bytes_max = 4096;

// Borrowed, for as long as trials run.
struct Surroundings {
  Listeners& listeners;
  int interrupted = -1;  // a signalfd(2); readable: the user wants an end
};

// `argv` is the probe's. Errors: the user interrupted, or the sandbox is gone; what the act itself does is in the
// Trial.
[[nodiscard]] Result<Trial> try_inside(sandbox::Sandbox& sandbox, std::uint32_t id,
                                       const std::vector<std::string>& argv, Surroundings& around);
// The command's stdout is replaced.
[[nodiscard]] Result<Trial> try_outside(os::Command command, Surroundings& around);

// What the probe printed and how it ended, as a Trial. Pure.
[[nodiscard]] Trial read_trial(std::string_view output, int wait_status);

}  // namespace bailey::verify
