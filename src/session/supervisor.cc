#include "session/supervisor.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "gateway/plan_rules.h"
#include "json/write.h"
#include "os/files.h"
#include "os/socket.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

constexpr std::chrono::milliseconds output_idle_max{200};  // after a command's end, for output that is on its way

// No terminal, no inherited descriptor but the locks and the client's connection; a log for what should never happen.
Status detach_from_client(const SuperviseRequest& request, int client) {
  ::setsid();  // fails, and does not matter, when that was done before (cli/fork_start.h)
  // Undumpable: another process of the user can't be talked into reading the signing key out of our memory.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Nor does a crash of ours, or of anything that we start, leave memory in a file.
  const rlimit no_core{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  const Fd null = TRY(os::open_file("/dev/null", O_RDWR));
  const Fd log =
      TRY(os::open_file(os::join(request.claim.directory, "supervisor.log"), O_WRONLY | O_CREAT | O_APPEND, 0600));
  if (::dup2(null.get(), 0) < 0 || ::dup2(log.get(), 1) < 0 || ::dup2(log.get(), 2) < 0) return fail_errno("dup2");
  int keep[] = {2, request.claim.lock.get(), request.claim.branch_lock.get(), client};
  std::sort(std::begin(keep), std::end(keep));
  for (std::size_t i = 0; i < std::size(keep); ++i) {
    const unsigned last = i + 1 < std::size(keep) ? static_cast<unsigned>(keep[i + 1]) - 1 : ~0U;
    if (const auto first = static_cast<unsigned>(keep[i] + 1); keep[i] >= 2 && first <= last)
      (void)::close_range(first, last, 0);
  }
  if (::chdir("/") != 0) return fail_errno("chdir /");
  return {};
}

}  // namespace

void supervise(const Registry& registry, SuperviseRequest request, Fd client) {
  const SystemClock clock;
  if (auto detached = detach_from_client(request, client.get()); !detached) ::_exit(125);
  // Never destroyed: run() leaves nothing to do, and what a process holds is given back faster by its end.
  auto* const supervisor = new Supervisor(registry, std::move(request), clock);
  ::_exit(supervisor->run(std::move(client)));
}

Result<Fd> start_supervisor(const Registry& registry, SuperviseRequest request) {
  auto [ours, theirs] = TRY(os::socket_pair(os::SocketKind::stream));
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("fork the supervisor");
  if (pid != 0) return std::move(ours);
  ours.reset();
  supervise(registry, std::move(request), std::move(theirs));
}

std::string guest_socket_path(const std::string& session_directory) {
  return os::join(session_directory, "guest.sock");
}

int Supervisor::run(Fd client) {
  auto identity = identity_of(::getpid());
  if (identity) request_.record.supervisor = *identity;
  if (auto opened = open_loop(std::move(client)); !opened) {
    ::dprintf(2, "%s\n", to_lines(opened.error()).c_str());
    return 125;
  }
  using Stage = Status (Supervisor::*)();
  // The gateway starts while the workspace is made, and what it says is written down while init builds the sandbox.
  const Stage stages[] = {&Supervisor::open_log,          &Supervisor::open_approvals,    &Supervisor::start_tokens,
                          &Supervisor::spawn_gateway,     &Supervisor::prepare_workspace, &Supervisor::fill_home,
                          &Supervisor::create_quarantine, &Supervisor::open_guest_socket, &Supervisor::launch_sandbox,
                          &Supervisor::write_trust,       &Supervisor::await_sandbox,     &Supervisor::connect_gateway,
                          &Supervisor::start_command};
  for (const Stage stage : stages) {
    if (auto done = (this->*stage)(); !done) {
      fail_start(done.error());
      break;
    }
  }
  (void)loop_->run();
  close_log();
  return 0;
}

Status Supervisor::open_loop(Fd client) {
  loop_ = TRY(event::Loop::create(clock_));
  signals_ =
      TRY(loop_->watch_signals({SIGTERM, SIGINT}, [this](int) { stop(StopMode::save, "stopped by a signal", 124); }));
  control_ = TRY(ControlServer::open(
      *loop_, request_.claim.directory,
      {.on_attach = [this](std::unique_ptr<Connection> c, const Attach& attach) { on_attach(std::move(c), attach); },
       .on_exec = [this](std::unique_ptr<Connection> c, Exec exec) { on_exec(std::move(c), std::move(exec)); },
       .on_stop = [this](std::unique_ptr<Connection> c, StopMode mode) { on_stop(std::move(c), mode); },
       .on_status = [this](std::unique_ptr<Connection> c) { on_status(std::move(c)); },
       .on_rule = [this](std::unique_ptr<Connection> c, const SayRule& said) { on_network_rule(std::move(c), said); },
       .on_approval = [this](std::unique_ptr<Connection> c,
                             const ApprovalAnswer& said) { on_approval(std::move(c), said); },
       .on_revoke = [this](std::unique_ptr<Connection> c,
                           const RevokeChoice& revoked) { on_revoke(std::move(c), revoked); },
       .on_checkpoint = [this](std::unique_ptr<Connection> c,
                               const CheckpointRequest& request) { on_checkpoint(std::move(c), request); }}));
  auto log = TerminalLog::open(request_.claim.directory);
  if (log) terminal_log_ = std::move(*log);
  Command main{.id = main_id};
  main.io = TRY(CommandIo::create(
      *loop_, request_.io, request_.size, terminal_log_ ? &*terminal_log_ : nullptr,
      {.on_stop = [this](StopMode mode) { stop(mode, "stopped by the user", 124); },
       .on_end =
           [this] {
             if (phase_ == Phase::draining) loop_->defer([this] { finish(); });
           },
       .on_none_left =
           [this] {
             if (phase_ == Phase::ended && client_seen_) loop_->stop();
           },
       .next_prompt = [this](const auto& later) { return next_prompt(later); },
       .on_answer = [this](std::uint64_t id, ApprovalChoice choice) { return on_answer(id, choice); }}));
  commands_.push_back(std::move(main));
  return control_->adopt(std::move(client));
}

