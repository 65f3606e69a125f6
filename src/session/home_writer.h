// Writes into a session's private home from the host, which the agent has had its hands on when the session starts
// again: nothing there is followed, everything is made beside its place and renamed to it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::session {

struct HomeOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};

class HomeWriter {
 public:
  // `owner`: who the files are given to when we are root.
  [[nodiscard]] static Result<HomeWriter> open(const std::string& home, std::optional<HomeOwner> owner);

  // Replaces what is there; makes the directories above it. Fails where the agent put something else in the way.
  [[nodiscard]] Status write(const std::string& path, std::string_view bytes, mode_t mode);
  // lstat(2).
  [[nodiscard]] bool has(const std::string& path) const;

 private:
  HomeWriter(Fd home, std::optional<HomeOwner> owner) : home_(std::move(home)), owner_(owner) {}
  Result<Fd> directory_for(const std::string& path) const;

  Fd home_;
  std::optional<HomeOwner> owner_;
};

}  // namespace bailey::session
