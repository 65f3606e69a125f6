// For this room's tests: a session directory that vanishes, a clock to turn, a log to damage.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "audit/keys.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "os/files.h"

namespace bailey::audit::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = "/tmp/bailey-audit-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { EXPECT_TRUE(os::remove_tree(path_)); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return os::join(path_, name); }

 private:
  std::string path_;
};

class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return wall; }
  [[nodiscard]] SteadyTime steady_now() const override { return steady; }
  WallTime wall{std::chrono::seconds(1'795'000'000)};
  SteadyTime steady{std::chrono::hours(1)};
};

// A session's log in a directory of its own, with the keys beside it.
struct LogFixture {
  TemporaryDirectory directory;
  std::string session_dir = directory.file("session");
  std::string keys_dir = directory.file("keys");
  FakeClock clock;

  LogFixture() { EXPECT_TRUE(os::make_directories(session_dir)); }

  Result<Writer> open(const Limits& limits = {}) {
    return Writer::open(session_dir, keys_dir, {"claude-myapp-session-1", "claude"}, clock, limits);
  }
  // A closed and synced log with that many events of ours.
  void write_events(int count, const Limits& limits = {});
  [[nodiscard]] VerifyReport verify_now(const std::vector<std::string>& anchors = {}) const;

  [[nodiscard]] std::string log_path(std::size_t segment = 0) const;
  [[nodiscard]] std::string read_log(std::size_t segment = 0) const;
  void replace_log(std::string_view bytes, std::size_t segment = 0) const;
};

[[nodiscard]] inline Event sample_event(int number) {
  return {
      .level = Level::info,
      .category = Category::network,
      .action = "http_request",
      .tier = Tier::logged,
      .decision = Decision::allow,
      .rule = "allowlist:*.npmjs.org",
      .subject = Subject().add("host", "registry.npmjs.org").add("port", 443).add("number", number).add("tls", true)};
}

// With their newlines, so that joining them gives the log.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view log);
[[nodiscard]] std::string joined(const std::vector<std::string>& lines);

// As somebody without the key but with this source would forge it: every event from `first` (an index) on gets a new
// seq, prev and hash, signatures are left as they are.
[[nodiscard]] std::string hashed_anew(std::vector<std::string> lines, std::size_t first);

}  // namespace bailey::audit::testing
