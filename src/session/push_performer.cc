#include "session/push_performer.h"

#include "git/remote_receive.h"
#include "git/remote_runner.h"
#include "git/service.h"
#include "os/files.h"
#include "session/session_spec.h"

namespace bailey::session {
namespace {

std::string text_of(const json::Value& action, std::string_view key) {
  const json::Value* member = action.find(key);
  return member == nullptr || member->as_string() == nullptr ? std::string() : *member->as_string();
}

}  // namespace

Status perform_git_push(const json::Value& action, const approval::PerformContext& context) {
  const auto remotes = guarded_remotes(TRY(load_spec(context.session_directory)));
  const auto index = git::find_remote(remotes, text_of(action, "remote"));
  if (!index) return fail("push", "the session does not know the remote");
  const std::string quarantine = os::join(context.session_directory, "quarantine.git");
  const git::RemoteRunner remote(git::find_git(), quarantine, remotes[*index],
                                 git::credential_environment(git::own_environment()));
  const auto report = TRY(git::publish_held(remote, quarantine, text_of(action, "held")));
  if (report.end != git::PublishEnd::published)
    return fail("push to " + report.remote, report.reason, "approve it again to try again");
  for (std::size_t i = 0; i < report.summary.changes.size() && i < git::reported_refs_max; ++i)
    if (!report.outcome.refusals[i].empty())
      context.say(report.summary.changes[i].ref + ": " + report.outcome.refusals[i]);
  context.say("pushed to " + report.remote + " (" + report.label + "): " + std::to_string(report.outcome.taken()) +
              " of " + std::to_string(report.summary.changes.size()) + " refs");
  return {};
}

}  // namespace bailey::session
