// Sees when the settings files in the agent's home are opened or read: inotify(7) on the host's side of the private
// home.
//
// The kernel tells about an inode whoever opens it, in whatever mount namespace. It does not tell about files that are
// mapped or read through a descriptor that was opened before, nor about copies that the agent made: this shows what
// happens, it stops nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "event/loop.h"

namespace bailey::session {

inline constexpr std::size_t settings_watches_max = 256;
inline constexpr int settings_depth_max = 4;

class SettingsWatch {
 public:
  // `paths` are files and directories below `home`, by which they are named. What can't be watched is left out.
  [[nodiscard]] static Result<std::unique_ptr<SettingsWatch>> open(
      event::Loop& loop, const std::string& home, const std::vector<std::string>& paths,
      std::function<void(const std::string& path)> on_read);

 private:
  explicit SettingsWatch(std::function<void(const std::string& path)> on_read) : on_read_(std::move(on_read)) {}
  void add(const std::string& home, const std::string& path, int depth);
  void on_readable();

  std::function<void(const std::string& path)> on_read_;
  Fd events_;
  event::Watch watch_;
  std::map<int, std::string> paths_;  // by watch descriptor
};

}  // namespace bailey::session
