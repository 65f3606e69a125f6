// The stages after the command: nothing may get lost, and the record must be true before anybody is told.
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "json/write.h"
#include "os/files.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

constexpr std::chrono::minutes save_time_max{10};
constexpr std::chrono::seconds viewers_time_max{5};
constexpr std::chrono::milliseconds landing_poll{2};

std::string text_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value != nullptr && value->as_string() != nullptr ? *value->as_string() : std::string();
}

std::int64_t number_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? 0 : value->as_int().value_or(0);
}

}  // namespace

void Supervisor::begin_end() {
  if (phase_ != Phase::running) return;
  phase_ = Phase::emptying;
  limit_timer_.reset();
  disk_timer_.reset();
  settle_timer_.reset();
  settings_watch_.reset();
  if (const std::string limit = cgroup_.exceeded(); !limit.empty()) {
    audit::Event event{
        .level = audit::Level::warning, .category = audit::Category::resource, .action = "limit_reached"};
    event.subject.add("limit", limit);
    record(std::move(event));
    tell("the session reached its " + limit + " limit");
  }
  close_approvals();
  if (tokens_) tokens_->revoke();
  if (sandbox_) sandbox_->kill_rest();
}

bool Supervisor::save_in_new_sandbox() {
  save_deadline_.reset();
  report_refused_traffic();
  refused_traffic_ = {};
  sandbox_->destroy();
  sandbox_.reset();
  cgroup_.remove();
  std::erase_if(commands_, [](const Command& command) { return command.id == save_id; });
  for (auto& command : commands_)
    if (command.id >= first_exec_id) command.status = command.status.value_or(128 + SIGKILL);
  gateway_.reset();  // saving needs no network
  if (!workspace::prepare_remount(request_.spec.workspace) || !launch_sandbox() || !await_sandbox()) return false;
  phase_ = Phase::running;
  begin_end();
  return true;
}

void Supervisor::save_work() {
  phase_ = Phase::saving;
  save_deadline_ = loop_->after(save_time_max, [this] {
    if (checkpoint_) checkpoint_->child.kill(SIGKILL);
    if (sandbox_) sandbox_->signal(save_id, SIGKILL);
  });
  finish_undo();
}

void Supervisor::autosave() {
  Command save{.id = save_id};
  auto io = CommandIo::create(*loop_, IoKind::pipes, {}, nullptr,
                              {.on_stop = [](StopMode) {}, .on_end = [] {}, .on_none_left = [] {}});
  if (!io) return on_saved(125);
  save.io = std::move(*io);
  sandbox::CommandSpec command{
      .id = save_id, .argv = {"/run/bailey/bin/bailey", "autosave"}, .environment = environment_};
  command.environment.push_back("BAILEY_AUDIT_HEAD=" + log_->head());
  for (int number = 0; number < 3; ++number) command.standard[number] = save.io->child_end(number);
  commands_.push_back(std::move(save));
  if (auto started = sandbox_->start(command); !started) on_saved(125);
}

void Supervisor::on_saved(int status) {
  save_deadline_.reset();
  save_failed_ = status != 0;
  audit::Event event{.level = save_failed_ ? audit::Level::warning : audit::Level::info,
                     .category = audit::Category::git,
                     .action = "autosave"};
  event.subject.add("branch", request_.record.branch).add("status", status);
  record(std::move(event));
  phase_ = Phase::landing;
  wait_for_landing();
}

void Supervisor::wait_for_landing() {
  // The guest has its answer before the service's process has ended and reported.
  phase_ = Phase::landing;
  if ((guest_ && !guest_->is_idle()) || (tokens_ && !tokens_->is_idle()) || !performing_.empty()) {
    save_deadline_ = loop_->after(landing_poll, [this] { wait_for_landing(); });
    return;
  }
  phase_ = Phase::draining;
  if (const Position main = find(main_id); !main->io->has_ended()) {
    main->io->abandon();
    if (!main->io->has_ended()) return;  // on_end goes on
  }
  finish();
}

