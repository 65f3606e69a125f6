#include "init/commands.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "init/answer.h"

namespace bailey::init {
namespace {

constexpr int grace_ms = 1500;  // between SIGTERM and SIGKILL
constexpr int step_ms = 5;

// Pointers into the mapped program; static, so that untouched pages cost nothing.
char* argv_table[argv_count_max + 1];
char* environment_table[argv_count_max + 1];

struct Program {
  char* data = nullptr;
  std::size_t size = 0;
  const char* directory = nullptr;

  ~Program() {
    if (data != nullptr) ::munmap(data, size);
  }
};

bool read_table(WireReader& reader, char** table) {
  const std::uint32_t count = reader.u32();
  if (count > argv_count_max) return false;
  for (std::uint32_t i = 0; i < count; ++i) table[i] = const_cast<char*>(reader.text().data());
  table[count] = nullptr;
  return reader.ok();
}

bool load(int fd, Program& program) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || status.st_size <= 0 || static_cast<std::size_t>(status.st_size) > setup_bytes_max)
    return false;
  program.size = static_cast<std::size_t>(status.st_size);
  void* mapped = ::mmap(nullptr, program.size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (mapped == MAP_FAILED) return false;
  program.data = static_cast<char*>(mapped);
  WireReader reader(program.data, program.size);
  program.directory = reader.text().data();
  return read_table(reader, argv_table) && read_table(reader, environment_table) && argv_table[0] != nullptr;
}

// A pty of the sandbox's own devpts, so that ttyname(3) works inside.
int open_terminal(std::uint32_t rows, std::uint32_t columns, Fd& master, Fd& slave) {
  master = Fd(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return errno;
  int unlock = 0;
  unsigned number = 0;
  if (::ioctl(master.get(), TIOCSPTLCK, &unlock) != 0 || ::ioctl(master.get(), TIOCGPTN, &number) != 0) return errno;
  char path[32];
  std::snprintf(path, sizeof path, "/dev/pts/%u", number);
  slave = Fd(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) return errno;
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  ::ioctl(master.get(), TIOCSWINSZ, &size);
  return 0;
}

[[noreturn]] void child_main(const Program& program, Standard& standard, int terminal, int error_pipe) {
  const auto give_up = [error_pipe](int error) {
    (void)!::write(error_pipe, &error, sizeof error);
    ::_exit(127);
  };
  ::setsid();
  if (terminal >= 0 && ::ioctl(terminal, TIOCSCTTY, 0) != 0) give_up(errno);
  for (int number = 0; number < 3; ++number) {
    const int stream = terminal >= 0 ? terminal : standard.streams[number].get();
    if (::dup2(stream, number) < 0) give_up(errno);
  }
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // When memory runs out the agent goes before the user's own programs.
  if (const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); fd >= 0) (void)!::write(fd, "500", 3);
  if (::chdir(program.directory) != 0) give_up(errno);
  ::environ = environment_table;
  ::execvpe(argv_table[0], argv_table, environment_table);
  give_up(errno);
  ::_exit(127);
}

}  // namespace

void Commands::start(WireReader& request, Fd program_fd, Standard standard) {
  const std::uint32_t id = request.u32();
  const bool wants_terminal = request.u8() != 0;
  const std::uint32_t rows = request.u32();
  const std::uint32_t columns = request.u32();
  const auto refuse = [&](int error) {
    Answer(Event::refused).u32(id).u32(static_cast<std::uint32_t>(error)).send(control_);
  };
  Running* slot = nullptr;
  for (auto& candidate : running_)
    if (candidate.pid == 0) slot = &candidate;
  Program program;
  if (slot == nullptr) return refuse(EAGAIN);
  if (!load(program_fd.get(), program)) return refuse(EBADMSG);
  Fd master;
  Fd slave;
  if (wants_terminal)
    if (const int error = open_terminal(rows, columns, master, slave); error != 0) return refuse(error);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return refuse(errno);
  const Fd errors(ends[0]);
  Fd errors_write(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return refuse(errno);
  if (pid == 0) child_main(program, standard, slave.get(), errors_write.get());
  errors_write.reset();
  int error = 0;
  ssize_t count = 0;
  while ((count = ::read(errors.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (count == sizeof error) return refuse(error);  // the child is reaped as nobody's
  *slot = {pid, id};
  Answer(Event::started).u32(id).u32(static_cast<std::uint32_t>(pid)).send(control_, master.get());
}

void Commands::signal(WireReader& request) const {
  const std::uint32_t id = request.u32();
  const auto number = static_cast<int>(request.u32());
  for (const auto& command : running_)
    if (command.pid != 0 && command.id == id) ::kill(-command.pid, number);
}

void Commands::note_end(pid_t pid, int status) {
  for (auto& command : running_) {
    if (command.pid != pid) continue;
    Answer(Event::ended).u32(command.id).u32(static_cast<std::uint32_t>(status)).send(control_);
    command = {};
  }
}

void Commands::reap() {
  int status = 0;
  while (true) {
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    note_end(pid, status);
  }
}

void Commands::kill_rest() {
  reap();
  ::kill(-1, SIGTERM);
  ::kill(-1, SIGCONT);
  for (int waited = 0; waited < grace_ms && ::kill(-1, 0) == 0; waited += step_ms) {
    const timespec pause{0, step_ms * 1'000'000};
    ::nanosleep(&pause, nullptr);
    reap();
  }
  int status = 0;
  while (true) {
    ::kill(-1, SIGKILL);  // again each time: a fork bomb makes new ones while it is dying
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (pid < 0 && errno == ECHILD) break;
    if (pid > 0) note_end(pid, status);
  }
  Answer(Event::quiet).send(control_);
}

}  // namespace bailey::init
