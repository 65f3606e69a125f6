#include "verify/gateway_rows.h"

#include <algorithm>
#include <iterator>

#include "credentials/keep.h"
#include "gateway/address.h"
#include "gateway/network_policy.h"
#include "verify/acts/through_gateway.h"
#include "verify/judge.h"

namespace bailey::verify {
namespace {

constexpr int theft_scenario = 3;
constexpr int movement_scenario = 6;
constexpr int allowed_scenario = 10;
constexpr std::uint64_t small_upload_bytes = std::uint64_t{64} << 10;
constexpr const char* loopback = "127.0.0.1";
constexpr const char* control_kind = "under a policy that names it";

// Rows that go for a name, by what they try; the name is "ROW.bailey-verify.test".
struct Named {
  const char* row;
  const char* act;
  int scenario;
};
constexpr Named named[] = {
    {"theft-by-name", "http-by-name", theft_scenario},     {"theft-by-proxy", "http-by-proxy", theft_scenario},
    {"theft-by-socks", "http-by-socks", theft_scenario},   {"theft-by-git-remote", "git-remote", theft_scenario},
    {"theft-by-dns", "name-lookup", theft_scenario},       {"rebound-name", "http-by-name", movement_scenario},
    {"ssh-port", "http-by-proxy", movement_scenario},      {"upload-limit", "upload", allowed_scenario},
    {"placeholder-by-dns", "name-lookup", theft_scenario}, {"placeholder-by-name", "http-by-proxy", theft_scenario}};

// Stands for a secret of this run's gateway only; a label of a name.
constexpr std::string_view stand_in = "verify-stand-in-4f9c2e7ab1d05836";
constexpr std::string_view stood_for = "verify-real-one-93b07d1e5c6fa248";

bool carries_stand_in(std::string_view row) { return row.starts_with("placeholder-"); }

std::string keep_text(Keeps keeps) {
  credentials::Keep keep;
  if (keeps == Keeps::stand_in) {
    credentials::KeptSecret secret{.id = "verify"};
    secret.value = credentials::SecretText(stood_for);
    secret.placeholder = stand_in;
    keep.secrets.push_back(std::move(secret));
  }
  return credentials::encode(keep);
}

enum class Private { refused, allowed };

std::string policy_text(std::vector<std::string> hosts, std::vector<std::uint16_t> ports, Private reach,
                        const gateway::NetworkLimits& limits = {}) {
  gateway::NetworkRule rule{.id = "verify", .hosts = std::move(hosts), .ports = std::move(ports)};
  rule.allow_private = reach == Private::allowed;
  return gateway::to_json_text(gateway::Mode::proxy, {rule}, limits);
}

const Case* find(const std::vector<Case>& cases, std::string_view act) {
  const auto found = std::ranges::find_if(cases, [act](const Case& entry) { return entry.act->name == act; });
  return found == cases.end() ? nullptr : &*found;
}

// Mode allow-all lets everybody reach an address of the internet: a machine that has one can't be the private target.
bool is_meant_to_be_reached(std::string_view mode, const std::string& address) {
  const auto parsed = gateway::parse_address(address);
  return mode == "allow-all" && parsed && gateway::classify(*parsed) == gateway::AddressClass::global;
}

Row row_of(const Act& act, std::string name, int scenario, std::string layer) {
  Row row;
  row.scenario = scenario;
  row.act = std::move(name);
  row.catalogue = act.catalogue;
  row.layer = std::move(layer);
  return row;
}

void judge(Row& row) {
  row.state = judge_row(row.inside, row.control, row.control_state);
  if (row.logged == Logged::no && row.state == RowState::holds) row.state = RowState::failed;
}

void control_under(Row& row, Trial control) {
  row.control_kind = control_kind;
  row.control = std::move(control);
  row.control_state = judge_control(Control::outside_listener, row.control, Privilege::user);
}

void tell(const Progress& progress, std::string_view row) {
  if (progress) progress(row);
}

}  // namespace

std::vector<std::string> attacked_hosts() {
  std::vector<std::string> hosts;
  for (const auto& entry : named) hosts.emplace_back(carries_stand_in(entry.row) ? stand_in : entry.row);
  return hosts;
}

std::vector<NetworkAttack> network_attacks(std::string_view mode, const Listeners& listeners) {
  const std::uint16_t port = listeners.loopback_port();
  const std::string any_name = "*." + std::string(arena_domain);
  const std::string open = policy_text({any_name}, {port}, Private::allowed);
  std::vector<NetworkAttack> attacks;
  for (const auto& [row, act, scenario] : named) {
    const std::string_view name = row;
    // There every name is answered: what is asked for goes no further than the gateway.
    if (name == "theft-by-dns" && mode == "allow-all") continue;
    NetworkAttack attack{
        .row = row,
        .act = find_gateway_act(act),
        .scenario = scenario,
        .arguments = {std::string(row) + "." + std::string(arena_domain), std::to_string(port), listeners.token()},
        .policy = {},
        .control_policy = open};
    if (carries_stand_in(name)) {
      attack.arguments.front() = std::string(stand_in) + "." + std::string(arena_domain);
      attack.policy = open;
      attack.keeps = Keeps::stand_in;
    }
    if (name.ends_with("-by-dns")) attack.arguments.resize(1);
    if (name == "rebound-name") attack.policy = policy_text({any_name}, {port}, Private::refused);
    if (name == "ssh-port") attack.policy = policy_text({any_name}, {}, Private::allowed);
    if (name == "upload-limit") {
      attack.arguments.push_back(std::to_string(2 * small_upload_bytes));
      attack.policy =
          policy_text({any_name}, {port}, Private::allowed, {.upload_session_bytes_max = small_upload_bytes});
    }
    attacks.push_back(std::move(attack));
  }
  attacks.push_back({.row = "host-loopback-by-proxy",
                     .act = find_gateway_act("http-by-proxy"),
                     .scenario = movement_scenario,
                     .arguments = {loopback, std::to_string(port), listeners.token()},
                     .policy = {},
                     .control_policy = policy_text({loopback}, {port}, Private::allowed)});
  return attacks;
}

namespace {

Result<std::vector<Row>> rows_of_attacks(GatewayArena& arena, const Subject& subject, Surroundings& around,
                                         const Progress& progress) {
  std::vector<Row> rows;
  for (const auto& attack : network_attacks(subject.network, around.listeners)) {
    tell(progress, attack.row);
    Row row = row_of(*attack.act, attack.row, attack.scenario, "gateway");
    const std::string& policy = attack.policy.empty() ? subject.gateway_policy : attack.policy;
    if (attack.keeps != Keeps::nothing) TRY_STATUS(arena.keep(keep_text(attack.keeps)));
    row.inside = TRY(arena.run(policy, attack.act->name, attack.arguments, around));
    row.logged = arena.logged();
    if (attack.keeps != Keeps::nothing) TRY_STATUS(arena.keep(keep_text(Keeps::nothing)));
    control_under(row, TRY(arena.run(attack.control_policy, attack.act->name, attack.arguments, around)));
    judge(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

// A port of this machine by its own address.
Result<std::vector<Row>> rows_of_movement(GatewayArena& arena, const Subject& subject, const std::vector<Case>& cases,
                                          Surroundings& around, const Progress& progress) {
  const Listeners& target = around.listeners;
  const Case* entry = find(cases, "tcp-connect");
  if (entry == nullptr || is_meant_to_be_reached(subject.network, target.address())) return std::vector<Row>();
  tell(progress, "lateral-movement");
  Row row = row_of(*entry->act, "lateral-movement", movement_scenario, "gateway");
  const std::string control = policy_text({target.address()}, {target.tcp_port()}, Private::allowed);
  row.inside = TRY(arena.run(subject.gateway_policy, entry->act->name, entry->inside, around));
  row.logged = target.address().empty() ? Logged::nobody_to_log : arena.logged();
  control_under(row, TRY(arena.run(control, entry->act->name, entry->inside, around)));
  judge(row);
  return std::vector<Row>{std::move(row)};
}

Result<std::vector<Row>> rows_of_datagrams(GatewayArena& arena, const Subject& subject, const std::vector<Case>& cases,
                                           const Controls& controls, Surroundings& around, const Progress& progress) {
  std::vector<Row> rows;
  for (const char* act : {"udp-exchange", "dns-query"}) {
    const Case* entry = find(cases, act);
    if (entry == nullptr) continue;
    const std::string name = std::string(act) + "-past-gateway";
    tell(progress, name);
    Row row = row_of(*entry->act, name, theft_scenario, "redirection");
    row.control_kind = to_string(entry->act->control);
    row.inside = TRY(arena.run(subject.gateway_policy, act, entry->inside, around));
    row.logged = entry->inside.empty() ? Logged::nobody_to_log : arena.logged();
    auto shown = TRY(controls.run(*entry, row.inside, around));
    row.control = std::move(shown.trial);
    row.control_state = shown.state;
    judge(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Result<std::vector<Row>> gateway_rows(GatewayArena& arena, const Subject& subject, const std::vector<Case>& cases,
                                      const Controls& controls, Surroundings& around, const Progress& progress) {
  std::vector<Row> rows = TRY(rows_of_movement(arena, subject, cases, around, progress));
  for (auto& row : TRY(rows_of_attacks(arena, subject, around, progress))) rows.push_back(std::move(row));
  for (auto& row : TRY(rows_of_datagrams(arena, subject, cases, controls, around, progress)))
    rows.push_back(std::move(row));
  return rows;
}

Result<std::vector<Row>> closed_rows(Arena& closed, const Result<std::unique_ptr<GatewayArena>>& open,
                                     Surroundings& around, const Progress& progress) {
  std::vector<Row> rows;
  for (const auto& attack : network_attacks("restricted", around.listeners)) {
    tell(progress, attack.row);
    Row row = row_of(*attack.act, attack.row, attack.scenario, to_string(attack.act->layer));
    row.inside = TRY(closed.run(attack.act->name, attack.arguments, around));
    if (open) {
      control_under(row, TRY((*open)->run(attack.control_policy, attack.act->name, attack.arguments, around)));
    } else {
      row.control_kind = control_kind;
      row.control = {Verdict::unavailable, 0, open.error().what + ": " + open.error().why};
      row.control_state = ControlState::impossible;
    }
    judge(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace bailey::verify
