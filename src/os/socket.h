// Unix sockets and the passing of descriptors over them: unix(7), cmsg(3).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::os {

enum class SocketKind { stream, packet };  // SOCK_STREAM, SOCK_SEQPACKET

[[nodiscard]] Result<std::pair<Fd, Fd>> socket_pair(SocketKind kind);
// Mode 0600 from the first moment. Paths longer than sun_path are reached through /proc/self/fd.
[[nodiscard]] Result<Fd> listen_unix(const std::string& path, SocketKind kind);
[[nodiscard]] Result<Fd> connect_unix(const std::string& path, SocketKind kind);
// Non-blocking, close-on-exec. Empty Fd when nobody waits.
[[nodiscard]] Result<Fd> accept_unix(int listener);

struct PeerCredentials {
  int pid = 0;
  unsigned uid = 0;
};
[[nodiscard]] Result<PeerCredentials> peer_credentials(int socket);  // SO_PEERCRED

struct Message {
  std::string bytes;
  std::vector<Fd> fds;
};
inline constexpr std::size_t passed_fds_max = 16;
[[nodiscard]] Status send_message(int socket, std::string_view bytes, const std::vector<int>& fds = {});
// Empty bytes and no fds: the peer closed.
[[nodiscard]] Result<Message> receive_message(int socket, std::size_t bytes_max);

}  // namespace bailey::os
