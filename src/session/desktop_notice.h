// A desktop notification that something waits for an answer, where a desktop is (freedesktop.org Desktop Notifications,
// notify-send(1)).
//
// It says which session and which request, never what the agent wrote: servers render markup in the text. Nobody relies
// on it: without a desktop, without the program, or when it fails, nothing happens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/loop.h"
#include "os/process.h"

namespace bailey::session {

// Not looked for on PATH: it gets the user's environment.
inline constexpr std::string_view notify_program = "/usr/bin/notify-send";
inline constexpr std::chrono::seconds desktop_notice_period_min{10};  // a flood of requests is one notice
inline constexpr std::chrono::seconds desktop_notice_time_max{5};     // then the program is killed

using HostEnvironment = std::vector<std::pair<std::string, std::string>>;

// nullopt: no desktop can be reached from this environment. `session` and `kind` are words of ours, without markup;
// anything else in them is left out.
[[nodiscard]] std::optional<os::Command> notice_command(const HostEnvironment& environment, std::string_view session,
                                                        std::string_view kind, std::uint64_t id);

class DesktopNotice {
 public:
  DesktopNotice(event::Loop& loop, HostEnvironment environment) : loop_(loop), environment_(std::move(environment)) {}
  void show(std::string_view session, std::string_view kind, std::uint64_t id);

 private:
  event::Loop& loop_;
  HostEnvironment environment_;
  os::Child program_;
  event::Watch exit_;
  event::Timer deadline_;
  std::optional<SteadyTime> last_;
};

}  // namespace bailey::session
