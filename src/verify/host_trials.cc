#include "verify/host_trials.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/fd.h"
#include "init/load_rules.h"
#include "os/files.h"
#include "os/process.h"
#include "sandbox/identity.h"
#include "sandbox/network.h"
#include "sandbox/plan.h"

namespace bailey::verify {
namespace {

// What the child sends: a stage of its body, by number, and the errno. {0, 0}: all went well.
struct Told {
  int stage = 0;
  int error = 0;
};

std::string id_line(unsigned inside, unsigned outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1";
}

HostTrial map_ids(pid_t pid) {
  const auto ids = sandbox::choose_ids(sandbox::identity_facts());
  const std::string proc = "/proc/" + std::to_string(pid);
  const auto put = [&](const char* name, const std::string& text) -> HostTrial {
    const auto file = os::open_file(proc + name, O_WRONLY);
    if (!file) return {std::string(map_stage), file.error().code};
    if (::write(file->get(), text.data(), text.size()) < 0) return {std::string(map_stage), errno};
    return {};
  };
  if (::geteuid() != 0)
    if (auto denied = put("/setgroups", "deny"); !denied.worked()) return denied;
  if (auto mapped = put("/uid_map", id_line(sandbox::agent_uid, ids.uid)); !mapped.worked()) return mapped;
  return put("/gid_map", id_line(sandbox::agent_gid, ids.gid));
}

// In the child, async-signal-safe: root's child becomes the agent before it tries anything, as in a session.
Told become_agent(bool started_as_root) {
  if (!started_as_root) return {};
  if (::setgroups(0, nullptr) != 0 || ::setresgid(sandbox::agent_gid, sandbox::agent_gid, sandbox::agent_gid) != 0 ||
      ::setresuid(sandbox::agent_uid, sandbox::agent_uid, sandbox::agent_uid) != 0)
    return {1, errno};
  return {};
}

// Runs `body` in new namespaces once its ids are mapped; stage n of the body is called stages[n - 1].
template <typename Body>
HostTrial try_in_namespaces(std::uint64_t flags, const std::vector<std::string>& stages, Body body) {
  int go[2];
  int answer[2];
  if (::pipe2(go, O_CLOEXEC) != 0) return {"make a pipe", errno};
  const Fd go_read(go[0]);
  Fd go_write(go[1]);
  if (::pipe2(answer, O_CLOEXEC) != 0) return {"make a pipe", errno};
  const Fd answer_read(answer[0]);
  Fd answer_write(answer[1]);
  const bool as_root = ::geteuid() == 0;
  int pidfd = -1;
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (pid < 0) return {"create the namespaces", errno};
  if (pid == 0) {
    char byte = 0;
    ::close(go_write.get());  // ours too: else the parent's death would not end the read
    if (::read(go_read.get(), &byte, 1) != 1) ::_exit(1);
    Told told = become_agent(as_root);
    if (told.stage == 0) told = body();
    ::_exit(::write(answer_write.get(), &told, sizeof told) == sizeof told ? 0 : 1);
  }
  const os::Child child(pid, Fd(pidfd));
  answer_write.reset();
  if (auto mapped = map_ids(pid); !mapped.worked()) return mapped;
  if (::write(go_write.get(), "g", 1) != 1) return {"release the child", errno};
  Told told;
  if (::read(answer_read.get(), &told, sizeof told) != sizeof told) return {"hear from the child", 0};
  if (told.stage == 0) return {};
  return {stages[static_cast<std::size_t>(told.stage - 1)], told.error};
}

// A directory of ours below `parent`, removed at the end.
class Scratch {
 public:
  explicit Scratch(const std::string& parent) : path_(os::join(parent, "doctor-XXXXXX")) {
    if (::mkdtemp(path_.data()) == nullptr) {
      error_ = errno;
      path_.clear();
    }
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (!path_.empty()) (void)os::remove_tree(path_);
  }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int error_ = 0;
};

}  // namespace

HostTrial try_namespaces() {
  constexpr std::uint64_t flags =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  return try_in_namespaces(flags, {"become the agent", "mount a tmpfs", std::string(proc_stage)}, []() -> Told {
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return {2, errno};
    if (::mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, nullptr) != 0) return {2, errno};
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) return {3, errno};
    return {};
  });
}

HostTrial try_packet_rules() {
  const std::string rules = sandbox::redirect_rules();
  return try_in_namespaces(CLONE_NEWUSER | CLONE_NEWNET, {"become the agent", "load the rules"}, [&rules]() -> Told {
    const int error = init::load_rules(rules);
    return {error == 0 ? 0 : 2, error};
  });
}

HostTrial try_seccomp() {
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) return {"ask for seccomp filters", errno};
  return {};
}

HostTrial try_overlay(const std::string& directory) {
  if (::geteuid() == 0) return {"not used when bailey is started as root", 0};
  const Scratch scratch(directory);
  if (scratch.path().empty()) return {"create a directory", scratch.error()};
  for (const char* name : {"lower", "upper", "work", "merged"})
    if (::mkdir(os::join(scratch.path(), name).c_str(), 0700) != 0) return {"create a directory", errno};
  if (auto written = os::write_file(os::join(scratch.path(), "lower/file"), "x"); !written)
    return {"write a file", written.error().code};
  const char* place = scratch.path().c_str();
  return try_in_namespaces(
      CLONE_NEWUSER | CLONE_NEWNS, {"become the agent", "mount an overlay", "delete a file in an overlay"},
      [place]() -> Told {
        constexpr const char* options = "lowerdir=lower,upperdir=upper,workdir=work,userxattr";
        if (::chdir(place) != 0 || ::mount("overlay", "merged", "overlay", MS_NOSUID | MS_NODEV, options) != 0)
          return {2, errno};
        if (::unlink("merged/file") != 0) return {3, errno};
        return {};
      });
}

HostTrial try_reflink(const std::string& directory) {
  constexpr std::size_t block_bytes = 4096;  // too small a file may live in the inode, where nothing can be shared
  const Scratch scratch(directory);
  if (scratch.path().empty()) return {"create a directory", scratch.error()};
  const std::string source = os::join(scratch.path(), "source");
  if (auto written = os::write_file(source, std::string(block_bytes, 'x')); !written)
    return {"write a file", written.error().code};
  const auto from = os::open_file(source, O_RDONLY);
  const auto to = os::open_file(os::join(scratch.path(), "target"), O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!from || !to) return {"open a file", from ? to.error().code : from.error().code};
  if (::ioctl(to->get(), FICLONE, from->get()) != 0) return {"share blocks between two files", errno};
  return {};
}

}  // namespace bailey::verify
