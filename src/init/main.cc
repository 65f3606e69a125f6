// bailey-init: PID 1 of a sandbox. A static program without exceptions, executed from a descriptor by the supervisor
// inside fresh namespaces, so that nothing of the supervisor's memory is in it. It builds the sandbox in the order
// below, gives everything up, and then only starts, signals and reaps commands (init/protocol.h).
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "init/answer.h"
#include "init/commands.h"
#include "init/confine.h"
#include "init/lockdown.h"
#include "init/mounts.h"
#include "init/network.h"
#include "init/protocol.h"
#include "init/wire.h"

namespace bailey::init {
namespace {

struct Setup {
  const char* data = nullptr;
  std::size_t size = 0;
};

Failure map_setup(Setup& setup) {
  struct stat status {};
  if (::fstat(setup_fd, &status) != 0) return failure("read the setup", errno);
  setup.size = static_cast<std::size_t>(status.st_size);
  void* mapped = ::mmap(nullptr, setup.size, PROT_READ, MAP_PRIVATE, setup_fd, 0);
  if (mapped == MAP_FAILED) return failure("read the setup", errno);
  setup.data = static_cast<const char*>(mapped);
  ::close(setup_fd);
  return done();
}

// The whole sandbox, in order. `landlock_abi` is reported to the supervisor.
Failure build(const Setup& bytes, Listeners& listeners, std::uint32_t& landlock_abi) {
  WireReader setup(bytes.data, bytes.size);
  const std::uint32_t left_out = setup.u32();
  const unsigned uid = setup.u32();
  const unsigned gid = setup.u32();
  const std::string_view host_name = setup.text();
  const auto network = Network{setup.u32()};
  const std::string_view rules = setup.text();
  const auto wanted = [left_out](std::uint32_t layer) { return (left_out & layer) == 0; };

  Redirection redirection;
  if (network == Network::gateway)
    if (auto failed = begin_redirection(redirection, rules)) return failed;
  if (auto failed = enter_scratch_root()) return failed;
  if (auto failed = build_root(setup, setup.u32())) return failed;
  const Fd host_proc(::open("/old/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (wanted(without::network_namespace))
    if (auto failed = raise_loopback()) return failed;
  if (auto failed = set_host_name(host_name)) return failed;
  if (auto failed = enter_cgroup_namespace()) return failed;
  if (auto failed = leave_host_root()) return failed;
  if (network == Network::gateway) {
    if (auto failed = route_everything_to_loopback()) return failed;
    if (auto failed = open_listeners(listeners)) return failed;
  }
  if (wanted(without::second_user_namespace))
    if (auto failed = enter_second_user_namespace(host_proc.get(), uid, gid)) return failed;
  if (wanted(without::capability_drop))
    if (auto failed = drop_capabilities()) return failed;
  if (auto failed = forbid_new_privileges()) return failed;
  if (auto failed = set_resource_limits(setup)) return failed;
  if (auto failed = restrict_files(setup, wanted(without::landlock) ? Wall::up : Wall::left_out, landlock_abi))
    return failed;
  if (!setup.ok()) return failure("read the setup", EBADMSG);
  if (network == Network::gateway)
    if (auto failed = finish_redirection(redirection)) return failed;
  // Last: from here on even init can do only what the agent can.
  if (auto failed = restrict_system_calls(setup, wanted(without::seccomp) ? Wall::up : Wall::left_out)) return failed;
  return done();
}

void serve(Commands& commands) {
  char bytes[message_bytes_max];
  iovec part{bytes, sizeof bytes};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int) * 4)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  const ssize_t count = ::recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) ::_exit(0);  // the supervisor is gone: the kernel kills everybody with us
  Fd fds[4];
  if (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    const std::size_t passed = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < passed && i < 4; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      fds[i] = Fd(fd);
    }
  }
  WireReader request(bytes, static_cast<std::size_t>(count));
  switch (Request{request.u8()}) {
    case Request::start:
      commands.start(request, std::move(fds[0]), Standard{{std::move(fds[1]), std::move(fds[2]), std::move(fds[3])}});
      break;
    case Request::signal:
      commands.signal(request);
      break;
    case Request::kill_rest:
      commands.kill_rest();
      break;
  }
}

[[noreturn]] void run() {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int ended = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);

  Setup setup;
  Listeners listeners;
  std::uint32_t landlock_abi = 0;
  Failure failed = map_setup(setup);
  if (!failed) failed = build(setup, listeners, landlock_abi);
  if (failed) {
    Answer(Event::failed)
        .u32(static_cast<std::uint32_t>(failed.error))
        .text(failed.stage)
        .text(failed.detail)
        .send(control_fd);
    ::_exit(1);
  }
  // After the last change of credentials, which would clear it. The socket's end covers the moment before.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::fcntl(control_fd, F_SETFD, FD_CLOEXEC);
  if (listeners.any()) listeners.hand_over(control_fd);
  Answer(Event::ready).u32(landlock_abi).send(control_fd);

  Commands commands(control_fd);
  while (true) {
    pollfd waiting[] = {{control_fd, POLLIN, 0}, {ended, POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) continue;
    if (waiting[1].revents != 0) {
      signalfd_siginfo info[8];
      while (::read(ended, info, sizeof info) > 0) {
      }
      commands.reap();
    }
    if (waiting[0].revents != 0) serve(commands);
  }
}

}  // namespace
}  // namespace bailey::init

int main() {
  // Not for the command line: without the supervisor's descriptors there is nothing to do.
  if (::getpid() != 1 || ::fcntl(bailey::init::control_fd, F_GETFD) < 0) return 125;
  bailey::init::run();
}
