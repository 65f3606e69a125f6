#include "os/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "os/files.h"

namespace bailey::os {
namespace {

int type_of(SocketKind kind) { return (kind == SocketKind::stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC; }

struct Address {
  sockaddr_un bytes{};
  Fd directory;  // keeps /proc/self/fd/N alive for long paths
};

// sun_path holds 108 bytes; a session directory in a deep home does not fit. unix(7) suggests /proc/self/fd.
Result<Address> address_of(const std::string& path) {
  Address address;
  address.bytes.sun_family = AF_UNIX;
  std::string text = path;
  if (text.size() >= sizeof address.bytes.sun_path) {
    address.directory = TRY(open_file(std::string(directory_name(path)), O_PATH | O_DIRECTORY));
    text = join("/proc/self/fd/" + std::to_string(address.directory.get()), base_name(path));
    if (text.size() >= sizeof address.bytes.sun_path) return fail("socket '" + path + "'", "the name is too long");
  }
  std::memcpy(address.bytes.sun_path, text.c_str(), text.size() + 1);
  return address;
}

}  // namespace

Result<std::pair<Fd, Fd>> socket_pair(SocketKind kind) {
  int ends[2];
  if (::socketpair(AF_UNIX, type_of(kind), 0, ends) != 0) return fail_errno("socketpair");
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

Result<Fd> listen_unix(const std::string& path, SocketKind kind) {
  const Address address = TRY(address_of(path));
  Fd fd(::socket(AF_UNIX, type_of(kind) | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("socket");
  // The mode of the socket file is that of the open socket's inode: set it before the name exists.
  if (::fchmod(fd.get(), 0600) != 0) return fail_errno("chmod a socket");
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), sizeof address.bytes) != 0)
    return fail_errno("bind '" + path + "'");
  if (::listen(fd.get(), 64) != 0) return fail_errno("listen on '" + path + "'");
  return fd;
}

Result<Fd> connect_unix(const std::string& path, SocketKind kind) {
  const Address address = TRY(address_of(path));
  Fd fd(::socket(AF_UNIX, type_of(kind), 0));
  if (!fd) return fail_errno("socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), sizeof address.bytes) != 0)
    return fail_errno("connect to '" + path + "'");
  return fd;
}

Result<Fd> accept_unix(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return fail_errno("accept");
  return fd;
}

Result<PeerCredentials> peer_credentials(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return fail_errno("SO_PEERCRED");
  return PeerCredentials{peer.pid, peer.uid};
}

Status send_message(int socket, std::string_view bytes, const std::vector<int>& fds) {
  if (fds.size() > passed_fds_max) return fail("send descriptors", "more than can be passed at once");
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * passed_fds_max)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  }
  ssize_t count = 0;
  while ((count = ::sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  if (count < 0) return fail_errno("send a message");
  if (static_cast<std::size_t>(count) != bytes.size()) return fail("send a message", "it was cut short");
  return {};
}

Result<Message> receive_message(int socket, std::size_t bytes_max) {
  Message result;
  result.bytes.resize(bytes_max);
  iovec part{result.bytes.data(), result.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * passed_fds_max)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t count = 0;
  while ((count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (count < 0) return fail_errno("receive a message");
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < fd_count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      result.fds.emplace_back(fd);
    }
  }
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return fail("receive a message", "larger than its limit");
  result.bytes.resize(static_cast<std::size_t>(count));
  return result;
}

}  // namespace bailey::os
