#include "session/approvals_overview.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "json/write.h"
#include "session/listing.h"
#include "session/text_layout.h"

namespace bailey::session {
namespace {

constexpr std::size_t columns = 7;
constexpr std::size_t number_digits_max = 15;  // what JSON readers everywhere hold exactly
using Row = std::array<std::string, columns>;
using approval::Entry;

Row row_of(const Entry& entry, WallTime now) {
  const bool waits = state_at(entry, now) == approval::State::pending;
  return {std::to_string(entry.id),       std::string(to_string(state_at(entry, now))),
          short_age(now - entry.created), waits ? "in " + short_age(entry.expires - now) : "-",
          visible(entry.session),         visible(entry.request.kind),
          visible(entry.request.title)};
}

void append_rows(std::string& table, const std::vector<Row>& rows) {
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], cells(row[i]));
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < columns; ++i) table += row[i] + std::string(widths[i] + 2 - cells(row[i]), ' ');
    table += row.back() + '\n';
  }
}

json::Value summary_json(const Entry& entry, WallTime now) {
  return json::Object{{"id", entry.id},
                      {"session", entry.session},
                      {"kind", entry.request.kind},
                      {"title", entry.request.title},
                      {"state", to_string(state_at(entry, now))},
                      {"tier", entry.request.tier},
                      {"created", to_rfc3339(entry.created)},
                      {"expires", to_rfc3339(entry.expires)}};
}

// A number where the text is one.
json::Value fact_json(const std::string& text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const bool is_number = !text.empty() && text.size() <= number_digits_max && (text.size() == 1 || text[0] != '0') &&
                         std::from_chars(text.data(), end, number).ptr == end;
  return is_number ? json::Value(number) : json::Value(text);
}

json::Value facts_json(const std::vector<approval::Fact>& facts) {
  json::Value object = json::Object{};
  for (const auto& fact : facts) {
    const json::Value* before = object.find(fact.label);
    if (before == nullptr) {
      object.set(fact.label, fact_json(fact.text));
      continue;
    }
    json::Value list = before->as_array() != nullptr ? *before : json::Value(json::Array{*before});
    list.push(fact_json(fact.text));
    object.set(fact.label, std::move(list));
  }
  return object;
}

std::string_view outcome_word(approval::Outcome outcome) {
  return outcome == approval::Outcome::none ? "" : outcome == approval::Outcome::done ? "done" : "failed";
}

void append_field(std::string& text, std::string_view label, std::string_view value) {
  if (value.empty()) return;
  text += std::string(label) + std::string(label.size() < 12 ? 12 - label.size() : 1, ' ') + visible(value) + '\n';
}

}  // namespace

