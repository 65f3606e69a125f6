// For the tests of this room: a directory that goes away, a clock that is moved by hand, a usual request.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "approval/entry.h"
#include "os/files.h"

namespace bailey::approval {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = testing::TempDir() + "approval-XXXXXX";
    path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }
  ~TemporaryDirectory() { (void)os::remove_tree(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class ManualClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return wall; }
  [[nodiscard]] SteadyTime steady_now() const override { return steady; }
  void advance(std::chrono::seconds by) {
    wall += by;
    steady += by;
  }
  WallTime wall{std::chrono::seconds(1'795'000'000)};
  SteadyTime steady{std::chrono::seconds(1'000)};
};

inline Request domain_request(const std::string& host) {
  return {.kind = "domain",
          .title = "let the session reach " + host,
          .tier = 3,
          .context = {{"host", host}},
          .risk = "whatever the agent can read can be sent there",
          .remember = "domain " + host};
}

inline Entry entry_of(std::uint64_t id) {
  const WallTime created{std::chrono::seconds(1'795'000'000)};
  return {.id = id,
          .session = "shell-repo-x",
          .request = domain_request("example.org"),
          .created = created,
          .expires = created + std::chrono::minutes(30)};
}

}  // namespace bailey::approval
