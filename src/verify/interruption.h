// Ctrl-c and its like, held back while things exist that must be removed again. The signal takes effect afterwards.
#pragma once

#include <csignal>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::verify {

class Interruption {
 public:
  [[nodiscard]] static Result<Interruption> hold();
  Interruption(Interruption&& other) noexcept : fd_(std::move(other.fd_)), before_(other.before_) {}
  Interruption& operator=(Interruption&&) = delete;
  ~Interruption();

  [[nodiscard]] int fd() const { return fd_.get(); }  // signalfd(2): readable once a signal waits

 private:
  Interruption() = default;
  Fd fd_;
  sigset_t before_{};
};

}  // namespace bailey::verify
