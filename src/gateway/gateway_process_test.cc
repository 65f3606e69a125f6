// The whole process, confined as in production, between real clients and real servers. Each attack stands beside the
// same act in its allowed form.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <array>
#include <fstream>
#include <iterator>

#include "gateway/client_hello_lab.h"
#include "gateway/gateway_lab.h"
#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

using lab::Gateway;
using lab::GatewaySetup;

constexpr std::string_view name = "allowed.test";

std::string directory() {
  static const std::string made = [] {
    std::string path = testing::TempDir() + "gateway.XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    return path;
  }();
  return made;
}

os::Output run(std::vector<std::string> argv) {
  auto output = os::run({.argv = std::move(argv), .environment = {"PATH=/usr/bin:/bin", "HOME=" + directory()}}, {},
                        std::chrono::seconds(60));
  EXPECT_TRUE(output) << to_lines(output.error());
  return output ? *output : os::Output{};
}

std::string certificate() {
  static const std::string made = [] {
    const std::string path = directory() + "/cert.pem";
    const auto made_it =
        run({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", directory() + "/key.pem", "-out", path, "-days", "2", "-subj", "/CN=allowed.test", "-addext",
             "subjectAltName=DNS:allowed.test,DNS:other.test"});
    EXPECT_EQ(made_it.exit_status, 0) << made_it.err;
    return path;
  }();
  return made;
}

