// A directory of our own for acts that need one; removed with its empty self and the one file in it.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

namespace bailey::verify {

class Scratch {
 public:
  Scratch() {
    if (::mkdtemp(path_) == nullptr) path_[0] = '\0';
    std::snprintf(file_, sizeof file_, "%s/file", path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (path_[0] == '\0') return;
    ::unlink(file_);
    ::rmdir(path_);
  }
  [[nodiscard]] explicit operator bool() const { return path_[0] != '\0'; }
  [[nodiscard]] const char* path() const { return path_; }
  [[nodiscard]] const char* file() const { return file_; }

 private:
  char path_[32] = "/tmp/probe-XXXXXX";
  char file_[64];
};

}  // namespace bailey::verify
