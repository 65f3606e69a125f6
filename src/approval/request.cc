#include "approval/request.h"

#include "approval/fields.h"
#include "json/write.h"

namespace bailey::approval {
namespace {

constexpr std::string_view ellipsis = "…";

bool is_kind(std::string_view kind) {
  if (kind.empty() || kind.size() > kind_bytes_max || kind[0] < 'a' || kind[0] > 'z') return false;
  for (const char c : kind)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

// A key that could not be typed, or told from another, could not be revoked.
bool is_key(std::string_view remember) {
  return remember.size() <= remember_bytes_max && visible(remember) == remember;
}

json::Value to_json(const std::vector<Fact>& facts) {
  json::Array array;
  for (const Fact& fact : facts) array.push_back(json::Object{{"label", fact.label}, {"text", fact.text}});
  return array;
}

Result<std::vector<Fact>> facts_from(const json::Array& array) {
  std::vector<Fact> facts;
  for (const json::Value& value : array) {
    Fields fields(value, "read a fact of an approval request", {"label", "text"});
    Fact fact{fields.text("label", label_bytes_max), fields.text("text", fact_bytes_max)};
    TRY_STATUS(fields.status());
    facts.push_back(std::move(fact));
  }
  return facts;
}

// Never inside a character.
std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max - ellipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text.append(ellipsis);
}

std::vector<Fact> fitted(std::vector<Fact> facts) {
  if (facts.size() > facts_max) {
    const std::size_t left_out = facts.size() - (facts_max - 1);
    facts.resize(facts_max - 1);
    facts.push_back({std::string(ellipsis), "and " + std::to_string(left_out) + " more"});
  }
  for (Fact& fact : facts) {
    fact.label = cut(std::move(fact.label), label_bytes_max);
    fact.text = cut(std::move(fact.text), fact_bytes_max);
  }
  return facts;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::pending:
      return "pending";
    case State::approved:
      return "approved";
    case State::denied:
      return "denied";
    case State::expired:
      return "expired";
  }
  return {};
}

std::string_view to_string(Scope scope) { return scope == Scope::once ? "once" : "session"; }

std::optional<State> state_of(std::string_view word) {
  for (const State state : {State::pending, State::approved, State::denied, State::expired})
    if (word == to_string(state)) return state;
  return std::nullopt;
}

std::optional<Scope> scope_of(std::string_view word) {
  for (const Scope scope : {Scope::once, Scope::session})
    if (word == to_string(scope)) return scope;
  return std::nullopt;
}

json::Value to_json(const Request& request) {
  return json::Object{{"kind", request.kind},
                      {"title", request.title},
                      {"tier", request.tier},
                      {"context", to_json(request.context)},
                      {"from_agent", to_json(request.from_agent)},
                      {"risk", request.risk},
                      {"view", request.view},
                      {"remember", request.remember},
                      {"action", request.action}};
}

Result<Request> request_from_json(const json::Value& value) {
  Fields fields(value, "read an approval request",
                {"kind", "title", "tier", "context", "from_agent", "risk", "view", "remember", "action"});
  Request request;
  request.kind = fields.text("kind", kind_bytes_max);
  request.title = fields.text("title", title_bytes_max);
  request.tier = static_cast<int>(fields.number("tier", 1, 3));
  const json::Array& context = fields.array("context", facts_max);
  const json::Array& from_agent = fields.array("from_agent", facts_max);
  request.risk = fields.text("risk", risk_bytes_max);
  request.view = fields.text("view", view_bytes_max);
  request.remember = fields.text("remember", remember_bytes_max);
  if (const json::Value* action = fields.find("action")) request.action = *action;
  TRY_STATUS(fields.status());
  request.context = TRY(facts_from(context));
  request.from_agent = TRY(facts_from(from_agent));
  TRY_STATUS(check(request));
  return request;
}

json::Value to_json(const Answer& answer) {
  return json::Object{{"state", to_string(answer.state)}, {"scope", to_string(answer.scope)}, {"by", answer.by}};
}

Result<Answer> answer_from_json(const json::Value& value) {
  Fields fields(value, "read the answer to an approval request", {"state", "scope", "by"});
  const auto state = state_of(fields.text("state", by_bytes_max));
  const auto scope = scope_of(fields.text("scope", by_bytes_max));
  const std::string by = fields.text("by", by_bytes_max);
  if (!state) fields.refuse("'state' is none of pending, approved, denied, expired");
  if (!scope) fields.refuse("'scope' is neither once nor session");
  TRY_STATUS(fields.status());
  return Answer{*state, *scope, by};
}

Request fitted(Request request) {
  request.title = cut(std::move(request.title), title_bytes_max);
  request.context = fitted(std::move(request.context));
  request.from_agent = fitted(std::move(request.from_agent));
  request.risk = cut(std::move(request.risk), risk_bytes_max);
  request.view = cut(std::move(request.view), view_bytes_max);
  if (!is_key(request.remember)) request.remember.clear();
  return request;
}

Status check(const Request& request) {
  const auto refuse = [](std::string why) { return fail("check an approval request", std::move(why)); };
  if (!is_kind(request.kind)) return refuse("'kind' is no word of a-z, 0-9 and '-'");
  if (request.title.empty() || request.title.size() > title_bytes_max) return refuse("'title' is empty or too long");
  if (request.tier < 1 || request.tier > 3) return refuse("'tier' is not 1, 2 or 3");
  for (const auto* facts : {&request.context, &request.from_agent}) {
    if (facts->size() > facts_max) return refuse("it lists more than " + std::to_string(facts_max) + " facts");
    for (const Fact& fact : *facts)
      if (fact.label.size() > label_bytes_max || fact.text.size() > fact_bytes_max) return refuse("a fact is too long");
  }
  if (request.risk.size() > risk_bytes_max) return refuse("'risk' is too long");
  if (request.view.size() > view_bytes_max) return refuse("'view' is too long");
  if (!is_key(request.remember)) return refuse("'remember' is too long or holds characters that can't be shown");
  if (!request.action.is_null() && json::write(request.action).size() > action_bytes_max)
    return refuse("'action' is longer than " + std::to_string(action_bytes_max) + " bytes");
  return {};
}

}  // namespace bailey::approval
