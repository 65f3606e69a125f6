// Sockets of the host that have a name: in the file system, or abstract, which no mount hides.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "verify/acts/connect.h"
#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

ActResult connect_to(const Arguments& arguments) {
  const char* address = arguments.text(0);
  if (address == nullptr) return unavailable("needs a path, or @ and an abstract name");
  const int fd = connect_unix(address);
  if (fd < 0) return refused(errno, "connect to %s", address);
  ::close(fd);
  return succeeded("connected to %s", address);
}

// Our root directory as a descriptor: whoever gets it walks in the sandbox's tree, and the other way round.
ActResult pass_descriptor(const Arguments& arguments) {
  const char* address = arguments.text(0);
  if (address == nullptr) return unavailable("needs a path, or @ and an abstract name");
  const int fd = connect_unix(address);
  if (fd < 0) return refused(errno, "connect to %s", address);
  const int root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  char byte = 'x';
  iovec part{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof root)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof root);
  std::memcpy(CMSG_DATA(header), &root, sizeof root);
  const ActResult result = from_call(::sendmsg(fd, &message, MSG_NOSIGNAL), "sendmsg(2) with SCM_RIGHTS");
  ::close(fd);
  return result;
}

constexpr Act acts[] = {
    {"abstract-socket", 1, "Kernel: abstract unix sockets", Layer::network_namespace, Control::outside_listener,
     "@NAME", "talks to a program of the user that trusts whoever connects", connect_to},
    {"pass-descriptor", 1, "Kernel: SCM_RIGHTS", Layer::network_namespace, Control::outside_listener, "PATH or @NAME",
     "trades descriptors with a process on the host", pass_descriptor},
    {"control-socket", 7, "Control: gateway or control sockets reached from inside", Layer::mount_namespace,
     Control::outside_listener, "PATH", "tells the supervisor to allow everything", connect_to},
};

}  // namespace

std::span<const Act> unix_socket_acts() { return acts; }

}  // namespace bailey::verify
