// bailey-minter as a process: one order, one answer (token_order.h), then it is gone.
//
// It is a program of its own for two reasons: it loads OpenSSL, which nobody else who starts `bailey` should pay for,
// and the key of an app or client exists nowhere but in it, for as long as one request takes.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "credentials/token_order.h"
#include "os/process.h"

namespace bailey::credentials {

inline constexpr const char* minter_program_name = "bailey-minter";
// Reading the key, three requests and their ends.
inline constexpr std::chrono::seconds minter_time_max{45};

struct MinterProgram {
  std::string path;
  std::vector<std::string> environment;  // "NAME=value" of whoever started the session: sources of keys want it
};

class MinterRun {
 public:
  [[nodiscard]] static Result<MinterRun> start(const MinterProgram& program, const TokenOrder& order);
  MinterRun(MinterRun&&) noexcept = default;
  MinterRun& operator=(MinterRun&&) noexcept = default;
  MinterRun(const MinterRun&) = delete;
  MinterRun& operator=(const MinterRun&) = delete;
  ~MinterRun() { wipe(text_); }

  enum class Progress { more, complete };
  // Non-blocking; call it when answer_fd() is readable.
  [[nodiscard]] Progress read();
  [[nodiscard]] int answer_fd() const { return answer_.get(); }
  // After `complete`; before, it kills the process and says that it took too long.
  [[nodiscard]] Result<Minted> finish();
  // Blocks until the answer is complete or `deadline` has passed.
  [[nodiscard]] Result<Minted> wait(SteadyTime deadline);

 private:
  MinterRun(os::Child child, Fd answer) : child_(std::move(child)), answer_(std::move(answer)) {}

  os::Child child_;
  Fd answer_;
  std::string text_;
  Progress progress_ = Progress::more;
};

}  // namespace bailey::credentials
