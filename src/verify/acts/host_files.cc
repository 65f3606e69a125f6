// Files of the host. The verifier makes them, names them and looks afterwards whether they changed.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "verify/acts/groups.h"
#include "verify/acts/scratch.h"

namespace bailey::verify {
namespace {

constexpr const char* needs_path = "needs a path on the host";

ActResult read_path(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refused(errno, "open %s", path);
  char byte = 0;
  const ssize_t count = ::read(fd, &byte, 1);
  const int error = errno;
  ::close(fd);
  return count < 0 ? refused(error, "read %s", path) : succeeded("read %s", path);
}

ActResult read_shadow(const Arguments&) { return read_path("/etc/shadow"); }

ActResult read_file(const Arguments& arguments) {
  return arguments.text(0) == nullptr ? unavailable("%s", needs_path) : read_path(arguments.text(0));
}

ActResult list_directory(const Arguments& arguments) {
  const char* path = arguments.text(0);
  if (path == nullptr) return unavailable("%s", needs_path);
  DIR* directory = ::opendir(path);
  if (directory == nullptr) return refused(errno, "open %s", path);
  ::closedir(directory);
  return succeeded("listed %s", path);
}

ActResult reach(const Arguments& arguments) {
  const char* path = arguments.text(0);
  if (path == nullptr) return unavailable("%s", needs_path);
  struct stat status {};
  return ::lstat(path, &status) == 0 ? succeeded("%s is there", path) : refused(errno, "stat %s", path);
}

ActResult write_file(const Arguments& arguments) {
  const char* path = arguments.text(0);
  if (path == nullptr) return unavailable("%s", needs_path);
  const int fd = ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return refused(errno, "open %s for writing", path);
  constexpr char line[] = "written by bailey-probe\n";
  const ssize_t count = ::write(fd, line, sizeof line - 1);
  const int error = errno;
  ::close(fd);
  return count < 0 ? refused(error, "write %s", path) : succeeded("wrote to %s", path);
}

ActResult read_through_own_root(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("%s", needs_path);
  char path[4096];
  std::snprintf(path, sizeof path, "/proc/self/root%s", arguments.text(0));
  return read_path(path);
}

ActResult read_with_dots(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("%s", needs_path);
  char path[4096];
  std::snprintf(path, sizeof path, "../../../../../../../../../../../../../../../..%s", arguments.text(0));
  return read_path(path);
}

ActResult read_through_link(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("%s", needs_path);
  const Scratch scratch;
  if (!scratch || ::symlink(arguments.text(0), scratch.file()) != 0) return unavailable("no writable /tmp");
  return read_path(scratch.file());
}

ActResult hard_link(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("%s", needs_path);
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  return from_call(::link(arguments.text(0), scratch.file()), "link(2) of a host file");
}

// Naming the interpreter instead of the program passes every rule about what may be executed.
ActResult run_by_loader(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("needs a program on the host");
#if defined(__x86_64__)
  constexpr const char* loader = "/lib64/ld-linux-x86-64.so.2";
#else
  constexpr const char* loader = "/lib/ld-linux-aarch64.so.1";
#endif
  if (::access(loader, X_OK) != 0) return unavailable("no dynamic loader");
  const pid_t child = ::fork();
  if (child == 0) {
    const int nothing = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) ::dup2(nothing, fd);
    ::execl(loader, loader, arguments.text(0), static_cast<char*>(nullptr));
    ::_exit(126);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return unavailable("no child process");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return succeeded("%s ran", arguments.text(0));
  return refused(EACCES, "the loader could not run it");
}

constexpr const char* files = "Scenario 2: files of the host";
constexpr const char* paths = "Identity and paths: /proc/self/root";
constexpr const char* links = "Workspace to host: symlinks";
constexpr const char* control = "Control: session directory reachable from inside";
constexpr Act acts[] = {
    {"read-shadow", 2, files, Layer::mount_namespace, Control::outside_root, "", "reads the host's password hashes",
     read_shadow},
    {"read-file", 2, files, Layer::mount_namespace, Control::outside_user, "HOST_FILE", "reads the user's ssh key",
     read_file},
    {"list-directory", 2, files, Layer::mount_namespace, Control::outside_user, "HOST_DIRECTORY",
     "lists the user's home", list_directory},
    {"write-file", 2, files, Layer::mount_namespace, Control::outside_user, "HOST_FILE",
     "changes a start-up file of the user", write_file},
    {"proc-self-root", 2, paths, Layer::mount_namespace, Control::outside_user, "HOST_FILE",
     "reads a host file by another name of the root", read_through_own_root},
    {"dot-dot", 2, paths, Layer::mount_namespace, Control::outside_user, "HOST_FILE", "climbs out of the workspace",
     read_with_dots},
    {"symlink-out", 2, links, Layer::mount_namespace, Control::outside_user, "HOST_FILE",
     "reads a host file through a link", read_through_link},
    {"hardlink-out", 2, "Workspace to host: hardlinks to host inodes", Layer::mount_namespace, Control::outside_user,
     "HOST_FILE", "keeps a writable name of a host file", hard_link},
    {"loader", 2, "Identity and paths: ld-linux.so prog", Layer::mount_namespace, Control::outside_user, "HOST_PROGRAM",
     "runs a program that is withheld by naming its interpreter", run_by_loader},
    {"session-path", 7, control, Layer::mount_namespace, Control::outside_user, "HOST_PATH",
     "finds the session's directory, policy or sockets", reach},
    {"audit-append", 7, control, Layer::mount_namespace, Control::outside_user, "HOST_FILE",
     "writes to the audit log or the policy", write_file},
};

}  // namespace

std::span<const Act> host_file_acts() { return acts; }

}  // namespace bailey::verify
