#include "verify/render.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>

#include "base/text.h"

namespace bailey::verify {
namespace {

constexpr std::size_t inside_width_max = 40;

struct Heading {
  int scenario;
  const char* text;
};
constexpr Heading headings[] = {
    {0, "What must work inside"},
    {1, "Scenario 1: container escape"},
    {2, "Scenario 2: files of the host"},
    {3, "Scenario 3: theft over the network"},
    {4, "Scenario 4: a backdoor in code"},
    {5, "Scenario 5: tampering with continuous integration"},
    {6, "Scenario 6: lateral movement"},
    {7, "Scenario 7: weakening the guard"},
    {8, "Scenario 8: exhausting the machine"},
    {9, "Scenario 9: the kernel's attack surface"},
    {10, "Scenario 10: theft through what is allowed"},
};

std::string_view mark(const Row& row) {
  if (row.state == RowState::failed) return "✗";
  if (row.state == RowState::not_applicable) return "–";
  return row.control_state == ControlState::shown ? "✓" : "✓?";
}

std::string error_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name == nullptr ? std::string() : name;
}

std::string inside_text(const Row& row) {
  const Trial& trial = row.inside;
  if (trial.verdict == Verdict::refused)
    return fmt::format("{}: {}{}", row.layer, error_name(trial.error).empty() ? "refused" : error_name(trial.error),
                       row.logged == Logged::yes  ? ", logged"
                       : row.logged == Logged::no ? ", NOT LOGGED"
                                                  : "");
  return fmt::format("{}: {}", to_string(trial.verdict), visible(trial.detail));
}

std::string control_text(const Row& row) {
  if (row.control_kind.empty()) return {};
  std::string text = fmt::format("{}: {}", row.control_kind, to_string(row.control_state));
  const bool explain = row.control_state == ControlState::impossible || row.control_state == ControlState::failed;
  if (explain && !row.control.detail.empty())
    text += fmt::format(" ({}{})", visible(row.control.detail),
                        row.control.error == 0 ? "" : ", " + error_name(row.control.error));
  return text;
}

void append_row(std::string& out, const Row& row) {
  out += fmt::format("  {:<2} {:<24} {:<{}} {}\n", mark(row), row.act, inside_text(row), inside_width_max,
                     control_text(row));
  if (row.state == RowState::failed && row.inside.verdict == Verdict::refused && row.scenario == 0)
    out += fmt::format("       {}\n", visible(row.inside.detail));
}

bool has_gateway(const Report& report) { return !report.network.empty() && report.network != "restricted"; }

json::Value to_json(const Trial& trial) {
  json::Value value;
  value.set("outcome", to_string(trial.verdict));
  value.set("errno", trial.error);
  value.set("detail", trial.detail);
  return value;
}

json::Value to_json(const Row& row) {
  json::Value control = to_json(row.control);
  control.set("kind", row.control_kind);
  control.set("state", to_string(row.control_state));
  json::Value value;
  value.set("scenario", row.scenario);
  value.set("act", row.act);
  value.set("catalogue", row.catalogue);
  value.set("layer", row.layer);
  value.set("inside", to_json(row.inside));
  value.set("control", row.control_kind.empty() ? json::Value() : std::move(control));
  if (row.logged != Logged::nobody_to_log) value.set("logged", row.logged == Logged::yes);
  value.set("ok", row.state != RowState::failed);
  value.set("applicable", row.state != RowState::not_applicable);
  return value;
}

}  // namespace

std::string to_text(const Report& report) {
  std::string out;
  for (const auto& heading : headings) {
    const auto here = [&](const Row& row) { return row.scenario == heading.scenario; };
    if (std::none_of(report.rows.begin(), report.rows.end(), here)) continue;
    out += fmt::format("{}\n", heading.text);
    for (const auto& row : report.rows)
      if (here(row)) append_row(out, row);
  }
  int counts[3] = {};
  int rootless = 0;
  int impossible = 0;
  for (const auto& row : report.rows) {
    ++counts[static_cast<int>(row.state)];
    if (row.state == RowState::holds && row.control_state == ControlState::needs_root) ++rootless;
    if (row.state == RowState::holds && row.control_state == ControlState::impossible) ++impossible;
  }
  out += fmt::format("\n{} guarantees hold, {} failed, {} controls need root", counts[0], counts[2], rootless);
  if (impossible != 0) out += fmt::format(", {} controls are impossible on this machine", impossible);
  if (counts[1] != 0) out += fmt::format(", {} not applicable here", counts[1]);
  out += fmt::format(" (limits by {}, Landlock ABI {})\n", report.limits_enforced_by, report.landlock_abi);
  if (has_gateway(report))
    out += fmt::format(
        "Not tried of network mode {}: what is sent to hosts that are allowed, but for its size (scenario 10).\n"
        "All rows but those of the layers gateway and redirection ran in a sandbox without a network.\n",
        report.network);
  return out;
}

json::Value to_json(const Report& report) {
  json::Array rows;
  rows.reserve(report.rows.size());
  for (const auto& row : report.rows) rows.push_back(to_json(row));
  json::Value value;
  value.set("ok", report.ok());
  value.set("limits", report.limits_enforced_by);
  value.set("landlock_abi", report.landlock_abi);
  value.set("network", report.network);
  json::Array untried;
  if (has_gateway(report)) untried = {"allowed hosts"};
  value.set("not_tried", std::move(untried));
  value.set("rows", std::move(rows));
  return value;
}

}  // namespace bailey::verify
