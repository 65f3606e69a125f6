// Checkpoints of the workspace and the way back to one. The supervisor neither reads the agent's tree nor writes to it:
// a process of ours reads (checkpoint_service.h), `bailey restore` in the sandbox writes.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "os/files.h"
#include "session/checkpoint_service.h"
#include "session/supervisor_state.h"
#include "workspace/checkpoint_store.h"

namespace bailey::session {
namespace {

std::int64_t number_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? 0 : value->as_int().value_or(0);
}

// What the user should know, one line each.
std::vector<std::string> lines_about(const json::Value& report, CheckpointAction action) {
  std::vector<std::string> lines;
  if (const auto* notes = report.find("notes"); notes != nullptr && notes->as_array() != nullptr)
    for (const auto& note : *notes->as_array())
      if (note.as_string() != nullptr) lines.push_back(*note.as_string());
  if (const auto* dropped = report.find("dropped");
      dropped != nullptr && dropped->as_array() != nullptr && !dropped->as_array()->empty()) {
    std::string numbers;
    for (const auto& number : *dropped->as_array())
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(number.as_int().value_or(0));
    lines.push_back("older checkpoints were dropped to make room: " + numbers);
  }
  if (action == CheckpointAction::undo) {
    if (const auto left = number_of(report, "left"); left != 0)
      lines.push_back(std::to_string(left) + " file(s) are being written by the agent and may differ; do it again");
    lines.push_back("back at checkpoint " + std::to_string(number_of(report, "number")) +
                    "; what was there before is checkpoint " + std::to_string(number_of(report, "before")));
  } else {
    lines.push_back("checkpoint " + std::to_string(number_of(report, "number")));
  }
  return lines;
}

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

void Supervisor::on_checkpoint(std::unique_ptr<Connection> connection, const CheckpointRequest& request) {
  const auto asker = std::make_shared<std::unique_ptr<Connection>>(std::move(connection));
  const auto action = request.action;
  const auto answer = [this, asker, action](const Result<json::Value>& report) {
    record_checkpoint(report, action == CheckpointAction::undo ? audit::Name("undo") : audit::Name("save_checkpoint"));
    if (report) {
      for (const auto& line : lines_about(*report, action)) (void)(*asker)->send(Notice{line});
      (void)(*asker)->send(Exit{0, {}});
      if (action == CheckpointAction::undo)
        tell("the user took the workspace back to checkpoint " + std::to_string(number_of(*report, "number")));
    } else {
      (void)(*asker)->send(to_failure(report.error()));
    }
    (*asker)->finish();
    (*asker)->set_handlers({});
    loop_->dispose(std::move(*asker));
  };
  const char* what = action == CheckpointAction::undo ? "undo" : "save a checkpoint";
  if (phase_ != Phase::running) return answer(fail(what, "the session is starting or ending", "do it again"));
  if (checkpoint_) return answer(fail(what, "another checkpoint is being saved or restored", "do it again"));
  auto started = action == CheckpointAction::undo ? start_undo(request.text, answer)
                                                  : start_checkpoint("asked for", request.text, answer);
  if (!started) answer(std::unexpected(std::move(started).error()));
}

Status Supervisor::start_checkpoint(const std::string& reason, const std::string& name, CheckpointDone done) {
  return start_checkpoint_service({"save", request_.claim.directory, reason, name}, -1, -1, std::move(done));
}

// Empty `which` finishes what was cut off, when there is something.
Status Supervisor::start_undo(const std::string& which, CheckpointDone done) {
  auto down = TRY(make_pipe());
  auto up = TRY(make_pipe());
  const Fd null = TRY(os::open_file("/dev/null", O_RDWR));
  sandbox::CommandSpec command{
      .id = restore_id, .argv = {"/run/bailey/bin/bailey", "restore"}, .environment = environment_};
  command.standard[0] = down.read.get();
  command.standard[1] = up.write.get();
  command.standard[2] = null.get();
  std::vector<std::string> arguments{phase_ == Phase::running ? "undo" : "finish", request_.claim.directory};
  if (phase_ == Phase::running) arguments.push_back(which);
  TRY_STATUS(start_checkpoint_service(std::move(arguments), up.read.get(), down.write.get(), std::move(done)));
  auto started = sandbox_->start(command);
  if (!started) {
    checkpoint_.reset();  // ends the service
    return started;
  }
  return {};
}

Status Supervisor::start_checkpoint_service(std::vector<std::string> arguments, int from_sandbox, int to_sandbox,
                                            CheckpointDone done) {
  Fd report(::memfd_create("checkpoint", MFD_CLOEXEC));
  if (!report) return fail_errno("memfd_create");
  os::Command command;
  command.argv = {request_.program, "__checkpoint"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = {"PATH=/usr/bin:/bin"};
  command.directory = request_.claim.directory;
  command.stdin_fd = from_sandbox;
  command.stdout_fd = to_sandbox;
  command.stderr_fd = 2;
  command.extra_fds = {{report.get(), checkpoint_report_fd}};
  CheckpointService service{TRY(os::spawn(command)), std::move(report), {}, std::move(done)};
  service.watch = TRY(loop_->watch(service.child.pidfd(), event::Interest::read,
                                   [this](event::Ready) { on_checkpoint_service_end(); }));
  checkpoint_ = std::move(service);
  return {};
}

void Supervisor::on_checkpoint_service_end() {
  CheckpointService service = std::move(*checkpoint_);
  checkpoint_.reset();
  (void)service.child.wait();
  const auto report = read_checkpoint_report(service.report.get());
  service.done(report ? report : Result<json::Value>(std::unexpected(Error(report.error()).or_remedy("do it again"))));
}

void Supervisor::record_checkpoint(const Result<json::Value>& report, audit::Name action) {
  audit::Event event{
      .level = report ? audit::Level::info : audit::Level::warning, .category = audit::Category::fs, .action = action};
  if (report)
    event.subject.add("number", number_of(*report, "number")).add("operations", number_of(*report, "operations"));
  else event.subject.add("why", report.error().why);
  record(std::move(event));
}

void Supervisor::finish_undo() {
  if (!workspace::undo_under_way(request_.claim.directory) || !sandbox_) return checkpoint_work();
  const auto go_on = [this](const Result<json::Value>& report) {
    record_checkpoint(report, "undo");
    if (!report) tell("an undo that was cut off could not be finished: " + report.error().why);
    else changed_.reset();
    checkpoint_work();
  };
  if (auto started = start_undo("", go_on); !started) go_on(std::unexpected(started.error()));
}

void Supervisor::checkpoint_work() {
  if (!has_changed()) return wait_for_landing();
  const auto go_on = [this](const Result<json::Value>& report) {
    record_checkpoint(report, "save_checkpoint");
    if (!report) tell("no checkpoint: " + report.error().why);
    autosave();
  };
  if (auto started = start_checkpoint("auto-save", "", go_on); !started) go_on(std::unexpected(started.error()));
}

}  // namespace bailey::session
