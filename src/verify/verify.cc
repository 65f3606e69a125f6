#include "verify/verify.h"

#include <unistd.h>

#include "gateway/network_policy.h"
#include "os/files.h"
#include "sandbox/identity.h"
#include "verify/acts/useful.h"
#include "verify/arena.h"
#include "verify/branch_rows.h"
#include "verify/cases.h"
#include "verify/controls.h"
#include "verify/gateway_rows.h"
#include "verify/interruption.h"
#include "verify/judge.h"

namespace bailey::verify {
namespace {

constexpr std::size_t watched_bytes_max = 4096;

void tell(const Options& options, std::string_view what) {
  if (options.progress) options.progress(what);
}

Row row_of(const Act& act, const std::string& name) {
  Row row;
  row.scenario = act.scenario;
  row.act = name;
  row.catalogue = act.catalogue;
  row.layer = to_string(act.layer);
  return row;
}

Subject with_small_limits(Subject subject) {
  subject.limits.pids = small_pids;
  subject.limits.open_files = small_open_files;
  subject.limits.memory_bytes = small_memory_bytes;
  subject.limits.disk_bytes = small_disk_bytes;
  return subject;
}

// A refusal that let the write through all the same is none.
Result<Trial> attack(Arena& arena, const Case& entry, Surroundings& around) {
  const auto content = [&entry] { return os::read_file(entry.unchanged, watched_bytes_max).value_or("(unreadable)"); };
  const std::string before = entry.unchanged.empty() ? std::string() : content();
  Trial trial = TRY(arena.run(entry.act->name, entry.inside, around));
  if (!entry.unchanged.empty() && content() != before)
    trial = {Verdict::succeeded, 0, "'" + entry.unchanged + "' changed on the host"};
  return trial;
}

Status must_work(Arena& arena, Report& report, const Options& options, Surroundings& around) {
  for (const Act& act : useful_acts()) {
    tell(options, act.name);
    Row row = row_of(act, act.name);
    row.inside = TRY(arena.run(act.name, {}, around));
    row.state = row.inside.verdict == Verdict::succeeded ? RowState::holds : RowState::failed;
    row.control_state = ControlState::shown;
    report.rows.push_back(std::move(row));
  }
  return {};
}

Status must_be_refused(Arena& arena, const Controls& controls, const std::vector<Case>& cases, Report& report,
                       const Options& options, Surroundings& around) {
  for (const Case& entry : cases) {
    if (entry.stage != Stage::full) continue;
    tell(options, entry.name);
    Row row = row_of(*entry.act, entry.name);
    row.control_kind = to_string(entry.act->control);
    row.inside = TRY(attack(arena, entry, around));
    auto shown = TRY(controls.run(entry, row.inside, around));
    row.control = std::move(shown.trial);
    row.control_state = shown.state;
    row.state = judge_row(row.inside, row.control, row.control_state);
    report.rows.push_back(std::move(row));
  }
  return {};
}

// In a small sandbox, and in the same without its limits.
Status must_be_limited(Arena& limited, Arena& unlimited, const std::vector<Case>& cases, Report& report,
                       const Options& options, Surroundings& around) {
  for (const Case& entry : cases) {
    if (entry.stage != Stage::small) continue;
    tell(options, entry.name);
    Row row = row_of(*entry.act, entry.name);
    row.control_kind = to_string(entry.act->control);
    row.inside = TRY(limited.run(entry.act->name, entry.inside, around));
    row.control = TRY(unlimited.run(entry.act->name, entry.control, around));
    row.control_state = judge_control(entry.act->control, row.control, Privilege::user);
    row.state = judge_row(row.inside, row.control, row.control_state);
    report.rows.push_back(std::move(row));
  }
  return {};
}

}  // namespace

Result<Report> verify(const Subject& subject, const Options& options) {
  const auto interruption = TRY(Interruption::hold());
  const auto ids = sandbox::choose_ids(sandbox::identity_facts());
  const auto fixture = TRY(Fixture::create(options.user.state, ids));
  auto listeners = TRY(Listeners::open(fixture));
  Surroundings around{listeners, interruption.fd()};
  const auto controls = TRY(Controls::open(options.helpers, ids));
  const auto cases = all_cases(fixture, listeners);
  const std::string name = "verify-" + std::to_string(::getpid());

  Report report;
  report.network = subject.network;
  {
    auto arena = TRY(Arena::open(subject, options, fixture, name, 0));
    report.limits_enforced_by = arena.limits_enforced_by();
    report.landlock_abi = arena.landlock_abi();
    TRY_STATUS(must_work(arena, report, options, around));
    TRY_STATUS(must_be_refused(arena, controls, cases, report, options, around));
    if (subject.gateway_policy.empty()) {
      Subject connected = subject;
      connected.gateway_policy = gateway::to_json_text(gateway::Mode::proxy, {}, {});
      const auto open = GatewayArena::open(connected, options, fixture, name + "-open", attacked_hosts());
      for (auto& row : TRY(closed_rows(arena, open, around, options.progress))) report.rows.push_back(std::move(row));
    }
  }
  if (!subject.gateway_policy.empty()) {
    const auto arena = TRY(GatewayArena::open(subject, options, fixture, name + "-gateway", attacked_hosts()));
    for (auto& row : TRY(gateway_rows(*arena, subject, cases, controls, around, options.progress)))
      report.rows.push_back(std::move(row));
  }
  const std::string branches = fixture.path("branches");
  TRY_STATUS(os::make_directories(branches));
  for (auto& row : TRY(branch_rows(branches, options.progress))) report.rows.push_back(std::move(row));
  const Subject small = with_small_limits(subject);
  auto limited = TRY(Arena::open(small, options, fixture, name + "-small", 0));
  auto unlimited = TRY(Arena::open(small, options, fixture, name + "-unlimited", init::without::resource_limits));
  TRY_STATUS(must_be_limited(limited, unlimited, cases, report, options, around));
  return report;
}

}  // namespace bailey::verify
