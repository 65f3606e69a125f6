#include "session/settings_reads.h"

namespace bailey::session {

std::optional<audit::Event> SettingsReads::read(const std::string& path, SteadyTime now) {
  last_ = path;
  last_time_ = now;
  const auto found = files_.find(path);
  if (found == files_.end() && files_.size() == settings_files_max) return std::nullopt;
  if (found != files_.end() && now - found->second.reported < settings_report_period) {
    ++found->second.reads;
    return std::nullopt;
  }
  File& file = files_[path];
  audit::Event event{.level = audit::Level::info,
                     .category = audit::Category::credential,
                     .action = "settings_read",
                     .tier = audit::Tier::logged,
                     .decision = audit::Decision::allow,
                     .rule = {},
                     .subject = {}};
  event.subject.add("path", "~/" + path).add("reads", file.reads + 1);
  file = {.reported = now, .reads = 0};
  return event;
}

void SettingsReads::mark(audit::Event& event, std::uint64_t bytes_out, SteadyTime now) const {
  if (last_.empty() || bytes_out < settings_upload_bytes_min || now - last_time_ > settings_pair_time_max) return;
  if (event.level == audit::Level::info) event.level = audit::Level::notice;
  event.subject.add("after_settings_read", "~/" + last_)
      .add("seconds_after", std::chrono::duration_cast<std::chrono::seconds>(now - last_time_).count());
}

}  // namespace bailey::session
