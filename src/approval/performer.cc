#include "approval/performer.h"

namespace bailey::approval {

Status perform_stored(const Performers& performers, const std::string& session_directory, std::uint64_t id,
                      std::function<void(std::string_view)> say) {
  const Entry entry = TRY(Store(approvals_directory(session_directory)).load(id));
  return perform(performers, session_directory, entry, std::move(say));
}

Status perform(const Performers& performers, const std::string& session_directory, const Entry& entry,
               std::function<void(std::string_view)> say) {
  const std::string what = "carry out request " + std::to_string(entry.id);
  if (entry.answer.state != State::approved)
    return fail(what, "it is " + std::string(to_string(entry.answer.state)) + ", not approved");
  if (entry.outcome == Outcome::done) return fail(what, "it is done already");
  if (entry.request.action.is_null()) return fail(what, "there is nothing to do");
  const auto found = performers.find(entry.request.kind);
  if (found == performers.end()) return fail(what, "'" + entry.request.kind + "' can't be done without its session");
  return found->second(entry.request.action, {entry.session, session_directory, std::move(say)});
}

}  // namespace bailey::approval