Supervisor::Position Supervisor::find(std::uint32_t id) {
  Position found = commands_.begin();
  while (found != commands_.end() && found->id != id) ++found;
  return found;
}

void Supervisor::on_sandbox_event() {
  auto event = sandbox_->next_event();
  if (!event) return on_gone();
  if (auto* started = std::get_if<sandbox::Started>(&*event)) return handle(*started, std::move(started->terminal));
  if (const auto* refused = std::get_if<sandbox::Refused>(&*event)) return handle(*refused);
  if (const auto* ended = std::get_if<sandbox::Ended>(&*event)) return handle(*ended);
  if (std::holds_alternative<sandbox::Quiet>(*event)) {
    if (phase_ == Phase::emptying) save_work();
    return;
  }
  on_gone();
}

void Supervisor::handle(const sandbox::Started& started, Fd terminal) {
  const Position command = find(started.id);
  if (command == commands_.end()) return;
  (void)command->io->started(std::move(terminal));
  if (started.id != main_id) return;
  request_.record.status = SessionStatus::running;
  save_record();
  settle_later();
}

void Supervisor::handle(const sandbox::Refused& refused) {
  const Position command = find(refused.id);
  if (command == commands_.end()) return;
  command->status = refused.error == ENOENT ? 127 : 126;
  const std::string why = std::string("the command could not be started: ") + std::strerror(refused.error);
  if (refused.id == main_id) tell(why);
  else command->io->viewers().notice(Notice{why});
  command->io->abandon();
  if (refused.id == main_id) return begin_end();
  if (refused.id == save_id) return on_saved(*command->status);
  if (refused.id >= first_exec_id) finish_exec(command);
}

void Supervisor::handle(const sandbox::Ended& ended) {
  const Position command = find(ended.id);
  if (command == commands_.end()) return;
  command->status = os::shell_status(ended.wait_status);
  if (ended.id == save_id) return on_saved(*command->status);
  // What it left in the background may still hold the terminal: the end of the command ends them too.
  if (ended.id == main_id) return begin_end();
  finish_exec(command);
}

// The command has ended. Its output may not have: wait for the end of it, or until nothing comes any more, because a
// background process may hold the pipe open for ever.
void Supervisor::finish_exec(Position command) {
  if (command->finished || !command->status) return;
  const std::uint32_t id = command->id;
  const bool flows = command->io->viewers().is_paused() || command->io->output_bytes() != command->seen_bytes;
  if (!command->io->has_ended() && (flows || !command->waiting)) {
    command->seen_bytes = command->io->output_bytes();
    command->waiting = loop_->after(output_idle_max, [this, id] {
      if (const Position again = find(id); again != commands_.end()) finish_exec(again);
    });
    return;
  }
  command->finished = true;
  const int status = *command->status;
  loop_->defer([this, id, status] {
    const Position again = find(id);
    if (again != commands_.end()) again->io->viewers().finish(Exit{static_cast<std::uint8_t>(status), {}});
  });
}

void Supervisor::on_gone() {
  sandbox_watch_.reset();
  if (phase_ == Phase::ended) return;
  // init was killed from outside: nothing runs any more, the workspace is on disk and can be saved by a new sandbox.
  if (stop_reason_.empty()) stop_reason_ = "the sandbox was killed";
  if (stop_status_ == 0) stop_status_ = 137;
  record({.level = audit::Level::warning, .action = "sandbox_gone"});
  if (!std::exchange(rebuilt_, true) && save_in_new_sandbox()) return;
  gone_ = true;
  finish();
}

void Supervisor::on_attach(std::unique_ptr<Connection> connection, const Attach& attach) {
  auto& viewers = find(main_id)->io->viewers();
  client_seen_ = true;
  for (const auto& text : std::exchange(untold_, {})) (void)connection->send(Notice{text});
  viewers.add(std::move(connection), attach);
}

