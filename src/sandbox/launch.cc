#include "sandbox/launch.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "init/mount_calls.h"
#include "init/wire.h"
#include "os/files.h"
#include "os/socket.h"
#include "sandbox/remedies.h"

namespace bailey::sandbox {
namespace {

struct ChildInput {
  int init_program;
  int control;
  int setup;
  int release;  // read end; a byte arrives when the id maps and the cgroup are in place
  const std::vector<int>* given;
  bool started_as_root;
  HostIds ids;
  std::uint32_t left_out;
};

bool write_text(const char* path, const char* text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const auto size = static_cast<ssize_t>(std::strlen(text));
  const bool whole = ::write(fd, text, static_cast<std::size_t>(size)) == size;
  ::close(fd);
  return whole;
}

// Ambient capabilities survive exec for a uid other than 0 (capabilities(7)); init drops them all later.
bool keep_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  for (auto& word : data) word.inheritable = word.permitted;
  if (::syscall(SYS_capset, &header, data) != 0) return false;
  for (unsigned long capability = 0; capability < 64; ++capability)
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0 && errno == EINVAL) break;
  return true;
}

// Between clone and exec: async-signal-safe calls only. Failures travel as the exit status, 1 + errno at most 127.
[[noreturn]] void child_main(const ChildInput& input) {
  const auto give_up = [] { ::_exit(errno == 0 || errno > 126 ? 127 : errno); };
  char go = 0;
  if (::read(input.release, &go, 1) != 1) ::_exit(127);
  if (input.started_as_root) {
    if (::setgroups(0, nullptr) != 0) give_up();
    if (::setresgid(agent_gid, agent_gid, agent_gid) != 0 || ::setresuid(agent_uid, agent_uid, agent_uid) != 0)
      give_up();
  }
  if (!keep_capabilities()) give_up();
  // What our own caller left open without close-on-exec must not reach the agent.
  if (::close_range(init::control_fd, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up();
  for (const int fd : *input.given)
    if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
  // Out of the way of the fixed numbers first: any of the three may be one of them.
  const auto moved = [](int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, init::setup_fd + 1); };
  const int program = moved(input.init_program);
  const int control = moved(input.control);
  const int setup = moved(input.setup);
  if (program < 0 || ::dup2(control, init::control_fd) < 0 || ::dup2(setup, init::setup_fd) < 0) give_up();
  ::signal(SIGPIPE, SIG_IGN);
  ::setsid();
  char name[] = "bailey-init";
  char* argv[] = {name, nullptr};
  char* environment[] = {nullptr};
  ::syscall(SYS_execveat, program, "", argv, environment, AT_EMPTY_PATH);
  give_up();
  ::_exit(127);
}

Status write_maps(pid_t pid, const HostIds& ids, bool as_root) {
  const std::string proc = "/proc/" + std::to_string(pid);
  const auto line = [](unsigned inside, unsigned outside) {
    return std::to_string(inside) + " " + std::to_string(outside) + " 1";
  };
  // An unprivileged writer may only map its own gid, and only once setgroups is off (user_namespaces(7)).
  if (!as_root && !write_text((proc + "/setgroups").c_str(), "deny")) return fail_errno("write setgroups");
  if (!write_text((proc + "/uid_map").c_str(), line(agent_uid, ids.uid).c_str())) return fail_errno("write uid_map");
  if (!write_text((proc + "/gid_map").c_str(), line(agent_gid, ids.gid).c_str())) return fail_errno("write gid_map");
  return {};
}

std::uint64_t namespaces(std::uint32_t left_out) {
  std::uint64_t flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  if ((left_out & init::without::network_namespace) == 0) flags |= CLONE_NEWNET;
  return flags | CLONE_NEWPID;
}

pid_t clone_child(std::uint64_t flags, int& pidfd) {
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
}

// As root the agent's uid can't walk to root's directories: the supervisor opens the trees and passes them on.
Result<std::vector<int>> open_sources(const SandboxPlan& plan, std::vector<Fd>& owned) {
  std::vector<int> given(plan.steps.size(), -1);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    if (step.kind != init::Step::bind) continue;
    Fd tree(init::sys_open_tree(AT_FDCWD, step.source.c_str(),
                                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW));
    if (!tree) {
      if (errno == ENOENT && (step.flags & init::bind_flag::optional) != 0) continue;
      return fail_errno("open '" + step.source + "'");
    }
    Fd high(::fcntl(tree.get(), F_DUPFD_CLOEXEC, 100));
    if (!high) return fail_errno("dup");
    given[i] = high.get();
    owned.push_back(std::move(high));
  }
  return given;
}

