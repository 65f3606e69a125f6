// Changing the network: rtnetlink(7). An address on the loopback device, and a route through it.
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr unsigned loopback = 1;                            // its index in every network namespace
constexpr unsigned char documentation[] = {192, 0, 2, 77};  // RFC 5737: leads nowhere

template <typename Body>
struct Request {
  nlmsghdr header{};
  Body body{};
  alignas(NLMSG_ALIGNTO) char attributes[64] = {};

  void add(unsigned short type, const void* data, std::size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(attributes + used);
    attribute->rta_type = type;
    attribute->rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
    std::memcpy(RTA_DATA(attribute), data, size);
    used += RTA_SPACE(size);
  }
  std::size_t used = 0;
};

// 0 or the errno in the kernel's acknowledgement.
template <typename Body>
int ask(Request<Body>& request, unsigned short type, unsigned short flags) {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return errno;
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = static_cast<unsigned short>(NLM_F_REQUEST | NLM_F_ACK | flags);
  request.header.nlmsg_len = static_cast<unsigned>(NLMSG_LENGTH(sizeof(Body)) + request.used);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[256];
  } answer{};
  int error = 0;
  if (::send(fd, &request, request.header.nlmsg_len, 0) < 0 || ::recv(fd, &answer, sizeof answer, 0) < 0) error = errno;
  else if (answer.header.nlmsg_type == NLMSG_ERROR) error = -answer.error.error;
  ::close(fd);
  return error;
}

Request<ifaddrmsg> address_request() {
  Request<ifaddrmsg> request;
  request.body.ifa_family = AF_INET;
  request.body.ifa_prefixlen = 32;
  request.body.ifa_index = loopback;
  request.add(IFA_LOCAL, documentation, sizeof documentation);
  return request;
}

Request<rtmsg> route_request() {
  Request<rtmsg> request;
  request.body.rtm_family = AF_INET;
  request.body.rtm_dst_len = 32;
  request.body.rtm_table = RT_TABLE_MAIN;
  request.body.rtm_protocol = RTPROT_STATIC;
  request.body.rtm_scope = RT_SCOPE_LINK;
  request.body.rtm_type = RTN_UNICAST;
  request.add(RTA_DST, documentation, sizeof documentation);
  request.add(RTA_OIF, &loopback, sizeof loopback);
  return request;
}

ActResult add_address(const Arguments&) {
  auto request = address_request();
  if (const int error = ask(request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL); error != 0)
    return refused(error, "RTM_NEWADDR");
  auto undo = address_request();
  (void)ask(undo, RTM_DELADDR, 0);
  return succeeded("added an address to the loopback device");
}

ActResult add_route(const Arguments&) {
  auto request = route_request();
  const int error = ask(request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  constexpr int device_is_down = ENETDOWN;  // asked after the permission, in a namespace whose loopback is down
  if (error != 0 && error != device_is_down) return refused(error, "RTM_NEWROUTE");
  auto undo = route_request();
  if (error == 0) (void)ask(undo, RTM_DELROUTE, 0);
  return succeeded("added a route");
}

ActResult set_interface_flags(const Arguments&) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return refused(errno, "socket(2)");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(fd, SIOCGIFFLAGS, &request) != 0) return unavailable("there is no loopback device");
  const ActResult result = from_call(::ioctl(fd, SIOCSIFFLAGS, &request), "ioctl(SIOCSIFFLAGS)");  // to what they are
  ::close(fd);
  return result;
}

constexpr const char* row = "Network: changes of addresses and routes";
constexpr Act acts[] = {
    {"add-address", 9, row, Layer::capabilities, Control::fresh_namespaces, "", "takes the gateway's address",
     add_address},
    {"add-route", 9, row, Layer::capabilities, Control::fresh_namespaces, "", "makes a way around the gateway",
     add_route},
    {"interface-flags", 9, row, Layer::capabilities, Control::fresh_namespaces, "", "switches interfaces on and off",
     set_interface_flags},
};

}  // namespace

std::span<const Act> netlink_acts() { return acts; }

}  // namespace bailey::verify
