#include "verify/gateway_rows.h"

#include <algorithm>

#include "gateway/address.h"
#include "gateway/network_policy.h"
#include "verify/judge.h"

namespace bailey::verify {
namespace {

constexpr int theft_scenario = 3;
constexpr int movement_scenario = 6;

const Case* find(const std::vector<Case>& cases, std::string_view act) {
  const auto found = std::ranges::find_if(cases, [act](const Case& entry) { return entry.act->name == act; });
  return found == cases.end() ? nullptr : &*found;
}

// Allows this listener and nothing else.
std::string policy_naming(const std::string& address, std::uint16_t port) {
  gateway::NetworkRule rule{.id = "verify", .hosts = {address}, .ports = {port}};
  rule.allow_private = true;
  return gateway::to_json_text(gateway::Mode::proxy, {rule}, {});
}

// Mode allow-all lets everybody reach an address of the internet: a machine that has one can't be the private target.
bool is_meant_to_be_reached(const Subject& subject, const std::string& address) {
  const auto parsed = gateway::parse_address(address);
  return subject.network == "allow-all" && parsed && gateway::classify(*parsed) == gateway::AddressClass::global;
}

Row row_of(const Case& entry, std::string name, int scenario, std::string layer) {
  Row row;
  row.scenario = scenario;
  row.act = std::move(name);
  row.catalogue = entry.act->catalogue;
  row.layer = std::move(layer);
  return row;
}

}  // namespace

Result<std::vector<Row>> gateway_rows(GatewayArena& arena, const Subject& subject, const std::vector<Case>& cases,
                                      const Controls& controls, Surroundings& around,
                                      const std::function<void(std::string_view act)>& progress) {
  std::vector<Row> rows;
  const Listeners& target = around.listeners;
  if (const Case* entry = find(cases, "tcp-connect");
      entry != nullptr && !is_meant_to_be_reached(subject, target.address())) {
    if (progress) progress("lateral-movement");
    Row row = row_of(*entry, "lateral-movement", movement_scenario, "gateway");
    row.control_kind = "under a policy that names it";
    row.inside = TRY(arena.run(subject.gateway_policy, entry->act->name, entry->inside, around));
    row.control =
        TRY(arena.run(policy_naming(target.address(), target.tcp_port()), entry->act->name, entry->inside, around));
    row.control_state = judge_control(Control::outside_listener, row.control, Privilege::user);
    row.state = judge_row(row.inside, row.control, row.control_state);
    rows.push_back(std::move(row));
  }
  for (const char* act : {"udp-exchange", "dns-query"}) {
    const Case* entry = find(cases, act);
    if (entry == nullptr) continue;
    const std::string name = std::string(act) + "-past-gateway";
    if (progress) progress(name);
    Row row = row_of(*entry, name, theft_scenario, "redirection");
    row.control_kind = to_string(entry->act->control);
    row.inside = TRY(arena.run(subject.gateway_policy, act, entry->inside, around));
    auto shown = TRY(controls.run(*entry, row.inside, around));
    row.control = std::move(shown.trial);
    row.control_state = shown.state;
    row.state = judge_row(row.inside, row.control, row.control_state);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace bailey::verify