std::vector<MountStep> without_absent_optionals(const SandboxPlan& plan, std::vector<int>& given) {
  std::vector<MountStep> kept;
  std::vector<int> kept_given;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    if (step.kind == init::Step::bind && given[i] < 0) continue;
    kept.push_back(step);
    kept_given.push_back(given[i]);
  }
  given = std::move(kept_given);
  return kept;
}

std::vector<Fd> take_listeners(os::Message message) {
  init::WireReader reader(message.bytes.data(), message.bytes.size());
  reader.u8();
  const std::uint32_t present = reader.u32();
  std::vector<Fd> sockets(init::listeners_count);
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < init::listeners_count; ++i)
    if ((present >> i & 1U) != 0 && next < message.fds.size()) sockets[i] = std::move(message.fds[next++]);
  return sockets;
}

}  // namespace

Result<Sandbox> begin_launch(const SandboxPlan& plan, const std::string& init_program, const Cgroup& cgroup) {
  const bool as_root = ::geteuid() == 0;
  SandboxPlan effective = plan;
  std::vector<Fd> owned;
  std::vector<int> given;
  if (as_root) {
    given = TRY(open_sources(plan, owned));
    effective.steps = without_absent_optionals(plan, given);
  }
  const Fd setup = TRY(os::sealed_memory("bailey-setup", encode_setup(effective, given)));
  const Fd program = TRY(os::open_file(init_program, O_RDONLY));
  auto [ours, theirs] = TRY(os::socket_pair(os::SocketKind::packet));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  const Fd release_read(ends[0]);
  Fd release_write(ends[1]);

  const ChildInput input{program.get(), theirs.get(), setup.get(), release_read.get(),
                         &given,        as_root,      plan.ids,    plan.left_out};
  int pidfd = -1;
  const std::uint64_t flags = namespaces(plan.left_out);
  // The files in /proc/<pid> of an undumpable process belong to root (proc(5)): the child must not be one until its id
  // maps are written.
  const int dumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  pid_t pid = clone_child(flags | CLONE_NEWTIME, pidfd);
  if (pid < 0 && errno == EINVAL) pid = clone_child(flags, pidfd);  // a kernel without time namespaces
  if (pid != 0) ::prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
  if (pid < 0) return std::unexpected(with_clone_remedy(errno));
  if (pid == 0) child_main(input);
  Sandbox sandbox;
  sandbox.init_ = os::Child(pid, Fd(pidfd));
  sandbox.control_ = std::move(ours);
  if (auto mapped = write_maps(pid, plan.ids, as_root); !mapped)
    return std::unexpected(std::move(mapped).error().within("map the agent's ids").or_remedy(user_namespace_remedy()));
  TRY_STATUS(cgroup.add(pid));
  if (::write(release_write.get(), "g", 1) != 1) return fail_errno("release the sandbox's init");
  return sandbox;
}

