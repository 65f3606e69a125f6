#include "init/network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "init/answer.h"
#include "init/load_rules.h"

namespace bailey::init {
namespace {

constexpr int backlog = 1024;
constexpr int errno_max = 126;     // that fits beside the exit statuses of shells
constexpr int loopback_index = 1;  // `lo` is the first interface of every network namespace

// As in linux/ipv6.h and linux/ipv6_route.h, which can't be included beside netinet/in.h.
struct in6_interface {
  in6_addr address;
  std::uint32_t prefix_bits;
  int index;
};
struct in6_route {
  in6_addr destination;
  in6_addr source;
  in6_addr gateway;
  std::uint32_t type;
  std::uint16_t destination_bits;
  std::uint16_t source_bits;
  std::uint32_t metric;
  unsigned long info;
  std::uint32_t flags;
  int index;
};

bool has_ipv6() {
  const Fd probe(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return static_cast<bool>(probe);
}

sockaddr_in address4(const char* text, std::uint16_t port = 0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

int route4() {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo:1");
  const auto set = [&](unsigned long call, const char* text) {
    const sockaddr_in address = address4(text);
    std::memcpy(&request.ifr_addr, &address, sizeof address);
    return ::ioctl(fd.get(), call, &request) == 0;
  };
  if (!set(SIOCSIFADDR, source_address4) || !set(SIOCSIFNETMASK, "255.255.255.255")) return errno;
  rtentry route{};
  const sockaddr_in any = address4("0.0.0.0");
  std::memcpy(&route.rt_dst, &any, sizeof any);
  std::memcpy(&route.rt_genmask, &any, sizeof any);
  route.rt_flags = RTF_UP;
  char device[] = "lo";
  route.rt_dev = device;
  return ::ioctl(fd.get(), SIOCADDRT, &route) == 0 ? 0 : errno;
}

int route6() {
  const Fd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  in6_interface own{.address = {}, .prefix_bits = 128, .index = loopback_index};
  ::inet_pton(AF_INET6, source_address6, &own.address);
  if (::ioctl(fd.get(), SIOCSIFADDR, &own) != 0) return errno;
  in6_route route{};
  route.metric = 1;
  route.flags = RTF_UP;
  route.index = loopback_index;
  return ::ioctl(fd.get(), SIOCADDRT, &route) == 0 ? 0 : errno;
}

Fd listener(int family, int type, std::uint16_t port) {
  Fd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fd;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bool bound = false;
  if (family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  } else {
    const sockaddr_in address = address4("127.0.0.1", port);
    bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  if (!bound || (type == SOCK_STREAM && ::listen(fd.get(), backlog) != 0)) fd.reset();
  return fd;
}

}  // namespace

Failure route_everything_to_loopback() {
  const char* stage = "lead every connection to the gateway";
  if (const int error = route4(); error != 0) return failure(stage, error, "IPv4");
  if (!has_ipv6()) return done();
  if (const int error = route6(); error != 0) return failure(stage, error, "IPv6");
  return done();
}

Failure begin_redirection(Redirection& redirection, std::string_view rules) {
  redirection.loader = ::fork();
  if (redirection.loader < 0) return failure("load the rules of the network", errno, "fork");
  if (redirection.loader == 0) {
    const int error = load_rules(rules);
    ::_exit(error > errno_max ? errno_max : error);
  }
  return done();
}

Failure finish_redirection(const Redirection& redirection) {
  const char* stage = "load the rules of the network";
  int status = 0;
  while (::waitpid(redirection.loader, &status, 0) < 0)
    if (errno != EINTR) return failure(stage, errno, "waitpid");
  if (!WIFEXITED(status)) return failure(stage, ECHILD);
  if (const int error = WEXITSTATUS(status); error != 0) return failure(stage, error);
  return done();
}

Failure open_listeners(Listeners& listeners) {
  const char* stage = "open the gateway's sockets";
  struct Wanted {
    Listener name;
    int family;
    int type;
    std::uint16_t port;
  };
  constexpr Wanted wanted[] = {{Listener::tcp4, AF_INET, SOCK_STREAM, transparent_port},
                               {Listener::tcp6, AF_INET6, SOCK_STREAM, transparent_port},
                               {Listener::dns4, AF_INET, SOCK_DGRAM, dns_port},
                               {Listener::dns6, AF_INET6, SOCK_DGRAM, dns_port},
                               {Listener::dnstcp4, AF_INET, SOCK_STREAM, dns_port},
                               {Listener::dnstcp6, AF_INET6, SOCK_STREAM, dns_port},
                               {Listener::proxy, AF_INET, SOCK_STREAM, proxy_port},
                               {Listener::socks, AF_INET, SOCK_STREAM, socks_port}};
  const bool ipv6 = has_ipv6();
  for (const auto& socket : wanted) {
    if (socket.family == AF_INET6 && !ipv6) continue;
    Fd fd = listener(socket.family, socket.type, socket.port);
    if (!fd) return failure(stage, errno);
    listeners.sockets[static_cast<std::uint32_t>(socket.name)] = std::move(fd);
  }
  // A session whose refused packets can't be counted is as closed as one whose can: no failure.
  listeners.sockets[static_cast<std::uint32_t>(Listener::counters)] =
      Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  return done();
}

void Listeners::hand_over(int control) {
  int passed[listeners_count];
  std::size_t count = 0;
  std::uint32_t present = 0;
  for (std::uint32_t i = 0; i < listeners_count; ++i) {
    if (!sockets[i]) continue;
    present |= 1U << i;
    passed[count++] = sockets[i].get();
  }
  Answer(Event::listeners).u32(present).send(control, passed, count);
  for (auto& socket : sockets) socket.reset();
}

}  // namespace bailey::init
