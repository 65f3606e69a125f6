#include "cli/found_session.h"

#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "cli/start.h"
#include "session/client.h"
#include "session/control_server.h"
#include "workspace/checkpoint_store.h"
#include "workspace/workspace.h"

namespace bailey::cli {
namespace {

void show(const std::string& text) { std::fprintf(stderr, "bailey: %s\n", visible(text).c_str()); }

}  // namespace

Result<FoundSession> find_session(const std::string& name) {
  auto directories = TRY(user());
  auto all = TRY(session::Registry::open(directories.state));
  auto entry = TRY(all.find(name));
  return FoundSession{std::move(directories), std::move(all), std::move(entry)};
}

namespace {

// Its workspace in a sandbox without a command, until it is saved.
Status recover(FoundSession& found) {
  auto started = TRY(start_again(found.registry, found.entry, session::SuperviseMode::recover, session::IoKind::pipes,
                                 {}, found.user));
  TRY_STATUS(session::request(std::move(started.connection), session::Attach{{}, false, true}, show));
  found.entry = found.registry.read(found.entry.name);
  if (found.entry.record.status == session::SessionStatus::failed)
    return fail("save the work of '" + found.entry.name + "'", found.entry.record.last_error,
                "nothing is lost: it is in " + found.entry.directory);
  return {};
}

}  // namespace

Status recover_if_interrupted(FoundSession& found) {
  if (found.entry.is_live || !found.entry.damage.empty() ||
      found.entry.record.status != session::SessionStatus::interrupted)
    return {};
  std::fprintf(stderr, "bailey: %s was interrupted; saving its work\n", found.entry.name.c_str());
  return recover(found);
}

Status finish_undo(FoundSession& found) {
  const auto number = workspace::undo_under_way(found.entry.directory);
  if (!number || found.entry.is_live || !found.entry.damage.empty()) return {};
  std::fprintf(stderr, "bailey: finishing the undo of %s to checkpoint %u\n", found.entry.name.c_str(), *number);
  return recover(found);
}

Status stop_session(const session::SessionEntry& entry, session::StopMode mode) {
  auto connection = TRY(session::connect_to_session(entry.directory));
  const auto answer = TRY(session::request(std::move(connection), session::Stop{mode}, show));
  if (const auto* failure = std::get_if<session::Failure>(&answer)) return std::unexpected(session::to_error(*failure));
  return {};
}

Status remove_session(const session::Registry& registry, const std::string& name) {
  auto claim = TRY(registry.claim_existing(name));
  sandbox::remove_stale_cgroup(sandbox::choose_cgroup(sandbox::cgroup_facts()), name);
  TRY_STATUS(workspace::cleanup(claim.directory));
  return registry.remove(std::move(claim));
}

}  // namespace bailey::cli
