#include "verify/controls.h"

#include <fcntl.h>
#include <unistd.h>

#include "os/files.h"

namespace bailey::verify {
namespace {

constexpr int passed_fd = 3;
constexpr const char* passed_path = "/proc/self/fd/3";

// The fixture lies in the invoking user's private directories: as root, nobody else reaches it.
bool needs_invoker(const Act& act) {
  const std::string_view wants = act.arguments;
  return act.control == Control::outside_root || wants.contains("FILE") || wants.contains("DIRECTORY") ||
         wants.contains("PROGRAM") || wants.contains("PATH") || wants == "MARKER";
}

}  // namespace

Result<Controls> Controls::open(const std::string& helpers, const sandbox::HostIds& ids) {
  Controls controls;
  controls.probe_ = os::join(helpers, "bailey-probe");
  controls.probe_fd_ = TRY(os::open_file(controls.probe_, O_PATH));
  controls.ids_ = ids;
  controls.privilege_ = ::geteuid() == 0 ? Privilege::root : Privilege::user;
  return controls;
}

os::Command Controls::command(const Case& entry, Who who) const {
  os::Command command;
  const bool change = who == Who::ordinary_user && privilege_ == Privilege::root;
  command.argv = {change ? passed_path : probe_, "run"};
  if (entry.act->control == Control::fresh_namespaces) command.argv.emplace_back("--fresh-namespaces");
  command.argv.emplace_back(entry.act->name);
  command.argv.insert(command.argv.end(), entry.control.begin(), entry.control.end());
  command.environment = {"PATH=/usr/bin:/bin"};
  command.directory = "/";
  // Also the descriptor that somebody forgot to close, for the act that looks for one.
  if (change || entry.act->layer == Layer::descriptors) command.extra_fds = {{probe_fd_.get(), passed_fd}};
  command.changes_user = change;
  if (change) command.before_exec = [ids = ids_] { return become(ids); };
  return command;
}

Result<Controls::Shown> Controls::run(const Case& entry, const Trial& inside, Surroundings& around) const {
  const Control kind = entry.act->control;
  if (kind == Control::outside_root && privilege_ == Privilege::user && inside.verdict != Verdict::unavailable)
    return Shown{{Verdict::unavailable, 0, "not tried: only root can do this outside"}, ControlState::needs_root};
  const Who who = needs_invoker(*entry.act) ? Who::invoker : Who::ordinary_user;
  Trial trial = TRY(try_outside(command(entry, who), around));
  Privilege by = who == Who::invoker ? privilege_ : Privilege::user;
  if (who == Who::ordinary_user && privilege_ == Privilege::root && wants_root(kind, trial)) {
    trial = TRY(try_outside(command(entry, Who::invoker), around));
    by = Privilege::root;
  }
  return Shown{trial, judge_control(kind, trial, by)};
}

}  // namespace bailey::verify
