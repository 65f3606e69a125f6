#include "session/broker_event.h"

namespace bailey::session {
namespace {

audit::Name action_of(broker::Act act) {
  switch (act) {
    case broker::Act::git_get:
      return "git_get";
    case broker::Act::ssh_sign:
      return "ssh_sign";
    case broker::Act::commit_sign:
      break;
  }
  return "commit_sign";
}

audit::Decision decision_of(const broker::Event& event) {
  switch (event.outcome) {
    case broker::Outcome::refused:
      return audit::Decision::deny;
    case broker::Outcome::denied:
      return event.by == "expiry" ? audit::Decision::expired : audit::Decision::denied;
    case broker::Outcome::given:
    case broker::Outcome::failed:
      break;
  }
  return event.by.empty() ? audit::Decision::allow : audit::Decision::approved;
}

}  // namespace

audit::Event broker_event(const broker::Event& said) {
  const bool given = said.outcome == broker::Outcome::given;
  audit::Event event{.level = given ? audit::Level::info : audit::Level::notice,
                     .category = audit::Category::credential,
                     .action = action_of(said.act),
                     .tier = given && said.by.empty() ? audit::Tier::logged : audit::Tier::decided,
                     .decision = decision_of(said),
                     .rule = said.rule};
  if (said.outcome == broker::Outcome::failed) event.level = audit::Level::warning;
  event.subject.add("result", broker::outcome_words[static_cast<std::size_t>(said.outcome)]);
  const auto add = [&event](audit::Name name, const std::string& text) {
    if (!text.empty()) event.subject.add(name, text);
  };
  add("key", said.key);
  add("host", said.host);
  add("path", said.path);
  add("user", said.user);
  add("commit", said.commit);
  add("by", said.by);
  add("reason", said.reason);
  return event;
}

}  // namespace bailey::session