ApprovalsOverview approvals_of(const std::vector<SessionEntry>& sessions) {
  ApprovalsOverview overview;
  for (const SessionEntry& session : sessions) {
    const approval::Store store(approval::approvals_directory(session.directory));
    auto listing = store.list();
    if (!listing) {
      overview.damaged.push_back(session.directory);
      continue;
    }
    for (Entry& entry : listing->entries) {
      entry.session = session.name;  // the directory's owner, whatever the file says
      overview.entries.push_back(std::move(entry));
    }
    for (auto& path : listing->damaged) overview.damaged.push_back(std::move(path));
    auto remembered = store.load_remembered();
    if (!remembered) overview.damaged.push_back(session.directory);
    else
      for (auto& choice : *remembered) overview.choices.push_back({session.name, std::move(choice)});
  }
  std::sort(overview.entries.begin(), overview.entries.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return overview;
}

std::size_t waiting_approvals(const SessionEntry& session, WallTime now) {
  return approval::Store(approval::approvals_directory(session.directory)).count_pending(now);
}

std::string approvals_table(const ApprovalsOverview& overview, Shown shown, WallTime now) {
  std::vector<Row> rows = {{"N", "STATE", "AGE", "EXPIRES", "SESSION", "KIND", "TITLE"}};
  for (const Entry& entry : overview.entries)
    if (shown == Shown::all || state_at(entry, now) == approval::State::pending) rows.push_back(row_of(entry, now));
  std::string table;
  if (rows.size() > 1) append_rows(table, rows);
  else table += "nothing waits for an answer\n";
  if (overview.choices.empty()) return table;
  table += "\nremembered (bailey approvals revoke N takes one back):\n";
  for (const auto& [session, choice] : overview.choices)
    table += "  " + std::to_string(choice.id) + "  " + visible(session) + "  " + std::string(to_string(choice.state)) +
             "  " + visible(choice.key) + '\n';
  return table;
}

std::string approvals_json(const ApprovalsOverview& overview, WallTime now) {
  json::Array array;
  for (const Entry& entry : overview.entries) array.push_back(summary_json(entry, now));
  return json::write(array, json::Layout::indented) + "\n";
}

std::string choices_json(const ApprovalsOverview& overview) {
  json::Array array;
  for (const auto& [session, choice] : overview.choices)
    array.push_back(json::Object{{"session", session},
                                 {"key", choice.key},
                                 {"kind", choice.kind},
                                 {"state", to_string(choice.state)},
                                 {"id", choice.id},
                                 {"since", to_rfc3339(choice.since)}});
  return json::write(array, json::Layout::indented) + "\n";
}

std::string approval_text(const Entry& entry, WallTime now) {
  const approval::Request& request = entry.request;
  const approval::State state = state_at(entry, now);
  std::string text = "request " + std::to_string(entry.id) + ": " + visible(request.title) + "\n";
  append_field(text, "session", entry.session);
  append_field(text, "kind", request.kind + ", tier " + std::to_string(request.tier));
  append_field(
      text, "state",
      std::string(to_string(state)) +
          (entry.answer.by.empty() ? ""
                                   : " (" + entry.answer.by + ", " + std::string(to_string(entry.answer.scope)) + ")"));
  append_field(text, "created", to_rfc3339(entry.created));
  append_field(text, "expires", state == approval::State::pending ? to_rfc3339(entry.expires) : std::string());
  append_field(
      text, "outcome",
      std::string(outcome_word(entry.outcome)) + (entry.outcome_text.empty() ? "" : ": " + entry.outcome_text));
  append_field(text, "risk", request.risk);
  for (const auto& fact : request.context) append_field(text, visible(fact.label), fact.text);
  append_field(text, "--scope session", request.remember.empty() ? "" : "remembers: " + request.remember);
  if (!request.from_agent.empty()) text += "the agent's words, not checked:\n";
  for (const auto& fact : request.from_agent)
    text += "  | " + visible(fact.label.empty() ? fact.text : fact.label + ": " + fact.text) + '\n';
  if (!request.view.empty()) text += "details:\n";
  for (const auto line : split(request.view, '\n'))
    if (!request.view.empty()) text += "  | " + visible(line) + '\n';
  if (state == approval::State::pending)
    text += "answer with: bailey approvals approve " + std::to_string(entry.id) + " | deny " +
            std::to_string(entry.id) + (request.remember.empty() ? "" : " [--scope session]") + '\n';
  return text;
}

std::string approval_json(const Entry& entry, WallTime now) {
  const approval::Request& request = entry.request;
  json::Value value = summary_json(entry, now);
  value.set("context", facts_json(request.context));
  value.set("from_agent", facts_json(request.from_agent));
  value.set("risk", request.risk);
  value.set("view", request.view);
  value.set("remember", request.remember);
  value.set("decided", entry.decided ? json::Value(to_rfc3339(*entry.decided)) : json::Value());
  value.set("scope", to_string(entry.answer.scope));
  value.set("by", entry.answer.by);
  value.set("outcome", outcome_word(entry.outcome));
  value.set("outcome_text", entry.outcome_text);
  return json::write(value, json::Layout::indented) + "\n";
}

}  // namespace bailey::session
