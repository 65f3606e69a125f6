// bailey checkpoint and bailey undo: states of a session's workspace.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/found_session.h"
#include "json/write.h"
#include "session/checkpoint_service.h"
#include "session/client.h"
#include "session/control_server.h"
#include "session/session_spec.h"
#include "workspace/checkpoint_store.h"

namespace bailey::cli {
namespace {

struct CheckpointOptions {
  std::string session;
  std::vector<std::string> words;
  std::string which;
  bool json = false;
};

void show(const std::string& text) { std::printf("%s\n", visible(text).c_str()); }

int print_list(const std::vector<workspace::CheckpointInfo>& list, bool as_json) {
  if (as_json) {
    json::Array array;
    for (const auto& info : list) {
      json::Value value = json::Object{};
      value.set("number", info.number);
      value.set("name", info.name);
      value.set("reason", info.reason);
      value.set("time", to_rfc3339(info.time));
      array.push_back(std::move(value));
    }
    std::printf("%s\n", json::write(std::move(array), json::Layout::indented).c_str());
    return 0;
  }
  for (const auto& info : list)
    std::printf("%4u  %s  %-16s %s\n", info.number, to_rfc3339(info.time).substr(0, 19).c_str(),
                visible(info.reason).c_str(), visible(info.name).c_str());
  return 0;
}

Status ask_session(const FoundSession& found, const session::CheckpointRequest& request) {
  auto connection = TRY(session::connect_to_session(found.entry.directory));
  const auto answer = TRY(session::request(std::move(connection), request, show));
  if (const auto* failure = std::get_if<session::Failure>(&answer)) return std::unexpected(session::to_error(*failure));
  return {};
}

Status save(FoundSession& found, const std::string& name) {
  if (!name.empty()) TRY_STATUS(workspace::check_checkpoint_name(name));
  if (found.entry.is_live) return ask_session(found, {session::CheckpointAction::save, name});
  const auto claim = TRY(found.registry.claim_existing(found.entry.name));
  const auto spec = TRY(session::load_spec(claim.directory));
  const auto store = TRY(workspace::CheckpointStore::open(claim.directory));
  const SystemClock clock;
  const auto saved = TRY(store.save(spec.workspace, "asked for", name, clock));
  for (const auto& note : saved.notes.sentences()) show(note);
  for (const unsigned number : saved.dropped) show("dropped to make room: " + std::to_string(number));
  show("checkpoint " + std::to_string(saved.info.number));
  return {};
}

// An ended session's workspace is mounted again for it, in a sandbox without the agent, and saved on its branch at the
// end like after any run.
Status undo_ended(FoundSession& found, const std::string& which) {
  unsigned number = 0;
  {
    const auto claim = TRY(found.registry.claim_existing(found.entry.name));
    const auto spec = TRY(session::load_spec(claim.directory));
    const auto store = TRY(workspace::CheckpointStore::open(claim.directory));
    number = TRY(store.load(which)).info.number;
    TRY_STATUS(store.begin_undo(number));
    const SystemClock clock;
    const auto saved = store.save(spec.workspace, "before undo " + std::to_string(number), "", clock);
    if (!saved) {
      store.end_undo();
      return std::unexpected(saved.error());
    }
    show("what was there before is checkpoint " + std::to_string(saved->info.number));
  }
  TRY_STATUS(finish_undo(found));
  if (workspace::undo_under_way(found.entry.directory))
    return fail("undo", "it was not finished", "do it again: bailey undo " + found.entry.name);
  show("back at checkpoint " + std::to_string(number));
  return {};
}

Status undo(FoundSession& found, const std::string& which) {
  if (found.entry.is_live) return ask_session(found, {session::CheckpointAction::undo, which});
  return undo_ended(found, which);
}

Result<int> run_checkpoint(const CheckpointOptions& options) {
  auto found = TRY(find_session(options.session));
  const std::string verb = options.words.empty() ? "list" : options.words.front();
  if (verb == "save" && options.words.size() <= 2) {
    TRY_STATUS(save(found, options.words.size() == 2 ? options.words[1] : ""));
    return 0;
  }
  if (verb != "list" || options.words.size() > 1)
    return fail("bailey checkpoint", "'" + visible(verb) + "' is no such thing", "list, save, or save NAME");
  const auto store = TRY(workspace::CheckpointStore::open(found.entry.directory));
  if (const auto number = store.undo_under_way(); number && !found.entry.is_live)
    std::fprintf(stderr, "bailey: an undo to checkpoint %u was cut off; the next start or `bailey undo` finishes it\n",
                 *number);
  return print_list(TRY(store.list()), options.json);
}

int finished_with(const Result<int>& status) { return status ? *status : report(status.error()); }

}  // namespace

void add_checkpoint(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<CheckpointOptions>();
  CLI::App* command =
      app.add_subcommand("checkpoint", "save the state of a session's workspace, or list what is saved");
  command->footer(
      "  bailey checkpoint SESSION                what there is, the newest last\n"
      "  bailey checkpoint SESSION save [NAME]    all of /workspace, ignored files and .git included\n"
      "One is saved at each auto-save as well, and before each undo. The 20 newest are kept, 4 GiB at most; the "
      "oldest\n"
      "make room. Files above 1 GiB are not in it, and named.");
  command->add_option("session", options->session, "its name, or the beginning of one (see `bailey ls`)")->required();
  command->add_option("words", options->words, "list, or save [NAME]");
  command->add_flag("--json", options->json, "list as a JSON array");
  command->callback([&chosen, options] { chosen = [options] { return finished_with(run_checkpoint(*options)); }; });

  command = app.add_subcommand("undo", "take a session's workspace back to a checkpoint, while it runs or afterwards");
  command->footer(
      "Ignored files and .git go back too. What was there before is a checkpoint of its own: undo it with another "
      "undo.\n"
      "The agent is not told and goes on; what it writes meanwhile may stay. What has landed stays landed.");
  command->add_option("session", options->session, "its name, or the beginning of one (see `bailey ls`)")->required();
  command->add_option("checkpoint", options->which, "its number or name (default: the newest)");
  command->callback([&chosen, options] {
    chosen = [options] {
      auto found = find_session(options->session);
      if (!found) return report(found.error());
      const auto done = undo(*found, options->which);
      return done ? 0 : report(done.error());
    };
  });
}

}  // namespace bailey::cli
