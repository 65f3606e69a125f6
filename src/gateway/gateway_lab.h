// For tests: a real bailey-gateway process, with the test as its supervisor and its listeners on loopback.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/link_protocol.h"
#include "gateway/net_lab.h"
#include "gateway/network_policy.h"
#include "os/files.h"
#include "os/process.h"
#include "os/socket.h"

namespace bailey::gateway::lab {

inline Fd memfd_of(std::string_view text) {
  Fd fd(::memfd_create("text", MFD_CLOEXEC));
  EXPECT_TRUE(os::write_all(fd.get(), text));
  return fd;
}

struct GatewaySetup {
  std::vector<NetworkRule> rules;
  NetworkLimits limits{};
  Mode mode = Mode::proxy;
  std::string hosts = "127.0.0.1 allowed.test other.test\n";
  std::string ca_bundle = {};
  std::string proxy_variables = {};
  std::string keep = {};
};

class Gateway {
 public:
  explicit Gateway(const GatewaySetup& setup) : mode_(setup.mode) {
    auto [mine, its] = std::move(*os::socket_pair(os::SocketKind::packet));
    link_ = std::move(mine);
    const int link = its.get();
    auto child = os::spawn({.argv = {BAILEY_GATEWAY}, .stderr_fd = 2, .extra_fds = {{link, 3}}});
    EXPECT_TRUE(child);
    child_ = std::move(*child);
    const std::map<std::string_view, std::string> texts{
        {text_policy, to_json_text(setup.mode, setup.rules, setup.limits)},
        {text_hosts, setup.hosts},
        {text_resolv_conf, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"},
        {text_ca_bundle, setup.ca_bundle},
        {text_proxy_variables, setup.proxy_variables},
        {text_keep, setup.keep}};
    Configure configure;
    std::vector<Fd> memfds;
    for (const auto& [name, text] : texts) {
      if (name == text_keep && text.empty()) continue;
      configure.texts.emplace_back(name);
      memfds.push_back(memfd_of(text));
    }
    send(configure, memfds);
    const auto answer = receive();
    if (answer && std::holds_alternative<Failed>(*answer)) {
      ADD_FAILURE() << std::get<Failed>(*answer).what << ": " << std::get<Failed>(*answer).why;
      return;
    }
    EXPECT_TRUE(answer && std::holds_alternative<ReadyToListen>(*answer));
    if (answer) ca_pem_ = std::get<ReadyToListen>(*answer).ca_pem;
    std::vector<Fd> sockets;
    sockets.push_back(listen_on_loopback());
    sockets.push_back(listen_on_loopback());
    proxy_port_ = port_of(sockets[0].get());
    socks_port_ = port_of(sockets[1].get());
    send(Listeners{{"proxy", "socks"}}, sockets);
  }

  void set_rules(const std::vector<NetworkRule>& rules, const NetworkLimits& limits = {}) {
    std::vector<Fd> memfds;
    memfds.push_back(memfd_of(to_json_text(mode_, rules, limits)));
    send(NewPolicy{}, memfds);
  }
  void set_keep(const std::string& text) {
    std::vector<Fd> memfds;
    memfds.push_back(memfd_of(text));
    send(NewKeep{}, memfds);
  }
  // The first observation from now on for which `is_it` holds; what comes before is passed over.
  std::optional<Observation> await(const std::function<bool(const Observation&)>& is_it) {
    while (auto message = receive())
      if (const auto* const seen = std::get_if<Observation>(&*message); seen != nullptr && is_it(*seen)) return *seen;
    return std::nullopt;
  }
  std::optional<Observation> await_connection() {
    return await([](const Observation& seen) { return seen.what == Seen::connection; });
  }
  [[nodiscard]] std::string proxy() const { return "http://127.0.0.1:" + std::to_string(proxy_port_); }
  [[nodiscard]] std::string socks() const { return "socks5h://127.0.0.1:" + std::to_string(socks_port_); }
  [[nodiscard]] std::uint16_t proxy_port() const { return proxy_port_; }
  [[nodiscard]] const std::string& ca_pem() const { return ca_pem_; }
  os::Child& child() { return child_; }
  int link() { return link_.get(); }
  void stop() { send(Stop{}, {}); }

 private:
  void send(const ToGateway& message, const std::vector<Fd>& fds) {
    std::vector<int> numbers;
    for (const auto& fd : fds) numbers.push_back(fd.get());
    EXPECT_TRUE(os::send_message(link_.get(), encode(message), numbers));
  }
  std::optional<FromGateway> receive() {
    pollfd ready{.fd = link_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, patience_ms) != 1) return std::nullopt;
    auto packet = os::receive_message(link_.get(), link_message_bytes_max);
    if (!packet || packet->bytes.empty()) return std::nullopt;
    auto message = decode_from_gateway(packet->bytes, packet->fds.size());
    EXPECT_TRUE(message) << packet->bytes;
    if (!message) return std::nullopt;
    return std::move(*message);
  }

  Mode mode_;
  Fd link_;
  os::Child child_;
  std::string ca_pem_;
  std::uint16_t proxy_port_ = 0;
  std::uint16_t socks_port_ = 0;
};

}  // namespace bailey::gateway::lab
