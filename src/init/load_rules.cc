#include "init/load_rules.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace bailey::init {
namespace {

constexpr std::size_t answer_bytes_max = 4096;

}  // namespace

int load_rules(std::string_view batch) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!socket) return errno;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(socket.get(), batch.data(), batch.size(), 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) <
      0)
    return errno;
  // The kernel has worked through the whole batch by now and its answers are queued, in the order of the messages.
  alignas(nlmsghdr) char answer[answer_bytes_max];
  bool answered = false;
  for (;;) {
    const ssize_t size = ::recv(socket.get(), answer, sizeof answer, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return answered ? 0 : EPROTO;
    nlmsghdr header;
    nlmsgerr said;
    if (static_cast<std::size_t>(size) < sizeof header + sizeof said) return EPROTO;
    std::memcpy(&header, answer, sizeof header);
    std::memcpy(&said, answer + sizeof header, sizeof said);
    if (header.nlmsg_type != NLMSG_ERROR) return EPROTO;
    if (said.error != 0) return -said.error;
    answered = true;
  }
}

}  // namespace bailey::init
