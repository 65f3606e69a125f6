// For tests: a directory of its own below $TMPDIR, gone afterwards.
#pragma once

#include <cstdlib>
#include <string>

#include "os/files.h"

namespace bailey::session {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* base = std::getenv("TMPDIR");
    path_ = os::join(base != nullptr ? base : "/tmp", "session-test-XXXXXX");
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { (void)os::remove_tree(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return os::join(path_, name); }

 private:
  std::string path_;
};

}  // namespace bailey::session
