// Reads of the settings files that were brought into the agent's home, and uploads that follow them: what is reported
// of the ones, and which of the others are marked. Pure.
//
// The files hold no secret, but they say a lot about their user. A read alone is what every agent does when it starts;
// a read and then an upload is worth a look, so the upload's event names the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "audit/event.h"
#include "base/clock.h"

namespace bailey::session {

inline constexpr std::chrono::seconds settings_report_period{60};  // of one file
inline constexpr std::chrono::seconds settings_pair_time_max{60};  // from the read to the upload's event
inline constexpr std::uint64_t settings_upload_bytes_min = std::uint64_t{16} << 10;
inline constexpr std::size_t settings_files_max = 1000;

class SettingsReads {
 public:
  // The event that is due: at most one a file and period, which stands for all reads since the last one.
  [[nodiscard]] std::optional<audit::Event> read(const std::string& path, SteadyTime now);
  // Adds to the event of something that sent `bytes_out` which file was read shortly before.
  void mark(audit::Event& event, std::uint64_t bytes_out, SteadyTime now) const;

 private:
  struct File {
    SteadyTime reported;
    std::uint64_t reads = 0;  // since then
  };
  std::map<std::string, File> files_;
  std::string last_;  // that was read
  SteadyTime last_time_;
};

}  // namespace bailey::session