class Origin {
 public:
  explicit Origin(const std::string& kind) {
    int in[2];
    int out[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    const Fd child_in(in[0]);
    const Fd child_out(out[1]);
    stdin_ = Fd(in[1]);
    stdout_ = Fd(out[0]);
    auto child = os::spawn({.argv = {"/usr/bin/python3", BAILEY_SOURCE_DIR "/src/gateway/testdata/echo_server.py", kind,
                                     certificate(), directory() + "/key.pem"},
                            .stdin_fd = child_in.get(),
                            .stdout_fd = child_out.get(),
                            .stderr_fd = 2});
    EXPECT_TRUE(child);
    child_ = std::move(*child);
    std::array<char, 32> line{};
    EXPECT_GT(::read(stdout_.get(), line.data(), line.size() - 1), 0);
    port_ = static_cast<std::uint16_t>(std::stoi(line.data()));
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string at(std::string_view host) const { return std::string(host) + ':' + std::to_string(port_); }

 private:
  Fd stdin_;
  Fd stdout_;
  os::Child child_;
  std::uint16_t port_ = 0;
};

NetworkRule rule_for(const Origin& origin) {
  return {.id = "test", .hosts = {std::string(name)}, .ports = {origin.port()}, .allow_private = true};
}

os::Output curl(std::vector<std::string> arguments) {
  std::vector<std::string> argv{"/usr/bin/curl", "-sS",         "--max-time", "30",
                                "--cacert",      certificate(), "-w",         "\n%{http_code} %{http_connect}"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run(std::move(argv));
}

// A connection through the proxy by hand: what comes back after `request` until it ends or `enough` is there.
std::string talk(std::uint16_t port, std::string_view request, std::size_t enough = SIZE_MAX) {
  const Fd socket = lab::connect_to(port);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 4096> buffer;
  while (answer.size() < enough) {
    const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return answer;
}

std::string connect_to(const std::string& target) {
  return "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(GatewayProcess, TlsThroughTheProxyIsATunnelThatIsObserved) {
  const Origin origin("https");
  Gateway gateway({.rules = {rule_for(origin)}});
  const auto got = curl({"-x", gateway.proxy(), "https://" + origin.at(name) + "/x"});
  EXPECT_TRUE(contains(got.out, "path=/x host=" + origin.at(name))) << got.out << got.err;
  const auto seen = gateway.await_connection();
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->allowed);
  EXPECT_EQ(seen->rule, "test");
  EXPECT_EQ(seen->host, name);
  EXPECT_EQ(seen->protocol, "tls");
  EXPECT_EQ(seen->learned_from, "connect");
  EXPECT_GT(seen->bytes_out, 200U);
  EXPECT_GT(seen->bytes_in, 200U);
}

TEST(GatewayProcess, TlsThroughSocksIsATunnel) {
  const Origin origin("https");
  Gateway gateway({.rules = {rule_for(origin)}});
  const auto got = curl({"-x", gateway.socks(), "https://" + origin.at(name) + "/s"});
  EXPECT_TRUE(contains(got.out, "path=/s")) << got.out << got.err;
  EXPECT_EQ(gateway.await_connection()->learned_from, "socks");
}

TEST(GatewayProcess, PlainHttpIsReadAndItsRequestsAreObserved) {
  const Origin origin("http");
  Gateway gateway({.rules = {rule_for(origin)}});
  const auto got = curl({"-x", gateway.proxy(), "http://" + origin.at(name) + "/a?b=1"});
  EXPECT_TRUE(contains(got.out, "path=/a?b=1 host=" + origin.at(name))) << got.out << got.err;
  const auto seen = gateway.await([](const Observation& o) { return o.what == Seen::http_request; });
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->method, "GET");
  EXPECT_EQ(seen->path, "/a");
  EXPECT_EQ(seen->status, 200);
  const auto via_socks = curl({"-x", gateway.socks(), "http://" + origin.at(name) + "/c"});
  EXPECT_TRUE(contains(via_socks.out, "path=/c")) << via_socks.out << via_socks.err;
}

TEST(GatewayProcess, ANameThatNoRuleAllowsIsRefusedWithAReason) {
  const Origin origin("http");
  Gateway gateway({.rules = {rule_for(origin)}});
  for (const std::string& target : {origin.at("other.test"), std::string("allowed.test.evil.test:80")}) {
    const std::string answer = talk(gateway.proxy_port(), connect_to(target));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
    EXPECT_TRUE(contains(answer, "bailey request domain")) << answer;
    const auto seen = gateway.await_connection();
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->allowed);
    EXPECT_FALSE(seen->reason.empty());
  }
  EXPECT_NE(curl({"-x", gateway.socks(), "http://" + origin.at("other.test")}).exit_status, 0);
  EXPECT_EQ(curl({"-x", gateway.socks(), "http://" + origin.at(name)}).exit_status, 0);
}

TEST(GatewayProcess, AnEmptyListMeansNothing) {
  const Origin origin("http");
  Gateway gateway({.rules = {}});
  EXPECT_TRUE(talk(gateway.proxy_port(), connect_to(origin.at(name))).starts_with("HTTP/1.1 403 "));
}

TEST(GatewayProcess, AnAllowedNameAtAnotherPortIsRefused) {
  const Origin origin("http");
  const Origin elsewhere("http");
  Gateway gateway({.rules = {rule_for(origin)}});
  EXPECT_TRUE(contains(curl({"-x", gateway.proxy(), "http://" + origin.at(name)}).out, "200"));
  EXPECT_TRUE(talk(gateway.proxy_port(), connect_to(elsewhere.at(name))).starts_with("HTTP/1.1 403 "));
}

TEST(GatewayProcess, ATunnelForOneNameCanNotCarryTlsForAnother) {
  const Origin origin("https");
  Gateway gateway({.rules = {rule_for(origin)}});
  const std::string other = origin.at("other.test");
  const auto fronted = curl({"-x", gateway.proxy(), "--connect-to", other + ':' + origin.at(name), "https://" + other});
  EXPECT_EQ(fronted.exit_status, 35) << fronted.out << fronted.err;  // a TLS alert
  EXPECT_TRUE(contains(fronted.err, "unrecognized name")) << fronted.err;
  const auto seen = gateway.await_connection();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->allowed);
  EXPECT_TRUE(contains(seen->reason, "other.test"));
  EXPECT_EQ(curl({"-x", gateway.proxy(), "https://" + origin.at(name)}).exit_status, 0);
}

TEST(GatewayProcess, ATunnelCanNotCarryARequestForAnotherHost) {
  const Origin origin("http");
  Gateway gateway({.rules = {rule_for(origin)}});
  const auto tunnelled = [&](const std::string& host) {
    return curl({"-p", "-x", gateway.proxy(), "-H", "Host: " + host, "http://" + origin.at(name)}).out;
  };
  EXPECT_TRUE(contains(tunnelled(origin.at("other.test")), "421")) << tunnelled(origin.at("other.test"));
  EXPECT_TRUE(contains(tunnelled(origin.at(name)), "path=/"));
}

TEST(GatewayProcess, ATunnelCanNotLeadToAnotherProxy) {
  constexpr std::size_t both_answers_bytes = 60;  // "HTTP/1.1 200 Connection established" and the next status line
  const Origin origin("http");
  Gateway gateway({.rules = {rule_for(origin)}});
  const std::string answer =
      talk(gateway.proxy_port(), connect_to(origin.at(name)) + connect_to(origin.at("other.test")), both_answers_bytes);
  EXPECT_TRUE(contains(answer, "200 Connection established")) << answer;
  EXPECT_TRUE(contains(answer, "HTTP/1.1 4")) << answer;
}

