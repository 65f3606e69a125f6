#include "verify/cases.h"

#include <string_view>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

using Words = std::vector<std::string>;

Case plain(const Act& act, Words arguments = {}) { return {&act, act.name, Stage::full, arguments, arguments, {}}; }

Case on_file(const Act& act, std::string name, std::string path) {
  return {&act, std::move(name), Stage::full, {path}, {path}, path};
}

std::string above(std::uint64_t limit) { return std::to_string(limit + limit / 2); }

Case exhausting(const Act& act) {
  const std::string_view name = act.name;
  Words arguments;
  if (name == "fork-bomb") arguments = {above(small_pids)};
  if (name == "descriptor-hog") arguments = {above(small_open_files)};
  if (name == "memory-hog" || name == "memfd-hog") arguments = {above(small_memory_bytes)};
  if (name == "disk-hog") arguments = {above(small_disk_bytes), sandbox::workspace_path};
  return {&act, act.name, Stage::small, arguments, arguments, {}};
}

// Without an address of its own the machine has nothing to reach: the act says that it needs one.
Words addressed(const std::string& address, Words rest) {
  if (address.empty()) return {};
  rest.insert(rest.begin(), address);
  return rest;
}

std::vector<Case> cases_of(const Act& act, const Fixture& fixture, const Listeners& listeners) {
  const std::string_view name = act.name;
  const std::string_view wants = act.arguments;
  if (act.control == Control::without_layer) return {exhausting(act)};
  if (name == "write-file")
    return {on_file(act, act.name, fixture.path(fixture_path::startup_file)),
            on_file(act, "host-repository", fixture.path(fixture_path::repository_file)),
            on_file(act, "host-git-config", fixture.path(fixture_path::git_config)),
            on_file(act, "host-git-hook", fixture.path(fixture_path::git_hook))};
  if (name == "audit-append") return {on_file(act, act.name, fixture.path(fixture_path::audit_log))};
  if (name == "control-socket") return {plain(act, {fixture.path(fixture_path::control_socket)})};
  if (name == "engine-socket") {
    const std::string ours = fixture.path(fixture_path::engine_socket);
    Case named = plain(act, {ours});
    named.name = "engine-socket-named";
    return {{&act, act.name, Stage::full, {}, {ours}, {}}, named};
  }
  if (wants == "HOST_FILE") return {plain(act, {fixture.path(fixture_path::secret)})};
  if (wants == "HOST_DIRECTORY") return {plain(act, {fixture.path(fixture_path::secret_directory)})};
  if (wants == "HOST_PROGRAM") return {plain(act, {fixture.path(fixture_path::program)})};
  if (wants == "HOST_PATH") return {plain(act, {fixture.path(fixture_path::session)})};
  if (wants == "HOST_PID") return {plain(act, {std::to_string(fixture.process())})};
  // Inside the target is the sandbox's init, which is to be as safe from the agent as any process of the host.
  if (wants == "[PID]") return {{&act, act.name, Stage::full, {}, {std::to_string(fixture.process())}, {}}};
  if (wants == "MARKER") return {plain(act, {fixture.process_marker()})};
  if (wants == "@NAME" || wants == "PATH or @NAME") return {plain(act, {listeners.abstract_name()})};
  if (name == "host-loopback")
    return {plain(act, {"127.0.0.1", std::to_string(listeners.loopback_port()), listeners.token()})};
  if (name == "tcp-connect")
    return {plain(act, addressed(listeners.address(), {std::to_string(listeners.tcp_port()), listeners.token()}))};
  if (name == "udp-exchange")
    return {plain(act, addressed(listeners.address(), {std::to_string(listeners.udp_port()), listeners.token()}))};
  if (name == "dns-query")
    return {plain(act, addressed(listeners.address(), {"example.com", std::to_string(listeners.udp_port())}))};
  if (name == "icmp-echo") return {plain(act, addressed(listeners.address(), {}))};
  return {plain(act)};
}

}  // namespace

std::vector<Case> all_cases(const Fixture& fixture, const Listeners& listeners) {
  std::vector<Case> cases;
  for (int index = 0; index < groups_count; ++index)
    for (const Act& act : group(index))
      for (auto& entry : cases_of(act, fixture, listeners)) cases.push_back(std::move(entry));
  return cases;
}

}  // namespace bailey::verify
