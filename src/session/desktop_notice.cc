#include "session/desktop_notice.h"

#include <algorithm>
#include <csignal>

#include "os/files.h"

namespace bailey::session {
namespace {

constexpr std::string_view desktop_variables[] = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"};
// What libnotify needs to find the session bus and its theme.
constexpr std::string_view passed_variables[] = {
    "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XAUTHORITY", "HOME",
    "LANG",    "LC_ALL"};

bool is_one_of(std::string_view name, auto& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string word(std::string_view text) {
  std::string plain;
  for (const char c : text)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')
      plain += c;
  return plain;
}

}  // namespace

std::optional<os::Command> notice_command(const HostEnvironment& environment, std::string_view session,
                                          std::string_view kind, std::uint64_t id) {
  os::Command command;
  bool has_desktop = false;
  for (const auto& [name, value] : environment) {
    has_desktop = has_desktop || (is_one_of(name, desktop_variables) && !value.empty());
    if (is_one_of(name, passed_variables)) command.environment.push_back(name + "=" + value);
  }
  if (!has_desktop) return std::nullopt;
  const std::string number = std::to_string(id);
  command.argv = {
      std::string(notify_program), "--app-name=bailey", "--", "bailey: " + word(session) + " asks",
      "request " + number + " (" + word(kind) + "): answer in its terminal or with bailey approvals show " + number};
  return command;
}

void DesktopNotice::show(std::string_view session, std::string_view kind, std::uint64_t id) {
  const SteadyTime now = loop_.clock().steady_now();
  if (program_ || (last_ && now - *last_ < desktop_notice_period_min)) return;
  const auto command = notice_command(environment_, session, kind, id);
  if (!command || !os::exists(std::string(notify_program))) return;
  auto program = os::spawn(*command);
  if (!program) return;
  last_ = now;
  program_ = std::move(*program);
  auto exit = loop_.watch_exit(program_.pidfd(), [this] {
    deadline_.reset();
    (void)program_.wait();
    program_ = {};
  });
  if (exit) exit_ = std::move(*exit);
  deadline_ = loop_.after(desktop_notice_time_max, [this] { program_.kill(SIGKILL); });
}

}  // namespace bailey::session
