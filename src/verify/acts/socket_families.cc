// Socket families and protocols whose code an agent does not need to reach.
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr int ipproto_mptcp = 262;

template <int Family, int Type, int Protocol = 0>
ActResult open_socket(const Arguments&) {
  const int fd = ::socket(Family, Type | SOCK_CLOEXEC, Protocol);
  const ActResult result = from_call(fd, "socket(2)");
  if (fd >= 0) ::close(fd);
  return result;
}

ActResult kernel_tls(const Arguments&) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return refused(errno, "socket(2)");
  constexpr int reached[] = {ENOTCONN, ENOENT};  // not connected, or no such module
  const ActResult result =
      from_useless_call(::setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3), reached, "setsockopt(TCP_ULP)");
  ::close(fd);
  return result;
}

constexpr const char* families = "Kernel: socket families";
constexpr const char* raw = "Network: raw sockets";
constexpr Act acts[] = {
    {"af-alg", 9, "Kernel: AF_ALG", Layer::seccomp, Control::outside_user, "", "reaches the kernel's crypto code",
     open_socket<AF_ALG, SOCK_SEQPACKET>},
    {"af-packet", 9, "Kernel: AF_PACKET", Layer::seccomp, Control::fresh_namespaces, "", "reads and forges frames",
     open_socket<AF_PACKET, SOCK_RAW>},
    {"af-vsock", 9, "Kernel: AF_VSOCK", Layer::seccomp, Control::outside_user, "",
     "talks to the hypervisor past every network namespace", open_socket<AF_VSOCK, SOCK_STREAM>},
    {"af-rxrpc", 9, "Kernel: AF_RXRPC", Layer::seccomp, Control::outside_user, "", "loads a network module",
     open_socket<AF_RXRPC, SOCK_DGRAM, AF_INET>},
    {"netlink-xfrm", 9, "Kernel: NETLINK_XFRM", Layer::seccomp, Control::outside_user, "",
     "reaches the IPsec configuration", open_socket<AF_NETLINK, SOCK_RAW, NETLINK_XFRM>},
    {"netlink-netfilter", 9, families, Layer::seccomp, Control::outside_user, "", "reaches the packet filter",
     open_socket<AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER>},
    {"netlink-generic", 9, families, Layer::seccomp, Control::outside_user, "", "reaches every generic netlink family",
     open_socket<AF_NETLINK, SOCK_RAW, NETLINK_GENERIC>},
    {"af-key", 9, families, Layer::seccomp, Control::fresh_namespaces, "", "manages IPsec keys",
     open_socket<AF_KEY, SOCK_RAW, 2>},
    {"af-tipc", 9, families, Layer::seccomp, Control::outside_user, "", "loads a cluster protocol",
     open_socket<AF_TIPC, SOCK_STREAM>},
    {"af-can", 9, families, Layer::seccomp, Control::outside_user, "", "loads a vehicle bus protocol",
     open_socket<AF_CAN, SOCK_RAW, 1>},
    {"af-bluetooth", 9, families, Layer::seccomp, Control::outside_user, "", "reaches radio hardware",
     open_socket<AF_BLUETOOTH, SOCK_SEQPACKET>},
    {"af-xdp", 9, families, Layer::seccomp, Control::fresh_namespaces, "", "maps network buffers",
     open_socket<AF_XDP, SOCK_RAW>},
    {"raw-icmp", 9, raw, Layer::seccomp, Control::fresh_namespaces, "", "forges packets",
     open_socket<AF_INET, SOCK_RAW, IPPROTO_ICMP>},
    {"raw-ip6", 9, raw, Layer::seccomp, Control::fresh_namespaces, "", "forges IPv6 packets",
     open_socket<AF_INET6, SOCK_RAW, IPPROTO_RAW>},
    {"sctp", 9, families, Layer::seccomp, Control::outside_user, "", "loads a transport that the gateway can't see",
     open_socket<AF_INET, SOCK_STREAM, IPPROTO_SCTP>},
    {"mptcp", 9, families, Layer::seccomp, Control::outside_user, "", "the same with multipath TCP",
     open_socket<AF_INET, SOCK_STREAM, ipproto_mptcp>},
    {"kernel-tls", 9, families, Layer::seccomp, Control::outside_user, "", "puts a module into a TCP connection",
     kernel_tls},
};

}  // namespace

std::span<const Act> socket_family_acts() { return acts; }

}  // namespace bailey::verify
