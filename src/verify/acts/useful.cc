#include "verify/acts/useful.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bailey::verify {
namespace {

ActResult write_in(const char* directory) {
  char path[64];
  std::snprintf(path, sizeof path, "%s/bailey-probe.%d", directory, ::getpid());
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return refused(errno, "create %s", path);
  const ActResult result = from_call(::write(fd, "x", 1), "write(2)");
  ::close(fd);
  ::unlink(path);
  return result;
}

ActResult write_workspace(const Arguments&) { return write_in("/workspace"); }
ActResult write_tmp(const Arguments&) { return write_in("/tmp"); }
ActResult write_home(const Arguments&) { return write_in("/home/agent"); }

ActResult run_a_program(const Arguments&) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", "exit 7", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return refused(errno, "fork(2)");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 7) return succeeded("/bin/sh ran");
  return refused(ENOEXEC, "/bin/sh did not run");
}

ActResult use_loopback(const Arguments&) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, generic, &size) != 0)
    return refused(errno, "listen on 127.0.0.1");
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0 || ::connect(client, generic, size) != 0) return refused(errno, "connect to 127.0.0.1");
  const int server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  char byte = 0;
  if (server < 0 || ::write(client, "x", 1) != 1 || ::read(server, &byte, 1) != 1)
    return refused(errno, "exchange a byte");
  return succeeded("a byte went through 127.0.0.1");
}

constexpr const char* row = "What must work inside";
constexpr Act acts[] = {
    {"run-a-program", 0, row, Layer::seccomp, Control::outside_user, "", "runs /bin/sh", run_a_program},
    {"write-workspace", 0, row, Layer::landlock, Control::outside_user, "", "writes in /workspace", write_workspace},
    {"write-home", 0, row, Layer::landlock, Control::outside_user, "", "writes in its home", write_home},
    {"write-tmp", 0, row, Layer::landlock, Control::outside_user, "", "writes in /tmp", write_tmp},
    {"use-loopback", 0, row, Layer::network_namespace, Control::outside_user, "", "talks to itself over TCP",
     use_loopback},
};

}  // namespace

std::span<const Act> useful_acts() { return acts; }

const Act* find_useful_act(const char* name) {
  for (const Act& act : acts)
    if (std::strcmp(act.name, name) == 0) return &act;
  return nullptr;
}

}  // namespace bailey::verify