Status Sandbox::wait_until_built() {
  auto answer = TRY(os::receive_message(control_.get(), init::message_bytes_max));
  if (!answer.bytes.empty() && answer.bytes[0] == static_cast<char>(init::Event::listeners)) {
    listeners_ = take_listeners(std::move(answer));
    counters_ = std::move(listeners_[static_cast<std::size_t>(init::Listener::counters)]);
    answer = TRY(os::receive_message(control_.get(), init::message_bytes_max));
  }
  init::WireReader reader(answer.bytes.data(), answer.bytes.size());
  const auto event = static_cast<init::Event>(reader.u8());
  if (answer.bytes.empty()) {
    const int status = os::shell_status(TRY(init_.wait()));
    return std::unexpected(Error{"start the sandbox's init", std::strerror(status < 127 ? status : ECHILD),
                                 "run `bailey doctor`", status});
  }
  if (event == init::Event::failed) {
    const auto error = static_cast<int>(reader.u32());
    const std::string stage(reader.text());
    const std::string detail(reader.text());
    return std::unexpected(stage_error(stage, detail, error));
  }
  landlock_abi_ = static_cast<int>(reader.u32());
  return {};
}

Result<Sandbox> launch(const SandboxPlan& plan, const std::string& init_program, const Cgroup& cgroup) {
  Sandbox sandbox = TRY(begin_launch(plan, init_program, cgroup));
  TRY_STATUS(sandbox.wait_until_built());
  return sandbox;
}

Result<SandboxEvent> Sandbox::next_event() {
  auto message = TRY(os::receive_message(control_.get(), init::message_bytes_max));
  if (message.bytes.empty()) return SandboxEvent(Gone{});
  init::WireReader reader(message.bytes.data(), message.bytes.size());
  const auto event = static_cast<init::Event>(reader.u8());
  const std::uint32_t id = event == init::Event::quiet ? 0 : reader.u32();
  switch (event) {
    case init::Event::started: {
      Started started{id, Fd()};
      if (!message.fds.empty()) started.terminal = std::move(message.fds.front());
      return SandboxEvent(std::move(started));
    }
    case init::Event::refused:
      return SandboxEvent(Refused{id, static_cast<int>(reader.u32())});
    case init::Event::ended:
      return SandboxEvent(Ended{id, static_cast<int>(reader.u32())});
    case init::Event::quiet:
      return SandboxEvent(Quiet{});
    default:
      return fail("read from the sandbox's init", "an unknown message");
  }
}

Status Sandbox::start(const CommandSpec& command) const {
  init::WireWriter program;
  program.text(command.directory);
  const auto list = [&program](const std::vector<std::string>& strings) {
    program.u32(static_cast<std::uint32_t>(strings.size()));
    for (const auto& text : strings) program.text(text);
  };
  list(command.argv);
  list(command.environment);
  if (program.bytes().size() > init::setup_bytes_max || command.argv.size() > init::argv_count_max)
    return fail("start a command", "its arguments are too long", "pass long input through a file or stdin");
  const Fd memory = TRY(os::sealed_memory("bailey-command", program.bytes()));
  init::WireWriter request;
  request.u8(static_cast<std::uint8_t>(init::Request::start));
  request.u32(command.id);
  request.u8(command.terminal ? 1 : 0);
  request.u32(command.rows);
  request.u32(command.columns);
  std::vector<int> fds = {memory.get()};
  if (!command.terminal) fds.insert(fds.end(), std::begin(command.standard), std::end(command.standard));
  return os::send_message(control_.get(), request.bytes(), fds);
}

void Sandbox::signal(std::uint32_t id, int number) const {
  init::WireWriter request;
  request.u8(static_cast<std::uint8_t>(init::Request::signal));
  request.u32(id);
  request.u32(static_cast<std::uint32_t>(number));
  (void)os::send_message(control_.get(), request.bytes());
}

void Sandbox::kill_rest() const {
  init::WireWriter request;
  request.u8(static_cast<std::uint8_t>(init::Request::kill_rest));
  (void)os::send_message(control_.get(), request.bytes());
}

void Sandbox::destroy() {
  control_.reset();
  init_ = os::Child();
}

}  // namespace bailey::sandbox