// Of a push to a remote or a fetch from one (git/publish_report.h).
void Supervisor::on_remote_report(const json::Value& report) {
  const std::string end = text_of(report, "end");
  const std::string by = text_of(report, "by");
  const bool refused = end == "refused";
  audit::Event event{.level = end == "fetched" ? audit::Level::info : audit::Level::notice,
                     .category = audit::Category::git,
                     .action = text_of(report, "op") == "fetch" ? audit::Name("fetch") : audit::Name("push"),
                     .tier = end == "fetched" ? audit::Tier::silent : audit::Tier::decided,
                     .decision = refused           ? audit::Decision::deny
                                 : end == "denied" ? audit::Decision::denied
                                 : end == "held"   ? audit::Decision::prompt
                                 : by.empty()      ? audit::Decision::allow
                                                   : audit::Decision::approved,
                     .rule = text_of(report, "rule")};
  if (end == "failed") event.level = audit::Level::warning;
  event.subject.add("remote", text_of(report, "remote"))
      .add("address", text_of(report, "label"))
      .add("outcome", end)
      .add("reason", text_of(report, "reason"))
      .add("by", by)
      .add("commits", number_of(report, "commits"))
      .add("files", number_of(report, "files"))
      .add("bytes", number_of(report, "bytes"))
      .add("objects", number_of(report, "objects"))
      .add("forced", number_of(report, "force"))
      .add("deleted", number_of(report, "delete"))
      .add("refs", number_of(report, "ref_count"));
  if (const json::Value* refs = report.find("refs"); refs != nullptr) event.subject.add("changes", json::write(*refs));
  const std::string rule = event.rule;
  record(std::move(event));
  constexpr std::string_view about_secret = "secret:";
  if (!refused || !rule.starts_with(about_secret)) return;
  audit::Event alarm{.level = audit::Level::alert,
                     .category = audit::Category::credential,
                     .action = "secret_misplaced",
                     .tier = audit::Tier::decided,
                     .decision = audit::Decision::deny,
                     .rule = rule,
                     .subject = {}};
  alarm.subject.add("secret_id", rule.substr(about_secret.size()))
      .add("host", text_of(report, "label"))
      .add("result", "a push that holds its placeholder was refused");
  record(std::move(alarm));
}

void Supervisor::on_git_report(const json::Value& report) {
  if (report.find("end") != nullptr) return on_remote_report(report);
  const bool allowed = text_of(report, "decision") == "allow";
  audit::Event event{.level = allowed ? audit::Level::info : audit::Level::notice,
                     .category = audit::Category::git,
                     .action = text_of(report, "op") == "fetch" ? audit::Name("fetch") : audit::Name("push"),
                     .tier = allowed ? audit::Tier::silent : audit::Tier::decided,
                     .decision = allowed ? audit::Decision::allow : audit::Decision::deny};
  event.subject.add("remote", "local")
      .add("ref", text_of(report, "ref"))
      .add("old", text_of(report, "old"))
      .add("new", text_of(report, "new"))
      .add("bytes", number_of(report, "bytes"))
      .add("objects", number_of(report, "objects"))
      .add("reason", text_of(report, "reason"));
  landing_error_ = text_of(report, "landing_error");
  if (!landing_error_.empty()) event.subject.add("landing_error", landing_error_);
  if (const json::Value* landing = report.find("landing"); landing != nullptr && landing->as_object() != nullptr) {
    event.subject.add("landed", text_of(*landing, "ref")).add("archived", text_of(*landing, "archived"));
    landed_ = text_of(*landing, "ref");
    if (const std::string how = text_of(*landing, "how_to_take"); !how.empty() && landed_.starts_with("refs/bailey/"))
      landed_ += " (the branch is checked out; take it with: " + how + ")";
    if (const std::string archived = text_of(*landing, "archived_ref"); !archived.empty())
      tell("the host's branch had moved: its old tip is kept as " + archived);
  }
  record(std::move(event));
}

