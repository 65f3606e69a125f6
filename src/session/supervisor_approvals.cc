// What a human has to decide while the session runs: the queue, who is asked, and what an approval sets going.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "os/files.h"
#include "session/approval_event.h"
#include "session/network_event.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

constexpr std::string_view by_terminal = "terminal";
constexpr std::string_view by_command = "bailey approvals";
constexpr std::size_t hosts_asked_max = 50;  // of one session: then the agent has to do without
constexpr std::size_t host_repeats_max = 3;  // of one host, after a no
constexpr std::chrono::minutes perform_time_max{10};
constexpr std::size_t perform_text_bytes_max = 4'096;

std::optional<approval::Answer> answer_of(ApprovalChoice choice, std::string_view by) {
  using approval::Scope;
  using approval::State;
  switch (choice) {
    case ApprovalChoice::approve:
      return approval::Answer{State::approved, Scope::once, std::string(by)};
    case ApprovalChoice::deny:
      return approval::Answer{State::denied, Scope::once, std::string(by)};
    case ApprovalChoice::approve_session:
      return approval::Answer{State::approved, Scope::session, std::string(by)};
    case ApprovalChoice::deny_session:
      return approval::Answer{State::denied, Scope::session, std::string(by)};
    case ApprovalChoice::later:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

// Should: take up what an earlier supervisor of this session left unanswered; mustn't: ask anybody before the log is
// open.
Status Supervisor::open_approvals() {
  desktop_ = std::make_unique<DesktopNotice>(*loop_, request_.host_environment);
  approval::QueueConfig config{.session = request_.claim.name,
                               .session_directory = request_.claim.directory,
                               .state_directory = request_.user.state};
  if (request_.spec.approval_seconds != 0) config.lifetime = std::chrono::seconds(request_.spec.approval_seconds);
  config.unattended = request_.spec.approvals == "deny" ? approval::Unattended::deny : approval::Unattended::queue;
  approvals_ = TRY(approval::Queue::open(
      *loop_, std::move(config),
      {.on_step = [this](approval::Step step, const approval::Entry& entry) { on_approval_step(step, entry); },
       .on_revoked = [this](const approval::Remembered& choice) { on_revoked(choice); },
       .on_unclaimed = [this](const approval::Entry& entry) { perform(entry); },
       .is_attended = [this] { return find(main_id)->io->viewers().can_ask(); }}));
  for (const auto& choice : approvals_->remembered()) {
    if (choice.kind != wanted_host_kind || choice.state != approval::State::approved) continue;
    auto rule = rule_for(wanted_of(choice.key));
    if (rule) said_rules_.insert(said_rules_.begin(), std::move(*rule));
  }
  if (!said_rules_.empty()) request_.first_policy.clear();  // it was made without them
  return {};
}

void Supervisor::on_approval_step(approval::Step step, const approval::Entry& entry) {
  record(approval_event(step, entry));
  auto& viewers = find(main_id)->io->viewers();
  if (step == approval::Step::remembered) return;
  if (step != approval::Step::asked) return viewers.withdraw(entry.id, decided_text(entry));
  const std::string text = waiting_text(entry);
  if (!client_seen_) untold_.push_back(text);
  else viewers.notice_to_bystanders(Notice{text});
  viewers.prompt();
  desktop_->show(entry.session, entry.request.kind, entry.id);
}

std::optional<ApprovalPrompt> Supervisor::next_prompt(const std::set<std::uint64_t>& later) const {
  if (!approvals_) return std::nullopt;
  for (auto& entry : approvals_->pending())
    if (!later.contains(entry.id)) return ApprovalPrompt{entry.id, entry.session, std::move(entry.request)};
  return std::nullopt;
}

Status Supervisor::on_answer(std::uint64_t id, ApprovalChoice choice) {
  const auto answer = answer_of(choice, by_terminal);
  if (!approvals_ || !answer) return fail("answer the request", "it can't be answered now");
  return approvals_->decide(id, *answer);
}

// `bailey approvals approve|deny`. One that nobody waits for is carried out here, and whoever approved it hears how
// that went.
void Supervisor::on_approval(std::unique_ptr<Connection> connection, const ApprovalAnswer& said) {
  const auto answer = answer_of(said.choice, by_command);
  const bool waits =
      approvals_ && approvals_->is_unclaimed(said.id) && answer && answer->state == approval::State::approved;
  Status done = fail("answer the request", "it can't be answered now");
  if (approvals_ && answer) done = approvals_->decide(said.id, *answer);
  if (done && waits) {
    connection->set_handlers({});
    approval_waiters_.emplace(said.id, std::move(connection));
    return;
  }
  end_with(std::move(connection), done);
}

void Supervisor::on_revoke(std::unique_ptr<Connection> connection, const RevokeChoice& revoked) {
  Status done = fail("revoke the choice", "the session is starting");
  if (approvals_) done = approvals_->revoke(revoked.key);
  end_with(std::move(connection), done);
}

void Supervisor::end_with(std::unique_ptr<Connection> connection, const Status& done) {
  client_seen_ = true;
  if (done) (void)connection->send(Exit{0, {}});
  else (void)connection->send(to_failure(done.error()));
  connection->finish();
  connection->set_handlers({});
  loop_->dispose(std::move(connection));
}

void Supervisor::on_revoked(const approval::Remembered& choice) {
  record(revoked_event(choice));
  if (choice.kind != wanted_host_kind || choice.state != approval::State::approved) return;
  const auto rule = rule_for(wanted_of(choice.key));
  if (!rule) return;
  std::erase_if(said_rules_, [&](const policy::NetworkRule& said) {
    return said.id == rule->id && said.action == policy::RuleAction::allow;
  });
  if (!gateway_) return;
  if (auto renewed = renew_policy(); !renewed)
    tell("the network policy stays as it was: " + renewed.error().what + ": " + renewed.error().why);
}

// ---- what is approved when nobody waits for it ----

void Supervisor::perform(const approval::Entry& entry) {
  if (entry.request.kind != wanted_host_kind) return perform_in_child(entry);
  auto rule = rule_for(wanted_of(entry.request));
  Status done;
  if (!rule) done = std::unexpected(rule.error());
  else done = say_rule(std::move(*rule));
  on_performed(entry.id, done);
}

// A push takes long and talks to strangers: not in here.
void Supervisor::perform_in_child(const approval::Entry& entry) {
  const std::uint64_t id = entry.id;
  const auto start = [&]() -> Status {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe");
    Performing performing{.text = Fd(ends[0])};
    const Fd write_end(ends[1]);
    os::Command command;
    command.argv = {request_.program, "__perform", request_.claim.directory, std::to_string(id)};
    for (const auto& [name, value] : request_.host_environment) command.environment.push_back(name + "=" + value);
    command.stdout_fd = write_end.get();
    command.stderr_fd = 2;  // the supervisor's log
    performing.process = TRY(os::spawn(command));
    performing.exit = TRY(loop_->watch_exit(performing.process.pidfd(), [this, id] { on_performer_end(id); }));
    performing.deadline = loop_->after(perform_time_max, [this, id] {
      if (const auto found = performing_.find(id); found != performing_.end()) found->second.process.kill(SIGKILL);
    });
    performing_.insert_or_assign(id, std::move(performing));
    return {};
  };
  if (auto started = start(); !started) on_performed(id, started);
}

void Supervisor::on_performer_end(std::uint64_t id) {
  const auto found = performing_.find(id);
  if (found == performing_.end()) return;
  Performing performing = std::move(found->second);
  performing_.erase(found);
  const auto status = performing.process.wait();
  std::string text;
  ::fcntl(performing.text.get(), F_SETFL, O_NONBLOCK);
  char buffer[512];
  ssize_t count = 0;
  while (text.size() < perform_text_bytes_max && (count = ::read(performing.text.get(), buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<std::size_t>(count));
  text = visible(trim(text));
  if (status && os::shell_status(*status) == 0) return on_performed(id, {}, text);
  on_performed(id, fail("carry out request " + std::to_string(id),
                        text.empty() ? "it ended without saying why" : std::move(text)));
}

void Supervisor::on_performed(std::uint64_t id, const Status& done, const std::string& text) {
  if (!approvals_) return;
  approvals_->set_outcome(id, done ? approval::Outcome::done : approval::Outcome::failed,
                          done ? text : done.error().why);
  if (const auto* entry = approvals_->find(id); entry != nullptr) {
    record(performed_event(*entry));
    if (!done)
      tell("request " + std::to_string(id) + " was approved but failed: " + done.error().why +
           "; try again with: bailey approvals approve " + std::to_string(id));
    else if (!text.empty()) tell("request " + std::to_string(id) + ": " + text);
  }
  for (auto [waiter, end] = approval_waiters_.equal_range(id); waiter != end;) {
    if (done && !text.empty()) (void)waiter->second->send(Notice{text});
    end_with(std::move(waiter->second), done);
    waiter = approval_waiters_.erase(waiter);
  }
}

// Nobody may wait for an answer any more: what runs in the sandbox is about to end.
void Supervisor::close_approvals() {
  if (!approvals_) return;
  for (const auto& entry : approvals_->pending())
    if (entry.request.kind == wanted_host_kind)  // of use to a running session only
      (void)approvals_->decide(entry.id, {approval::State::denied, approval::Scope::once, "end"});
  approvals_->close();
}

// ---- hosts that a human is asked about ----

std::string Supervisor::on_domain_wanted(std::string_view host) {
  if (!gateway_ || !approvals_) return "this session has no network";
  const auto wanted = wanted_by_agent(host);
  if (!wanted) return "not a host: " + wanted.error().why;
  return ask_for_host(*wanted);
}

// Counted, and asked once at a time. Asking grants nothing. What it says is for the agent.
std::string Supervisor::ask_for_host(const WantedHost& wanted) {
  const std::string key = key_of(wanted);
  for (const auto& entry : approvals_->pending())
    if (entry.request.remember == key) return "asked already; the answer is up to the human";
  if (!wanted_hosts_.contains(key) && wanted_hosts_.size() >= hosts_asked_max)
    return "too many requests in this session";
  if (wanted_hosts_[key] >= host_repeats_max) return "the human has answered this often enough";
  const auto id = approvals_->ask(request_for(wanted), {});
  if (!id) return "the human can't be asked: " + id.error().why;
  ++wanted_hosts_[key];
  const auto* entry = approvals_->find(*id);
  if (entry == nullptr || entry->is_pending()) return "asked";
  if (entry->answer.state == approval::State::approved) return "allowed already";
  return "refused: " + std::string(entry->answer.by == "policy" ? "nobody is there to be asked" : "the human said no");
}

void Supervisor::on_observed(const gateway::Observation& seen) {
  audit::Event event = network_event(seen);
  settings_reads_.mark(event, seen.bytes_out, clock_.steady_now());
  record(std::move(event));
  if (!approvals_ || phase_ == Phase::ended) return;
  if (const auto wanted = wanted_by_rule(seen)) (void)ask_for_host(*wanted);
}

}  // namespace bailey::session
