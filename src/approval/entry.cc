#include "approval/entry.h"

#include "approval/fields.h"
#include "base/time_text.h"

namespace bailey::approval {
namespace {

std::string_view to_string(Outcome outcome) {
  return outcome == Outcome::none ? "" : outcome == Outcome::done ? "done" : "failed";
}

WallTime time_from(Fields& fields, std::string_view key) {
  const auto time = wall_time_of(fields.text(key, by_bytes_max));
  if (!time) fields.refuse("'" + std::string(key) + "' is no time");
  return time.value_or(WallTime{});
}

}  // namespace

State state_at(const Entry& entry, WallTime now) {
  return entry.is_pending() && entry.expires <= now ? State::expired : entry.answer.state;
}

json::Value to_json(const Entry& entry) {
  return json::Object{{"id", entry.id},
                      {"session", entry.session},
                      {"answer", to_json(entry.answer)},
                      {"created", to_rfc3339(entry.created)},
                      {"expires", to_rfc3339(entry.expires)},
                      {"decided", entry.decided ? json::Value(to_rfc3339(*entry.decided)) : json::Value()},
                      {"outcome", to_string(entry.outcome)},
                      {"outcome_text", entry.outcome_text},
                      {"request", to_json(entry.request)}};
}

Result<Entry> entry_from_json(const json::Value& value) {
  Fields fields(value, "read an approval",
                {"id", "session", "answer", "created", "expires", "decided", "outcome", "outcome_text", "request"});
  Entry entry;
  entry.id = fields.number("id", 1, id_max);
  entry.session = fields.text("session", session_bytes_max);
  entry.created = time_from(fields, "created");
  entry.expires = time_from(fields, "expires");
  if (fields.find("decided") != nullptr) entry.decided = time_from(fields, "decided");
  const std::string outcome = fields.text("outcome", by_bytes_max);
  if (outcome == "done") entry.outcome = Outcome::done;
  else if (outcome == "failed") entry.outcome = Outcome::failed;
  else if (!outcome.empty()) fields.refuse("'outcome' is neither done nor failed");
  entry.outcome_text = fields.text("outcome_text", outcome_bytes_max);
  const json::Value* answer = fields.find("answer");
  const json::Value* request = fields.find("request");
  if (answer == nullptr || request == nullptr) fields.refuse("'answer' or 'request' is missing");
  TRY_STATUS(fields.status());
  entry.answer = TRY(answer_from_json(*answer));
  entry.request = TRY(request_from_json(*request));
  return entry;
}

json::Value to_json(const Remembered& remembered) {
  return json::Object{{"key", remembered.key},
                      {"kind", remembered.kind},
                      {"state", to_string(remembered.state)},
                      {"id", remembered.id},
                      {"since", to_rfc3339(remembered.since)}};
}

Result<Remembered> remembered_from_json(const json::Value& value) {
  Fields fields(value, "read a remembered choice", {"key", "kind", "state", "id", "since"});
  Remembered remembered;
  remembered.key = fields.text("key", remember_bytes_max);
  remembered.kind = fields.text("kind", kind_bytes_max);
  const auto state = state_of(fields.text("state", by_bytes_max));
  if (state != State::approved && state != State::denied) fields.refuse("'state' is neither approved nor denied");
  remembered.state = state.value_or(State::denied);
  remembered.id = fields.number("id", 1, id_max);
  remembered.since = time_from(fields, "since");
  if (remembered.key.empty()) fields.refuse("'key' is empty");
  TRY_STATUS(fields.status());
  return remembered;
}

}  // namespace bailey::approval
