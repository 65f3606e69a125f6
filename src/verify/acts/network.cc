// Ways out over the network. A transparent gateway accepts every connection, so being connected proves nothing: with a
// token given, only hearing it from the other side does.
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "verify/acts/groups.h"
#include "verify/acts/internet.h"

namespace bailey::verify {
namespace {

constexpr std::uint16_t dns_port = 53;

ActResult connect_tcp(const Arguments& arguments) {
  Address address;
  if (!parse_address(arguments.text(0), arguments.number(1, -1), address))
    return unavailable("needs an address and a port");
  int fd = -1;
  if (const int error = connect_to(address, SOCK_STREAM, fd); error != 0) return refused(error, "connect(2)");
  const char* token = arguments.text(2);
  const ActResult result = token == nullptr ? succeeded("connected") : hear(fd, token, std::strlen(token));
  ::close(fd);
  return result;
}

ActResult exchange_udp(const Arguments& arguments) {
  Address address;
  const char* token = arguments.text(2, "bailey-probe");
  if (!parse_address(arguments.text(0), arguments.number(1, -1), address))
    return unavailable("needs an address and a port");
  int fd = -1;
  if (const int error = connect_to(address, SOCK_DGRAM, fd); error != 0) return refused(error, "connect(2)");
  if (::send(fd, token, std::strlen(token), 0) < 0) return refused(errno, "send(2)");
  const ActResult result = hear(fd, token, std::strlen(token));
  ::close(fd);
  return result;
}

ActResult ask_dns(const Arguments& arguments) {
  Address address;
  if (!parse_address(arguments.text(0), arguments.number(2, dns_port), address))
    return unavailable("needs the address of a resolver");
  unsigned char question[300];
  const std::size_t size = dns_question(arguments.text(1, "example.com"), question, sizeof question);
  if (size == 0) return unavailable("that is no domain name");
  int fd = -1;
  if (const int error = connect_to(address, SOCK_DGRAM, fd); error != 0) return refused(error, "connect(2)");
  if (::send(fd, question, size, 0) < 0) return refused(errno, "send(2)");
  const ActResult result = hear(fd, question, 2);  // the answer has our number
  ::close(fd);
  return result;
}

ActResult ping(const Arguments& arguments) {
  Address address;
  if (!parse_address(arguments.text(0), 0, address) || address.storage.ss_family != AF_INET)
    return unavailable("needs an IPv4 address");
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
  if (fd < 0) return refused(errno, "socket(2) for ICMP");
  icmphdr request{};
  request.type = ICMP_ECHO;
  if (::sendto(fd, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&address.storage), address.size) < 0)
    return refused(errno, "sendto(2)");
  const unsigned char reply = ICMP_ECHOREPLY;
  const ActResult result = hear(fd, &reply, 1);
  ::close(fd);
  return result;
}

constexpr const char* tcp = "Network: connections past the gateway";
constexpr Act acts[] = {
    {"host-loopback", 1, tcp, Layer::network_namespace, Control::outside_listener, "ADDRESS PORT [TOKEN]",
     "uses a service that trusts the user's own machine", connect_tcp},
    {"tcp-connect", 9, tcp, Layer::network_namespace, Control::outside_listener, "ADDRESS PORT [TOKEN]",
     "sends data anywhere", connect_tcp},
    {"udp-exchange", 9, "Network: UDP, QUIC", Layer::network_namespace, Control::outside_listener,
     "ADDRESS PORT [TOKEN]", "sends data in datagrams", exchange_udp},
    {"dns-query", 9, "Network: DNS to a hard-coded resolver", Layer::network_namespace, Control::outside_listener,
     "ADDRESS [NAME [PORT]]", "sends data in names", ask_dns},
    {"icmp-echo", 9, "Network: ICMP", Layer::network_namespace, Control::outside_user, "ADDRESS", "sends data in pings",
     ping},
};

}  // namespace

std::span<const Act> network_acts() { return acts; }

}  // namespace bailey::verify