// Looked at once: when it is asked first, nothing of the agent runs any more, and saving only makes a true answer
// truer.
bool Supervisor::has_changed() {
  if (!changed_) changed_ = workspace::changes_since(request_.spec.workspace) != workspace::Changes::none;
  return *changed_;
}

std::string Supervisor::summary() {
  if (request_.mode == SuperviseMode::start && request_.record.status == SessionStatus::failed) return {};
  if (!request_.spec.push && has_changed())
    return "nothing was pushed (--no-push): the work is in the session " + request_.claim.name;
  if (gone_) return "the work is kept in the session; save it with `bailey stop " + request_.claim.name + "`";
  if (save_failed_)
    return "the work could not be saved: it is kept in the session; try `bailey stop " + request_.claim.name + "`";
  if (!landing_error_.empty()) return "the work is saved in the session but did not land: " + landing_error_;
  if (request_.spec.host_git_dir.empty() && has_changed())
    return "no host repository: the work is on branch " + request_.record.branch + " of " +
           os::join(request_.claim.directory, "quarantine.git");
  return landed_.empty() ? std::string() : "work landed on " + landed_;
}

void Supervisor::finish() {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  const Position main = find(main_id);
  const bool changed = request_.record.status != SessionStatus::failed && has_changed();
  request_.record.unlanded_work =
      changed && (save_failed_ || !landing_error_.empty() || !request_.spec.push || request_.spec.host_git_dir.empty());
  if (request_.record.status != SessionStatus::failed)
    request_.record.status = stop_reason_.empty() && request_.mode != SuperviseMode::recover ? SessionStatus::exited
                                                                                             : SessionStatus::stopped;
  if (save_failed_ && request_.record.status != SessionStatus::failed) {
    request_.record.status = SessionStatus::failed;
    request_.record.last_error = "the work could not be saved";
  }
  const int status = !stop_reason_.empty() ? stop_status_ : main->status.value_or(0);
  if (request_.mode != SuperviseMode::recover) request_.record.exit_status = status;
  request_.record.ended = clock_.wall_now();
  const std::string text = summary();

  sandbox_watch_.reset();
  policy_watch_.reset();
  refused_timer_.reset();
  report_refused_traffic();
  if (sandbox_) sandbox_->destroy();
  if (gateway_) gateway_->stop();
  gateway_.reset();
  cgroup_.remove();
  guest_.reset();
  if (tokens_) tokens_->finish();
  tokens_.reset();
  ::unlink(guest_socket_path(request_.claim.directory).c_str());
  audit::Event event{.action = "end"};
  event.subject.add("status", status).add("reason", stop_reason_).add("unlanded", request_.record.unlanded_work);
  record(std::move(event));
  performing_.clear();
  approvals_.reset();
  if (log_) (void)log_->close();
  if (!gone_) save_record();
  ::unlink(os::join(request_.claim.directory, std::string(control_socket_name)).c_str());
  request_.claim.branch_lock.reset();
  request_.claim.lock.reset();  // from here on the session is free: its last words follow

  if (!text.empty()) tell(text);
  for (auto& waiter : stop_waiters_) {
    if (!text.empty()) (void)waiter->send(Notice{text});
    (void)waiter->send(Exit{0, {}});
    waiter->finish();
  }
  const Exit last{static_cast<std::uint8_t>(status), stop_reason_};
  for (auto& command : commands_)
    if (command.id >= first_exec_id) command.io->viewers().finish(last);
  save_deadline_ = loop_->after(viewers_time_max, [this] { loop_->stop(); });
  main->io->viewers().finish(last);
}

void Supervisor::close_log() {
  if (log_) (void)log_->sync();
}

}  // namespace bailey::session
