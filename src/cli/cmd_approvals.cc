// bailey approvals: what waits for a decision in any session, and the decision.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "approval/queue.h"
#include "audit/writer.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/performers.h"
#include "os/files.h"
#include "session/approval_event.h"
#include "session/approvals_overview.h"
#include "session/client.h"
#include "session/control_server.h"

namespace bailey::cli {
namespace {

using approval::Entry;
using approval::State;

struct Options {
  std::uint64_t id = 0;
  std::string scope = "once";
  bool json = false;
  bool all = false;
};

Result<session::ApprovalsOverview> overview() {
  const auto sessions = TRY(registry());
  auto found = session::approvals_of(TRY(sessions.list()));
  for (const auto& path : found.damaged)
    std::fprintf(stderr, "bailey: '%s' can't be read and is left out\n", visible(path).c_str());
  return found;
}

Result<Entry> find_entry(std::uint64_t id) {
  auto known = TRY(overview());
  for (Entry& entry : known.entries)
    if (entry.id == id) return std::move(entry);
  return fail("find request " + std::to_string(id), "there is none of that number",
              "bailey approvals list --all shows them");
}

int list(const Options& options) {
  const auto found = overview();
  if (!found) return report(found.error());
  const WallTime now = SystemClock().wall_now();
  const auto shown = options.all ? session::Shown::all : session::Shown::waiting;
  const std::string text =
      options.json ? session::approvals_json(*found, now) : session::approvals_table(*found, shown, now);
  std::fputs(text.c_str(), stdout);
  return 0;
}

int remembered(const Options& options) {
  auto found = overview();
  if (!found) return report(found.error());
  found->entries.clear();
  const std::string text =
      options.json ? session::choices_json(*found) : session::approvals_table(*found, session::Shown::waiting, {});
  std::fputs(found->choices.empty() && !options.json ? "nothing is remembered\n" : text.c_str(), stdout);
  return 0;
}

int show(const Options& options) {
  const auto entry = find_entry(options.id);
  if (!entry) return report(entry.error());
  const WallTime now = SystemClock().wall_now();
  std::fputs((options.json ? session::approval_json(*entry, now) : session::approval_text(*entry, now)).c_str(),
             stdout);
  return 0;
}

void say(const std::string& text) { std::fprintf(stderr, "bailey: %s\n", visible(text).c_str()); }

// The session's supervisor does it, and says how it went.
Status ask_supervisor(const session::SessionEntry& owner, const session::Message& message) {
  auto connection = TRY(session::connect_to_session(owner.directory));
  const auto answer = TRY(session::request(std::move(connection), message, say));
  if (const auto* failure = std::get_if<session::Failure>(&answer)) return std::unexpected(to_error(*failure));
  return {};
}

// A queue over the files of a session that has no supervisor, under the session's lock, with its log.
class Offline {
 public:
  static Result<std::unique_ptr<Offline>> open(const session::Registry& registry, const session::SessionEntry& owner) {
    auto offline = std::make_unique<Offline>();
    const auto directories = TRY(user());
    offline->claim_ = TRY(registry.claim_existing(owner.name));
    const audit::Identity identity{owner.name, owner.record.agent};
    offline->log_ =
        TRY(audit::Writer::open(owner.directory, os::join(directories.state, "keys"), identity, offline->clock_));
    offline->loop_ = TRY(event::Loop::create(offline->clock_));
    Offline* self = offline.get();
    offline->queue_ = TRY(approval::Queue::open(
        *offline->loop_,
        {.session = owner.name, .session_directory = owner.directory, .state_directory = directories.state},
        {.on_step = [self](approval::Step step,
                           const Entry& entry) { self->record(session::approval_event(step, entry)); },
         .on_revoked = [self](const approval::Remembered& choice) { self->record(session::revoked_event(choice)); },
         .on_unclaimed = [self](const Entry& entry) { self->perform(entry); },
         .is_attended = {}}));
    return offline;
  }

  Status decide(std::uint64_t id, const approval::Answer& answer) {
    TRY_STATUS(queue_->decide(id, answer));
    TRY_STATUS(loop_->run_once(std::chrono::milliseconds(0)));  // what was deferred: carry it out
    return close();
  }
  Status revoke(const std::string& key) {
    TRY_STATUS(queue_->revoke(key));
    return close();
  }

 private:
  void record(const audit::Event& event) {
    if (auto done = log_->append(event); !done && recorded_) recorded_ = std::move(done);
  }
  void perform(const Entry& entry) {
    performed_ =
        approval::perform(performers(), claim_.directory, entry, [](std::string_view line) { say(std::string(line)); });
    queue_->set_outcome(entry.id, performed_ ? approval::Outcome::done : approval::Outcome::failed,
                        performed_ ? std::string() : performed_.error().why);
    record(session::performed_event(*queue_->find(entry.id)));
  }
  Status close() {
    TRY_STATUS(std::move(recorded_));
    TRY_STATUS(log_->close());
    TRY_STATUS(log_->sync());
    return std::move(performed_);
  }

