// init's error regime: a stage either works or says which one failed, why and on what, and the process ends.
#pragma once

#include <cerrno>
#include <string_view>

namespace bailey::init {

struct Failure {
  const char* stage = nullptr;  // nullptr: none
  int error = 0;
  char detail[256] = {};

  [[nodiscard]] explicit operator bool() const { return stage != nullptr; }
};

inline Failure done() { return {}; }

inline Failure failure(const char* stage, int error, std::string_view detail = {}) {
  Failure result{stage, error, {}};
  const std::size_t size = detail.size() < sizeof result.detail - 1 ? detail.size() : sizeof result.detail - 1;
  for (std::size_t i = 0; i < size; ++i) result.detail[i] = detail[i];
  return result;
}

}  // namespace bailey::init