TEST(GatewayProcess, ANameThatLeadsToAPrivateAddressIsRefused) {
  const Origin origin("http");
  NetworkRule rule = rule_for(origin);
  rule.allow_private = false;
  Gateway gateway({.rules = {rule}});
  const std::string answer = talk(gateway.proxy_port(), connect_to(origin.at(name)));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_TRUE(contains(answer, "loopback")) << answer;
  gateway.set_rules({rule_for(origin)});
  EXPECT_TRUE(contains(curl({"-x", gateway.proxy(), "http://" + origin.at(name)}).out, "path=/"));
}

TEST(GatewayProcess, InAllowAllModePrivateAddressesAreStillRefused) {
  const Origin origin("http");
  Gateway gateway({.rules = {}, .mode = Mode::allow_all});
  for (const std::string& target :
       {origin.at(name), origin.at("127.0.0.1"), origin.at("2130706433"), origin.at("0x7f.1"),
        origin.at("[::ffff:127.0.0.1]"), origin.at("[::1]"), std::string("169.254.169.254:80"), origin.at("0.0.0.0")}) {
    const std::string answer = talk(gateway.proxy_port(), connect_to(target));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << target << ' ' << answer;
  }
  NetworkRule literal = rule_for(origin);
  literal.hosts = {"127.0.0.1"};
  gateway.set_rules({literal});
  EXPECT_TRUE(contains(curl({"-x", gateway.proxy(), "http://" + origin.at("127.0.0.1")}).out, "path=/"));
}

TEST(GatewayProcess, AServerThatSpeaksFirstIsReachedWhereARuleNamesItsPort) {
  const Origin origin("silent");
  Gateway gateway({.rules = {rule_for(origin)}});
  const std::string answer = talk(gateway.proxy_port(), connect_to(origin.at(name)), 50);
  EXPECT_TRUE(contains(answer, "220 hello")) << answer;
}

