#include "session/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/write.h"
#include "session/text_layout.h"

namespace bailey::session {
namespace {

constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

std::string short_size(std::uint64_t bytes) {
  constexpr std::string_view units = "kmgt";
  std::string text = std::to_string(bytes);
  for (const char unit : units) {
    if (bytes == 0 || bytes % 1024 != 0) break;
    bytes /= 1024;
    text = std::to_string(bytes) + unit;
  }
  return text;
}

std::string status_text(const SessionEntry& entry) {
  if (!entry.damage.empty()) return "damaged";
  std::string text(to_string(entry.record.status));
  if (entry.record.exit_status) text += " (" + std::to_string(*entry.record.exit_status) + ")";
  return entry.record.unlanded_work && !entry.is_live ? text + ", not landed" : text;
}

std::string limits_text(const SessionLimits& limits) {
  if (limits.enforced_by.empty()) return "-";
  return fmt::format("{:g} cpu, {}, {} pids ({})", limits.cpus, short_size(limits.memory_bytes), limits.pids,
                     limits.enforced_by);
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : visible(text); }

Row row_of(const SessionEntry& entry, WallTime now) {
  if (!entry.damage.empty()) return {visible(entry.name), "-", "-", status_text(entry), "-", "-", "-"};
  const SessionRecord& record = entry.record;
  return {visible(entry.name),    or_dash(record.agent),           or_dash(record.branch),
          status_text(entry),     short_age(now - record.created), visible(limits_text(record.limits)),
          or_dash(record.network)};
}

void append_row(std::string& table, const Row& row, const std::array<std::size_t, columns>& widths) {
  for (std::size_t i = 0; i < columns; ++i) {
    table += row[i];
    if (i + 1 < columns) table.append(widths[i] + 2 - cells(row[i]), ' ');
  }
  table += '\n';
}

void append_notes(std::string& table, const SessionEntry& entry) {
  const auto note = [&](std::string_view text) { table += visible(entry.name) + ": " + visible(text) + '\n'; };
  if (!entry.damage.empty()) return note("damaged, " + entry.damage + "; its files are in " + entry.directory);
  if (entry.approvals != 0)
    note(std::to_string(entry.approvals) + (entry.approvals == 1 ? " request waits" : " requests wait") +
         " for your answer: bailey approvals");
  if (!entry.record.last_error.empty()) note(entry.record.last_error);
  for (const auto& mode : entry.record.degraded) note("degraded: " + mode);
  if (entry.record.status == SessionStatus::interrupted)
    note("interrupted: bailey restart or stop saves what it left behind");
}

}  // namespace

bool is_shown_by_default(const SessionEntry& entry) {
  return entry.is_live || entry.approvals != 0 || !entry.damage.empty() || entry.record.unlanded_work ||
         entry.record.status == SessionStatus::interrupted;
}

std::string short_age(std::chrono::microseconds age) {
  const auto seconds = std::max<long long>(std::chrono::duration_cast<std::chrono::seconds>(age).count(), 0);
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 60 * 60) return std::to_string(seconds / 60) + "m";
  if (seconds < 48 * 60 * 60) return std::to_string(seconds / (60 * 60)) + "h";
  return std::to_string(seconds / (24 * 60 * 60)) + "d";
}

std::string render_table(const std::vector<SessionEntry>& entries, WallTime now) {
  std::vector<Row> rows = {{"NAME", "AGENT", "BRANCH", "STATUS", "AGE", "LIMITS", "NETWORK"}};
  for (const auto& entry : entries) rows.push_back(row_of(entry, now));
  std::array<std::size_t, columns> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], cells(row[i]));
  std::string table;
  for (const auto& row : rows) append_row(table, row, widths);
  for (const auto& entry : entries) append_notes(table, entry);
  return table;
}

std::string render_json(const std::vector<SessionEntry>& entries) {
  json::Array array;
  for (const auto& entry : entries) {
    json::Value value = entry.damage.empty() ? to_json(entry.record) : json::Value(json::Object{{"name", entry.name}});
    value.set("live", entry.is_live);
    value.set("directory", entry.directory);
    value.set("approvals", entry.approvals);
    if (!entry.damage.empty()) {
      value.set("status", "damaged");
      value.set("damage", entry.damage);
    }
    array.push_back(std::move(value));
  }
  return json::write(array, json::Layout::indented) + "\n";
}

}  // namespace bailey::session