  SystemClock clock_;
  session::Claim claim_;
  std::optional<audit::Writer> log_;
  std::unique_ptr<event::Loop> loop_;
  std::unique_ptr<approval::Queue> queue_;
  Status recorded_;
  Status performed_;
};

session::ApprovalChoice choice_of(const approval::Answer& answer) {
  const bool once = answer.scope == approval::Scope::once;
  if (answer.state == State::approved)
    return once ? session::ApprovalChoice::approve : session::ApprovalChoice::approve_session;
  return once ? session::ApprovalChoice::deny : session::ApprovalChoice::deny_session;
}

Status decide(std::uint64_t id, const approval::Answer& answer) {
  const Entry entry = TRY(find_entry(id));
  const auto sessions = TRY(registry());
  const auto owner = sessions.read(entry.session);
  if (owner.is_live) return ask_supervisor(owner, session::ApprovalAnswer{id, choice_of(answer)});
  if (answer.state == State::approved && !performers().contains(entry.request.kind))
    return fail("approve request " + std::to_string(id),
                "'" + entry.request.kind + "' is of use to a running session only, and '" + owner.name + "' has ended",
                "bailey restart " + owner.name + ", then approve it");
  return TRY(Offline::open(sessions, owner))->decide(id, answer);
}

int decide(const Options& options, State state) {
  const auto scope = approval::scope_of(options.scope);
  const auto done = decide(options.id, {state, scope.value_or(approval::Scope::once), "bailey approvals"});
  if (!done) return report(done.error());
  std::printf("request %llu is %s\n", static_cast<unsigned long long>(options.id),
              std::string(to_string(state)).c_str());
  return 0;
}

Status revoke_choice(std::uint64_t id) {
  const auto known = TRY(overview());
  for (const auto& [name, choice] : known.choices) {
    if (choice.id != id) continue;
    const auto sessions = TRY(registry());
    const auto owner = sessions.read(name);
    if (owner.is_live) return ask_supervisor(owner, session::RevokeChoice{choice.key});
    return TRY(Offline::open(sessions, owner))->revoke(choice.key);
  }
  return fail("revoke choice " + std::to_string(id), "nothing is remembered under that number",
              "bailey approvals remembered shows what is");
}

int revoke(const Options& options) {
  const auto done = revoke_choice(options.id);
  if (!done) return report(done.error());
  std::printf("choice %llu is forgotten: the next such request asks again\n",
              static_cast<unsigned long long>(options.id));
  return 0;
}

}  // namespace

void add_approvals(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("approvals", "what waits for your decision in any session; approve or deny it");
  command->footer(
      "An agent's push, a host it asks for and the like wait here until you decide, in the session's terminal or with\n"
      "these commands. Nothing inside a sandbox can answer.\n"
      "  bailey approvals                      what waits\n"
      "  bailey approvals show 7               the action, its context and its risk\n"
      "  bailey approvals approve 7            once\n"
      "  bailey approvals approve 7 --scope session   and every like request of that session from now on\n"
      "  bailey approvals deny 7\n"
      "  bailey approvals revoke 7             take back what approve --scope session allowed");
  command->add_flag("--json", options->json, "as JSON");
  command->add_flag("-a,--all", options->all, "with list: answered and expired ones too");
  command->add_option("--scope", options->scope, "with approve and deny: once, or for the rest of the session")
      ->check(CLI::IsMember({"once", "session"}));
  command->callback([&chosen, options, command] {
    if (command->get_subcommands().empty()) chosen = [options] { return list(*options); };
  });
  const auto add = [&](const char* name, const char* help, bool numbered, std::function<int(const Options&)> act) {
    CLI::App* word = command->add_subcommand(name, help)->fallthrough();
    if (numbered) word->add_option("number", options->id, "its number, as list shows it")->required();
    word->callback([&chosen, options, act = std::move(act)] { chosen = [options, act] { return act(*options); }; });
  };
  add("list", "what waits (--all: everything; --json: an array, everything)", false, list);
  add("show", "one request: context, findings, risk, the agent's words", true, show);
  add("approve", "say yes", true, [](const Options& said) { return decide(said, State::approved); });
  add("deny", "say no", true, [](const Options& said) { return decide(said, State::denied); });
  add("remembered", "what was allowed or denied for the rest of a session", false, remembered);
  add("revoke", "forget a remembered choice, by its number", true, revoke);
}

}  // namespace bailey::cli
