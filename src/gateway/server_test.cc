// Transparent connections: where they were going is injected, because redirection needs a network namespace (the
// end-to-end tests have one).
#include "gateway/server.h"

#include <gtest/gtest.h>

#include "gateway/client_hello_lab.h"
#include "gateway/net_lab.h"

namespace bailey::gateway {
namespace {

using namespace std::chrono_literals;

class Seer final : public Observer {
 public:
  void seen(Observation observation) override { all.push_back(std::move(observation)); }
  std::vector<Observation> all;
};

class TransparentTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::uint16_t port = lab::port_of(origin_.get());
    make_server({{.id = "test", .hosts = {"allowed.test"}, .ports = {port, 443}, .allow_private = true}});
    const auto addresses = server_->names().give("allowed.test");
    allowed_ = {addresses->v4, port};
  }
  void make_server(std::vector<NetworkRule> rules) {
    resolver_ = std::move(*HostResolver::create(*loop_, parse_hosts("127.0.0.1 allowed.test\n"), {}));
    connector_ = std::make_unique<Connector>(*loop_, *resolver_, HostProxies{});
    tls_ = std::make_unique<TlsServices>(std::move(*TlsServices::create(clock_, "")));
    server_ =
        std::make_unique<Server>(*loop_, seer_, *connector_, *tls_, NetworkPolicy(Mode::proxy, std::move(rules), {}),
                                 NameTable::Start::first, [this](int) { return destination_; });
    std::vector<NamedSocket> sockets;
    sockets.push_back({"tcp4", lab::listen_on_loopback()});
    port_ = lab::port_of(sockets.front().socket.get());
    ASSERT_TRUE(server_->listen(std::move(sockets)));
  }
  // A client's connection to `destination` that says `bytes`, and what it is answered until the end.
  std::string answer_to(std::optional<IpAndPort> destination, std::string_view bytes) {
    destination_ = destination;
    const Fd client = lab::connect_to(port_);
    if (!bytes.empty()) lab::send_all(client.get(), bytes);
    return lab::receive(*loop_, client.get());
  }
  // Reaches the origin, and what arrives there first.
  std::string arrives(std::optional<IpAndPort> destination, std::string_view bytes) {
    destination_ = destination;
    const Fd client = lab::connect_to(port_);
    lab::send_all(client.get(), bytes);
    Fd accepted;
    lab::run_until(*loop_, [&] {
      accepted = Fd(::accept4(origin_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      return static_cast<bool>(accepted);
    });
    return accepted ? lab::receive(*loop_, accepted.get(), bytes.size()) : "";
  }
  IpAndPort to(const char* address, std::uint16_t port) { return {parse_address(address).value(), port}; }

  SystemClock clock_;
  std::unique_ptr<event::Loop> loop_ = std::move(*event::Loop::create(clock_));
  Fd origin_ = lab::listen_on_loopback();
  Seer seer_;
  std::unique_ptr<HostResolver> resolver_;
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<TlsServices> tls_;
  std::unique_ptr<Server> server_;
  std::optional<IpAndPort> destination_;
  IpAndPort allowed_;
  std::uint16_t port_ = 0;
};

TEST_F(TransparentTest, TheNameBehindASyntheticAddressIsReachedWithItsOwnTls) {
  const std::string hello = lab::client_hello("allowed.test");
  EXPECT_EQ(arrives(allowed_, hello), hello);
}

TEST_F(TransparentTest, TlsForAnotherNameIsAnsweredWithAnAlert) {
  EXPECT_EQ(answer_to(allowed_, lab::client_hello("evil.test")), tls_alert(alert_unrecognized_name));
  ASSERT_FALSE(seer_.all.empty());
  EXPECT_FALSE(seer_.all.back().allowed);
  EXPECT_EQ(seer_.all.back().learned_from, "dns");
}

TEST_F(TransparentTest, TlsWithoutANameOrWithAnEncryptedOneIsAnsweredWithAnAlert) {
  EXPECT_EQ(answer_to(allowed_, lab::client_hello("")), tls_alert(alert_access_denied));
  EXPECT_EQ(answer_to(allowed_, lab::client_hello("allowed.test", lab::EncryptedHello::present)),
            tls_alert(alert_access_denied));
}

TEST_F(TransparentTest, LiteralAddressesAreRefusedInTheClientsLanguage) {
  EXPECT_EQ(answer_to(to("93.184.216.34", 443), lab::client_hello("allowed.test")), tls_alert(alert_access_denied));
  const std::string http = answer_to(to("93.184.216.34", 80), "GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n");
  EXPECT_TRUE(http.starts_with("HTTP/1.1 403 ")) << http;
  EXPECT_EQ(answer_to(to("93.184.216.34", 22), "SSH-2.0-x\r\n"), "");
  EXPECT_EQ(answer_to(to("10.0.0.1", 443), lab::client_hello("allowed.test")), tls_alert(alert_access_denied));
}

TEST_F(TransparentTest, TheGatewaysOwnSocketsAndLoopbackAreNoDestination) {
  EXPECT_EQ(answer_to(std::nullopt, "GET / HTTP/1.1\r\n\r\n").substr(0, 13), "HTTP/1.1 403 ");
  EXPECT_EQ(answer_to(to("127.0.0.1", 22), "x"), "");
  EXPECT_EQ(answer_to(to("::1", 22), "x"), "");
  EXPECT_EQ(seer_.all.size(), 3U);
}

TEST_F(TransparentTest, ASyntheticAddressThatNoNameWasGivenToLeadsNowhere) {
  EXPECT_EQ(answer_to(to("198.18.77.77", 443), lab::client_hello("allowed.test")), tls_alert(alert_access_denied));
}

TEST_F(TransparentTest, AnotherPortOfAnAllowedNameIsRefused) {
  EXPECT_EQ(answer_to(IpAndPort{allowed_.address, 8443}, lab::client_hello("allowed.test")),
            tls_alert(alert_access_denied));
}

TEST_F(TransparentTest, AClientThatGoesAwayLeavesNothingBehind) {
  destination_ = allowed_;
  { const Fd client = lab::connect_to(port_); }
  lab::run_until(*loop_, [this] { return server_->connection_count() == 0; });
  EXPECT_EQ(answer_to(allowed_, lab::client_hello("evil.test")).size(), 7U);
  lab::run_until(*loop_, [this] { return server_->connection_count() == 0; });
  EXPECT_EQ(server_->services().usage.connections(), 0U);
}

TEST_F(TransparentTest, ASlowClientIsNotWaitedForForever) {
  NetworkLimits limits;
  limits.header_seconds_max = 1;
  server_->set_policy(NetworkPolicy(
      Mode::proxy, {{.id = "test", .hosts = {"allowed.test"}, .ports = {443}, .allow_private = true}}, limits));
  EXPECT_EQ(answer_to(IpAndPort{allowed_.address, 443}, lab::client_hello("allowed.test").substr(0, 20)),
            tls_alert(alert_access_denied));
}

}  // namespace
}  // namespace bailey::gateway