// However long a client is silent: its first words must still be for the host that it was let through to.
TEST(GatewayProcess, WordsThatComeLateNeedTheSameProof) {
  const Origin origin("http");
  Gateway gateway({.rules = {rule_for(origin)}});
  const auto late = [&](const std::string& host) {
    const Fd socket = lab::connect_to(gateway.proxy_port());
    const timeval silence{.tv_sec = 0, .tv_usec = 700'000};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
    lab::send_all(socket.get(), connect_to(origin.at(name)));
    std::array<char, 4096> buffer;
    while (::recv(socket.get(), buffer.data(), buffer.size(), 0) > 0) {
    }
    lab::send_all(socket.get(), "GET /late HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_WAITALL);
    return std::string(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  };
  const std::string honest = late(origin.at(name));
  EXPECT_TRUE(contains(honest, "path=/late")) << honest;
  const std::string other = late("other.test");
  EXPECT_TRUE(other.starts_with("HTTP/1.1 4")) << other;
  EXPECT_FALSE(contains(other, "path=/late")) << other;
}

TEST(GatewayProcess, ARuleWithMethodsReadsTlsAndRefusesTheOthers) {
  const Origin origin("https");
  NetworkRule rule = rule_for(origin);
  rule.methods = {"GET"};
  Gateway gateway({.rules = {rule}, .ca_bundle = *os::read_file(certificate())});
  const std::string session_ca = directory() + "/session-ca.pem";
  ASSERT_TRUE(os::write_file(session_ca, gateway.ca_pem()));
  const std::string url = "https://" + origin.at(name) + "/r";
  const auto got = curl({"-x", gateway.proxy(), "--cacert", session_ca, url});
  EXPECT_TRUE(contains(got.out, "path=/r")) << got.out << got.err;
  const auto posted = curl({"-x", gateway.proxy(), "--cacert", session_ca, "-d", "data", url});
  EXPECT_TRUE(contains(posted.out, "blocked_by_bailey")) << posted.out << posted.err;
  EXPECT_TRUE(contains(posted.out, "403"));
}

// Through the proxy to a server that speaks first, and has. Empty: it never did.
Fd tunnel_that_greets(Gateway& gateway, const Origin& origin) {
  Fd socket = lab::connect_to(gateway.proxy_port());
  lab::send_all(socket.get(), connect_to(origin.at(name)));
  std::array<char, 256> buffer;
  std::string heard;
  while (!contains(heard, "220 hello")) {
    const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return {};
    heard.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return socket;
}

TEST(GatewayProcess, ANewPolicyCutsOpenTunnels) {
  const Origin origin("silent");
  Gateway gateway({.rules = {rule_for(origin)}});
  const Fd socket = tunnel_that_greets(gateway, origin);
  ASSERT_TRUE(socket);
  std::array<char, 256> buffer;
  gateway.set_rules({rule_for(origin)});  // the control: still allowed
  lab::send_all(socket.get(), "echo");
  EXPECT_EQ(::recv(socket.get(), buffer.data(), buffer.size(), 0), 4);
  gateway.set_rules({});
  EXPECT_LE(::recv(socket.get(), buffer.data(), buffer.size(), 0), 0);
  const auto seen = gateway.await_connection();
  ASSERT_TRUE(seen);
  EXPECT_TRUE(contains(seen->reason, "policy"));
}

TEST(GatewayProcess, UploadsBeyondTheSessionsLimitAreCutAndExplained) {
  const Origin origin("https");
  Gateway gateway({.rules = {rule_for(origin)}, .limits = {.upload_session_bytes_max = 2'000'000}});
  const std::string small(500'000, 'x');
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(os::write_file(directory() + "/small", small));
  ASSERT_TRUE(os::write_file(directory() + "/large", large));
  const auto upload = [&](const std::string& file) {
    return curl({"-x", gateway.proxy(), "--data-binary", "@" + directory() + file, "https://" + origin.at(name)});
  };
  EXPECT_TRUE(contains(upload("/small").out, "bytes=500000"));
  EXPECT_NE(upload("/large").exit_status, 0);
  const auto seen = gateway.await([](const Observation& o) { return o.what == Seen::limit; });
  ASSERT_TRUE(seen);
  EXPECT_TRUE(contains(seen->reason, "upload"));
}

TEST(GatewayProcess, ConnectionsBeyondTheLimitAreToldSo) {
  const Origin origin("silent");
  Gateway gateway({.rules = {rule_for(origin)}, .limits = {.connections_per_host_max = 1}});
  const Fd first = lab::connect_to(gateway.proxy_port());
  lab::send_all(first.get(), connect_to(origin.at(name)));
  char byte = 0;
  ASSERT_EQ(::recv(first.get(), &byte, 1, 0), 1);
  const std::string answer = talk(gateway.proxy_port(), connect_to(origin.at(name)));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 ")) << answer;
}

TEST(GatewayProcess, TheHostsOwnProxyIsUsedAndPrivateLiteralsStillRefused) {
  const Origin origin("https");
  NetworkRule rule = rule_for(origin);
  rule.allow_private = false;  // the proxy resolves the name
  Gateway corporate({.rules = {rule_for(origin)}});
  Gateway gateway({.rules = {rule}, .hosts = "", .proxy_variables = "https_proxy=" + corporate.proxy() + "\n"});
  const auto got = curl({"-x", gateway.proxy(), "https://" + origin.at(name) + "/via"});
  EXPECT_TRUE(contains(got.out, "path=/via")) << got.out << got.err;
  EXPECT_TRUE(corporate.await_connection());
  EXPECT_TRUE(talk(gateway.proxy_port(), connect_to(origin.at("127.0.0.1"))).starts_with("HTTP/1.1 403 "));
}

const std::string real_key = "sk-live-REALrealREALrealREAL0123456789";
const std::string fake_key = "sk-live-fakefAKEfakefAKEfakf9876543210";

std::string keep_for(const Origin& origin) {
  auto keep = lab::one_secret(real_key, fake_key);
  keep.secrets[0].hosts = {origin.at(name)};
  return credentials::encode(keep);
}

bool is_misplaced(const Observation& seen) { return seen.what == Seen::secret_misplaced && seen.secret == "key"; }

TEST(GatewayProcess, ASecretGoesToItsHostThoughNoRuleSaysThatItIsInspected) {
  const Origin origin("https");
  std::ifstream file(certificate());
  const std::string trusted(std::istreambuf_iterator<char>(file), {});
  Gateway gateway({.rules = {rule_for(origin)}, .ca_bundle = trusted, .keep = keep_for(origin)});
  std::ofstream(directory() + "/session-ca.pem") << gateway.ca_pem();
  const auto ask = [&](const std::string& key) {
    return run({"/usr/bin/curl", "-sS", "--max-time", "30", "--cacert", directory() + "/session-ca.pem", "-x",
                gateway.proxy(), "-H", "Authorization: Bearer " + key, "https://" + origin.at(name) + "/x"});
  };
  const auto got = ask(fake_key);
  EXPECT_TRUE(contains(got.out, "path=/x")) << got.out << got.err;
  const auto used = gateway.await([](const Observation& seen) { return seen.what == Seen::secret_used; });
  ASSERT_TRUE(used);
  EXPECT_EQ(used->secret, "key");
  EXPECT_EQ(used->status, 200);
  EXPECT_TRUE(contains(ask("somebody-elses").out, "another credential"));
  // Another keep, while it runs: the old placeholder is a stranger's now.
  auto other = lab::one_secret("sk-live-otherOTHERotherOTHER0123456789", "sk-live-standsSTANDSstandsFOR987654321");
  other.secrets[0].hosts = {origin.at(name)};
  gateway.set_keep(credentials::encode(other));
  EXPECT_TRUE(contains(ask("sk-live-standsSTANDSstandsFOR987654321").out, "path=/x"));
  EXPECT_TRUE(contains(ask(fake_key).out, "another credential"));
}

TEST(GatewayProcess, ANewKeepCutsTunnelsToHostsThatHaveASecretNow) {
  const Origin origin("silent");
  Gateway gateway({.rules = {rule_for(origin)}});
  const Fd socket = tunnel_that_greets(gateway, origin);
  ASSERT_TRUE(socket);
  std::array<char, 256> buffer;
  gateway.set_keep(keep_for(origin));
  EXPECT_LE(::recv(socket.get(), buffer.data(), buffer.size(), 0), 0);
}

TEST(GatewayProcess, APlaceholderInAHostNameOrInSniIsRefusedWithAnAlarm) {
  const Origin origin("https");
  const Origin plain("http");
  Gateway gateway(
      {.rules = {rule_for(origin),
                 {.id = "plain", .hosts = {std::string(name)}, .ports = {plain.port()}, .allow_private = true}},
       .keep = keep_for(plain)});
  EXPECT_EQ(curl({"-x", gateway.proxy(), "https://" + origin.at(name)}).exit_status, 0);
  const std::string host = fake_key.substr(0, 20) + '.' + fake_key.substr(20) + ".evil.test";
  EXPECT_TRUE(talk(gateway.proxy_port(), connect_to(host + ":443")).starts_with("HTTP/1.1 403 "));
  auto seen = gateway.await(is_misplaced);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(contains(seen->host, "sk-live"));
  EXPECT_NE(curl({"-x", gateway.socks(), "https://" + host}).exit_status, 0);
  EXPECT_TRUE(gateway.await(is_misplaced));
  const std::string sni = host + ':' + std::to_string(origin.port());
  EXPECT_NE(curl({"-x", gateway.proxy(), "--connect-to", sni + ':' + origin.at(name), "https://" + sni}).exit_status,
            0);
  seen = gateway.await(is_misplaced);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(contains(seen->reason, "beginning of a connection"));
}

TEST(GatewayProcess, AKeepThatCantBeReadIsToldAndNothingIsServed) {
  auto [mine, its] = std::move(*os::socket_pair(os::SocketKind::packet));
  const int link = its.get();
  auto child = os::spawn({.argv = {BAILEY_GATEWAY}, .stderr_fd = 2, .extra_fds = {{link, 3}}});
  ASSERT_TRUE(child);
  const Fd policy = lab::memfd_of(to_json_text(Mode::proxy, {}, {}));
  const Fd keep = lab::memfd_of("13:bailey-keep-1,1:1,");
  ASSERT_TRUE(os::send_message(mine.get(), encode(ToGateway(Configure{.texts = {"policy", "keep"}})),
                               {policy.get(), keep.get()}));
  const auto packet = os::receive_message(mine.get(), link_message_bytes_max);
  ASSERT_TRUE(packet);
  const auto answer = decode_from_gateway(packet->bytes, 0);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::holds_alternative<Failed>(*answer));
}

TEST(GatewayProcess, ItStopsWhenToldAndWhenTheSupervisorHasGone) {
  const Origin origin("http");
  std::optional<Gateway> gateway;
  gateway.emplace(GatewaySetup{.rules = {rule_for(origin)}});
  os::Child child = std::move(gateway->child());
  gateway.reset();
  const auto status = child.wait();
  ASSERT_TRUE(status);
  EXPECT_FALSE(WIFSIGNALED(*status));
}

// The end of a session is no way to keep a connection out of the log.
TEST(GatewayProcess, WhatIsOpenWhenTheSessionEndsIsTold) {
  const Origin origin("silent");
  Gateway gateway({.rules = {rule_for(origin)}});
  const Fd socket = tunnel_that_greets(gateway, origin);
  ASSERT_TRUE(socket);
  gateway.stop();
  const auto told = gateway.await_connection();
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->allowed);
  EXPECT_EQ(told->reason, "the session has ended");
  EXPECT_GT(told->bytes_in, 0U);
  EXPECT_TRUE(WIFEXITED(gateway.child().wait().value()));
}

}  // namespace
}  // namespace bailey::gateway
