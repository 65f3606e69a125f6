#include "approval/queue.h"

#include <algorithm>

namespace bailey::approval {
namespace {

constexpr std::string_view by_policy = "policy";
constexpr std::string_view by_session = "session";
constexpr std::string_view by_expiry = "expiry";
constexpr std::string_view by_end = "end";  // of whoever asked, or of the session

Step step_of(State state) {
  return state == State::approved ? Step::approved : state == State::expired ? Step::expired : Step::denied;
}

std::string text_of(std::uint64_t id) { return std::to_string(id); }

}  // namespace

Result<std::unique_ptr<Queue>> Queue::open(event::Loop& loop, QueueConfig config, QueueHandlers handlers) {
  std::unique_ptr<Queue> queue(new Queue(loop, std::move(config), std::move(handlers)));
  TRY_STATUS(queue->load());
  return queue;
}

Status Queue::load() {
  auto listing = TRY(store_.list());
  for (Entry& entry : listing.entries) asked_.emplace(entry.id, Asked{.entry = std::move(entry)});
  remembered_ = TRY(store_.load_remembered());
  for (auto& [id, asked] : asked_) {
    if (!asked.entry.is_pending() || !asked.entry.request.action.is_null()) continue;
    (void)settle(asked, {State::denied, Scope::once, std::string(by_end)});  // whoever asked died with its supervisor
  }
  sweep();
  return {};
}

Result<std::uint64_t> Queue::ask(Request request, std::function<void(const Answer&)> on_answer) {
  request = fitted(std::move(request));
  TRY_STATUS(check(request));
  if (closed_) return fail("ask for an approval", "the session is ending");
  if (pending().size() >= pending_max)
    return fail("ask for an approval", std::to_string(pending_max) + " requests wait already",
                "answer them first: bailey approvals");
  drop_oldest();
  Entry entry{.id = TRY(take_id(config_.state_directory)), .session = config_.session, .request = std::move(request)};
  entry.created = loop_.clock().wall_now();
  entry.expires = entry.created + config_.lifetime;
  if (auto saved = store_.save(entry); !saved)
    return std::unexpected(std::move(saved).error().within("keep an approval request"));
  const std::uint64_t id = entry.id;
  Asked& asked =
      asked_.insert_or_assign(id, Asked{.entry = std::move(entry), .on_answer = std::move(on_answer)}).first->second;
  std::optional<Answer> given;
  if (const Remembered* choice = choice_for(asked.entry.request))
    given = Answer{choice->state, Scope::once, std::string(by_session)};
  else if (config_.unattended == Unattended::deny && handlers_.is_attended && !handlers_.is_attended())
    given = Answer{State::denied, Scope::once, std::string(by_policy)};
  if (!given) {
    step(Step::asked, asked.entry);
    schedule_sweep();
  } else if (!settle(asked, *given) && asked.entry.is_pending()) {
    (void)settle(asked, {State::denied, Scope::once, std::string(by_policy)});  // can't be written down
  }
  return id;
}

Status Queue::decide(std::uint64_t id, Answer answer) {
  const std::string what = "decide approval " + text_of(id);
  const auto found = asked_.find(id);
  if (found == asked_.end()) return fail(what, "there is no such request", "bailey approvals list shows them");
  if (state_at(found->second.entry, loop_.clock().wall_now()) == State::expired) sweep();
  Entry& entry = found->second.entry;
  const bool is_unfinished = entry.answer.state == State::approved && is_unclaimed(id) && !found->second.performing;
  if (is_unfinished && answer.state == State::approved) return try_again(found->second);
  if (!entry.is_pending())
    return fail(what, "it is " + std::string(to_string(entry.answer.state)) + " already (" + entry.answer.by + ")");
  if (answer.state != State::approved && answer.state != State::denied)
    return fail(what, "the answer is neither yes nor no");
  if (answer.scope == Scope::session && entry.request.remember.empty())
    return fail(what, "such a request can't be answered for the whole session", "use --scope once");
  if (answer.scope == Scope::session) {
    Entry chosen = entry;
    chosen.answer = answer;
    TRY_STATUS(remember(chosen));
  }
  TRY_STATUS(settle(found->second, answer));
  if (answer.scope == Scope::session) answer_alike(entry);
  return {};
}

// Should: make the answer true on disk before anybody acts on it. A denial stands even when it can't be written.
Status Queue::settle(Asked& asked, const Answer& answer) {
  Entry decided = asked.entry;
  decided.answer = answer;
  decided.decided = loop_.clock().wall_now();
  const Status saved = store_.save(decided);
  if (!saved && answer.state == State::approved)
    return std::unexpected(Error(saved.error()).within("write down approval " + text_of(decided.id)));
  asked.entry = std::move(decided);
  step(step_of(answer.state), asked.entry);
  tell_later(asked.entry.id);
  return saved;
}

Status Queue::try_again(Asked& asked) {
  Entry again = asked.entry;
  again.outcome = Outcome::none;
  again.outcome_text.clear();
  TRY_STATUS(store_.save(again));
  asked.entry = std::move(again);
  tell_later(asked.entry.id);
  return {};
}

void Queue::tell_later(std::uint64_t id) {
  loop_.defer([this, alive = alive_, id] {
    if (*alive) tell_asker(id);
  });
}

void Queue::tell_asker(std::uint64_t id) {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;
  const Entry entry = found->second.entry;
  if (const auto on_answer = std::exchange(found->second.on_answer, nullptr)) {
    // It is theirs now: what they make of it is not done twice.
    const bool is_theirs = entry.answer.state == State::approved && !entry.request.action.is_null();
    if (is_theirs) set_outcome(id, Outcome::done, {});
    return on_answer(entry.answer);
  }
  const bool is_open = entry.answer.state == State::approved && !entry.request.action.is_null();
  if (!is_open || entry.outcome != Outcome::none || found->second.performing || !handlers_.on_unclaimed) return;
  found->second.performing = true;
  handlers_.on_unclaimed(entry);
}

void Queue::forget(std::uint64_t id) {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;
  found->second.on_answer = nullptr;
  const Entry& entry = found->second.entry;
  if (entry.is_pending() && entry.request.action.is_null())
    (void)settle(found->second, {State::denied, Scope::once, std::string(by_end)});
}

Status Queue::remember(const Entry& entry) {
  std::vector<Remembered> choices = remembered_;
  const std::string& key = entry.request.remember;
  std::erase_if(choices, [&](const Remembered& choice) { return choice.key == key; });
  if (choices.size() >= remembered_max)
    return fail("remember the choice", std::to_string(remembered_max) + " are remembered already",
                "revoke some: bailey approvals revoke");
  choices.push_back({key, entry.request.kind, entry.answer.state, entry.id, loop_.clock().wall_now()});
  TRY_STATUS(store_.save_remembered(choices));
  remembered_ = std::move(choices);
  step(Step::remembered, entry);
  return {};
}

// What was asked before the choice was made is answered by it too.
void Queue::answer_alike(const Entry& entry) {
  std::vector<std::uint64_t> alike;
  for (const auto& [id, asked] : asked_)
    if (asked.entry.is_pending() && asked.entry.request.remember == entry.request.remember) alike.push_back(id);
  const Answer answer{entry.answer.state, Scope::once, std::string(by_session)};
  for (const std::uint64_t id : alike) (void)settle(asked_.at(id), answer);
}

const Remembered* Queue::choice_for(const Request& request) const {
  if (request.remember.empty()) return nullptr;
  for (const Remembered& choice : remembered_)
    if (choice.key == request.remember && choice.kind == request.kind) return &choice;
  return nullptr;
}

Status Queue::revoke(std::string_view key) {
  std::vector<Remembered> choices = remembered_;
  const auto found = std::find_if(choices.begin(), choices.end(), [&](const Remembered& c) { return c.key == key; });
  if (found == choices.end())
    return fail("revoke a remembered choice", "there is none of that name", "bailey approvals list shows them");
  const Remembered revoked = *found;
  choices.erase(found);
  // Forgotten here whatever the disk says: the running session must not go on as if nothing had been said.
  remembered_ = choices;
  if (handlers_.on_revoked) handlers_.on_revoked(revoked);
  return store_.save_remembered(choices);
}

void Queue::set_outcome(std::uint64_t id, Outcome outcome, std::string text) {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;
  found->second.performing = false;
  found->second.entry.outcome = outcome;
  found->second.entry.outcome_text = text.substr(0, outcome_bytes_max);
  (void)store_.save(found->second.entry);
}

void Queue::close() {
  closed_ = true;
  for (auto& [id, asked] : asked_) {
    if (!asked.entry.is_pending()) continue;
    if (asked.entry.request.action.is_null()) (void)settle(asked, {State::denied, Scope::once, std::string(by_end)});
    else tell_later(id);
  }
}

std::vector<Entry> Queue::pending() const {
  std::vector<Entry> entries;
  for (const auto& [id, asked] : asked_)
    if (asked.entry.is_pending()) entries.push_back(asked.entry);
  return entries;
}

const Entry* Queue::find(std::uint64_t id) const {
  const auto found = asked_.find(id);
  return found == asked_.end() ? nullptr : &found->second.entry;
}

bool Queue::is_unclaimed(std::uint64_t id) const {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return false;
  const Entry& entry = found->second.entry;
  return !found->second.on_answer && !entry.request.action.is_null() && entry.outcome != Outcome::done;
}

void Queue::drop_oldest() {
  std::size_t decided = asked_.size() - pending().size();
  for (auto it = asked_.begin(); it != asked_.end() && decided >= decided_max;) {
    const Asked& asked = it->second;
    if (asked.entry.is_pending() || asked.on_answer || asked.performing) {
      ++it;
      continue;
    }
    (void)store_.remove(it->first);
    it = asked_.erase(it);
    --decided;
  }
}

void Queue::sweep() {
  const WallTime now = loop_.clock().wall_now();
  for (auto& [id, asked] : asked_)
    if (state_at(asked.entry, now) == State::expired && asked.entry.is_pending())
      (void)settle(asked, {State::expired, Scope::once, std::string(by_expiry)});
  schedule_sweep();
}

void Queue::schedule_sweep() {
  std::optional<WallTime> next;
  for (const auto& [id, asked] : asked_)
    if (asked.entry.is_pending() && (!next || asked.entry.expires < *next)) next = asked.entry.expires;
  sweep_timer_.reset();
  if (!next || closed_) return;
  // Not longer: the wall clock may move (a suspended machine) while the timer's doesn't.
  const std::chrono::microseconds wait = std::clamp<std::chrono::microseconds>(
      *next - loop_.clock().wall_now(), std::chrono::microseconds(0), sweep_period_max);
  sweep_timer_ = loop_.after(wait, [this] { sweep(); });
}

void Queue::step(Step step, const Entry& entry) const {
  if (handlers_.on_step) handlers_.on_step(step, entry);
}

}  // namespace bailey::approval
