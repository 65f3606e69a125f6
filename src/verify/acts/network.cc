// Ways out over the network. A transparent gateway accepts every connection, so being connected proves nothing: with a
// token given, only hearing it from the other side does.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr int patience_ms = 2000;
constexpr std::uint16_t dns_port = 53;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool parse(const char* host, long long port, Address& out) {
  if (host == nullptr || port < 0 || port > UINT16_MAX) return false;
  auto* four = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, host, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    out.size = sizeof *four;
    return true;
  }
  if (::inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(port));
    out.size = sizeof *six;
    return true;
  }
  return false;
}

int wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  return ::poll(&waiting, 1, patience_ms) == 1 ? 0 : ETIMEDOUT;
}

int connected(const Address& address, int type, int& fd) {
  fd = ::socket(address.storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (const int error = wait_for(fd, POLLOUT); error != 0) return error;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// Does what comes back start with `expected`?
ActResult hear(int fd, const void* expected, std::size_t size) {
  if (const int error = wait_for(fd, POLLIN); error != 0) return refused(error, "no answer");
  char bytes[512];
  const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
  if (count < 0) return refused(errno, "no answer");
  if (static_cast<std::size_t>(count) < size || std::memcmp(bytes, expected, size) != 0)
    return refused(EPROTO, "somebody else answered");
  return succeeded("the other side answered");
}

ActResult connect_tcp(const Arguments& arguments) {
  Address address;
  if (!parse(arguments.text(0), arguments.number(1, -1), address)) return unavailable("needs an address and a port");
  int fd = -1;
  if (const int error = connected(address, SOCK_STREAM, fd); error != 0) return refused(error, "connect(2)");
  const char* token = arguments.text(2);
  const ActResult result = token == nullptr ? succeeded("connected") : hear(fd, token, std::strlen(token));
  ::close(fd);
  return result;
}

ActResult exchange_udp(const Arguments& arguments) {
  Address address;
  const char* token = arguments.text(2, "bailey-probe");
  if (!parse(arguments.text(0), arguments.number(1, -1), address)) return unavailable("needs an address and a port");
  int fd = -1;
  if (const int error = connected(address, SOCK_DGRAM, fd); error != 0) return refused(error, "connect(2)");
  if (::send(fd, token, std::strlen(token), 0) < 0) return refused(errno, "send(2)");
  const ActResult result = hear(fd, token, std::strlen(token));
  ::close(fd);
  return result;
}

// RFC 1035, 4.1: one question for an A record.
std::size_t dns_question(const char* name, unsigned char* out, std::size_t size_max) {
  constexpr unsigned char header[] = {0xba, 0x11, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  constexpr unsigned char tail[] = {0, 0, 1, 0, 1};
  if (std::strlen(name) + sizeof header + sizeof tail + 1 > size_max) return 0;
  std::memcpy(out, header, sizeof header);
  std::size_t at = sizeof header;
  while (*name != '\0') {
    const std::size_t label = std::strcspn(name, ".");
    if (label == 0 || label > 63) return 0;
    out[at++] = static_cast<unsigned char>(label);
    std::memcpy(out + at, name, label);
    at += label;
    name += label;
    if (*name == '.') ++name;
  }
  std::memcpy(out + at, tail, sizeof tail);
  return at + sizeof tail;
}

ActResult ask_dns(const Arguments& arguments) {
  Address address;
  if (!parse(arguments.text(0), arguments.number(2, dns_port), address))
    return unavailable("needs the address of a resolver");
  unsigned char question[300];
  const std::size_t size = dns_question(arguments.text(1, "example.com"), question, sizeof question);
  if (size == 0) return unavailable("that is no domain name");
  int fd = -1;
  if (const int error = connected(address, SOCK_DGRAM, fd); error != 0) return refused(error, "connect(2)");
  if (::send(fd, question, size, 0) < 0) return refused(errno, "send(2)");
  const ActResult result = hear(fd, question, 2);  // the answer has our number
  ::close(fd);
  return result;
}

ActResult ping(const Arguments& arguments) {
  Address address;
  if (!parse(arguments.text(0), 0, address) || address.storage.ss_family != AF_INET)
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