void Supervisor::on_exec(std::unique_ptr<Connection> connection, Exec exec) {
  const auto refuse = [&](const Error& error) {
    (void)connection->send(to_failure(error));
    connection->finish();
    connection->set_handlers({});
    loop_->dispose(std::move(connection));
  };
  if (phase_ != Phase::running)
    return refuse({"run a command in '" + request_.claim.name + "'", "the session is ending or starting", {}, 0});
  const std::uint32_t id = next_id_++;
  Command command{.id = id};
  auto io = CommandIo::create(*loop_, exec.tty ? IoKind::terminal : IoKind::pipes, exec.size, nullptr,
                              {.on_stop =
                                   [this, id](StopMode) {
                                     if (sandbox_) sandbox_->signal(id, SIGKILL);
                                   },
                               .on_end =
                                   [this, id] {
                                     if (const Position p = find(id); p != commands_.end()) finish_exec(p);
                                   },
                               .on_none_left =
                                   [this, id] {
                                     const Position p = find(id);
                                     if (p == commands_.end()) return;
                                     if (!p->status && sandbox_) sandbox_->signal(id, SIGHUP);  // its terminal is gone
                                     if (p->status)
                                       loop_->defer([this, id] {
                                         if (const Position q = find(id); q != commands_.end()) commands_.erase(q);
                                       });
                                   }});
  if (!io) return refuse(io.error());
  sandbox::CommandSpec spec{.id = id, .argv = exec.argv, .environment = environment_};
  for (auto& pair : exec.environment) spec.environment.push_back(pair);
  if (!exec.directory.empty()) spec.directory = exec.directory;
  else if (!request_.spec.workspace.git.prefix.empty())
    spec.directory = os::join(sandbox::workspace_path, request_.spec.workspace.git.prefix);
  spec.terminal = exec.tty;
  spec.rows = exec.size.rows;
  spec.columns = exec.size.columns;
  for (int number = 0; number < 3; ++number) spec.standard[number] = (*io)->child_end(number);
  if (auto started = sandbox_->start(spec); !started) return refuse(started.error());
  audit::Event event{.category = audit::Category::exec, .action = "exec"};
  event.subject.add("command", exec.argv.front()).add("arguments", exec.argv.size());
  record(std::move(event));
  command.io = std::move(*io);
  command.io->viewers().add(std::move(connection), Attach{exec.size, exec.tty, false});
  commands_.push_back(std::move(command));
}

void Supervisor::on_stop(std::unique_ptr<Connection> connection, StopMode mode) {
  connection->set_handlers({});
  stop_waiters_.push_back(std::move(connection));
  stop(mode, "stopped by the user", 124);
}

void Supervisor::on_status(std::unique_ptr<Connection> connection) {
  client_seen_ = true;
  (void)connection->send(StatusReply{json::write(to_json(request_.record))});
  connection->finish();
  connection->set_handlers({});
  loop_->dispose(std::move(connection));
}

void Supervisor::on_network_rule(std::unique_ptr<Connection> connection, const SayRule& said) {
  const auto done = [&]() -> Status {
    return say_rule(TRY(gateway::rule_said(
        said.allow == RuleWord::allow ? policy::RuleAction::allow : policy::RuleAction::block, said.pattern)));
  }();
  end_with(std::move(connection), done);
}

void Supervisor::stop(StopMode mode, std::string reason, int status) {
  if (phase_ == Phase::ended || (phase_ != Phase::running && mode == StopMode::save)) return;
  if (stop_reason_.empty()) {
    audit::Event event{.level = audit::Level::notice, .action = "stop"};
    event.subject.add("reason", reason);
    record(std::move(event));
    stop_reason_ = std::move(reason);
    stop_status_ = status;
  }
  if (phase_ == Phase::running) return begin_end();
  // Forced while saving: what hangs is killed; the work stays in the workspace.
  if (checkpoint_) checkpoint_->child.kill(SIGKILL);
  if (sandbox_) sandbox_->signal(save_id, SIGKILL);
}

void Supervisor::record(audit::Event event) {
  if (!log_) return;
  const auto appended = log_->append(event);
  if (appended || phase_ == Phase::ended) return;
  if (stop_reason_.empty() && phase_ == Phase::running)
    loop_->defer([this, why = to_lines(appended.error())] { stop(StopMode::save, "the audit log: " + why, 124); });
}

void Supervisor::save_record() {
  if (auto saved = registry_.save(request_.record); !saved) ::dprintf(2, "%s\n", to_lines(saved.error()).c_str());
}

void Supervisor::tell(const std::string& notice) {
  if (!client_seen_) return untold_.push_back(notice);  // the client that started us has not spoken yet
  find(main_id)->io->viewers().notice(Notice{notice});
}

void Supervisor::progress(const std::string& text) { find(main_id)->io->viewers().notice(Progress{text}); }

}  // namespace bailey::session
