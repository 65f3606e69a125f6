// Servers on the host that answer whoever reaches them. Single-threaded: a trial's loop polls and serves them.
#pragma once

#include <poll.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "verify/fixture.h"

namespace bailey::verify {

class Listeners {
 public:
  [[nodiscard]] static Result<Listeners> open(const Fixture& fixture);

  [[nodiscard]] const std::string& token() const { return token_; }             // what the TCP servers say
  [[nodiscard]] const std::string& abstract_name() const { return abstract_; }  // "@name"
  // An IPv4 address of this machine that is not loopback; empty: it has none.
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::uint16_t loopback_port() const { return loopback_port_; }
  [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_; }
  [[nodiscard]] std::uint16_t udp_port() const { return udp_port_; }

  void add_to(std::vector<pollfd>& polled) const;
  void serve(const pollfd& ready);
  void forget_clients() { clients_.clear(); }

 private:
  std::string token_;
  std::string abstract_;
  std::string address_;
  std::uint16_t loopback_port_ = 0;
  std::uint16_t tcp_port_ = 0;
  std::uint16_t udp_port_ = 0;
  std::vector<Fd> streams_;
  Fd datagrams_;
  std::vector<Fd> clients_;
};

}  // namespace bailey::verify
