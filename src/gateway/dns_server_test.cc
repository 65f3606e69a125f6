// Real sockets, dig and hostile clients against the server.
#include "gateway/dns_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "gateway/dns_test_support.h"

namespace bailey::gateway {
namespace {

using namespace std::string_literals;

struct MovedClock final : Clock {
  WallTime wall_now() const override { return {}; }
  SteadyTime steady_now() const override { return now; }
  SteadyTime now{std::chrono::hours(1)};
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Fd bound(int type, std::uint16_t port) {
  Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  // Accepted connections inherit these: small, so that a client that reads nothing is felt soon.
  const int buffer_bytes = 16 << 10;
  if (type == SOCK_STREAM)
    for (const int option : {SO_SNDBUF, SO_RCVBUF})
      ::setsockopt(fd.get(), SOL_SOCKET, option, &buffer_bytes, sizeof buffer_bytes);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  if (type == SOCK_STREAM && ::listen(fd.get(), 256) != 0) return {};
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

struct DnsServerTest : testing::Test {
  void SetUp() override {
    DnsSockets sockets;
    // The same port for both, as dig wants it.
    for (int attempt = 0; attempt < 50 && sockets.tcp.empty(); ++attempt) {
      Fd udp = bound(SOCK_DGRAM, 0);
      Fd tcp = bound(SOCK_STREAM, port_of(udp.get()));
      if (!tcp) continue;
      port = port_of(udp.get());
      sockets.udp.push_back(std::move(udp));
      sockets.tcp.push_back(std::move(tcp));
    }
    ASSERT_FALSE(sockets.tcp.empty());
    server = DnsServer::open(*loop, std::move(sockets), example_policy, names, observer, forbid).value();
  }
  // A name with the word in it tells of a secret.
  static std::optional<Observation> forbid(std::string_view name) {
    if (name.find("CANARY") == std::string_view::npos) return std::nullopt;
    return Observation{
        .what = Seen::secret_misplaced, .reason = "no such thing here", .host = "(withheld)", .secret = "key"};
  }
  void rounds(int count = 5) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(1)));
  }
  Fd client(int type) {
    Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  void send(const Fd& fd, const std::string& bytes) {
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  static std::string framed(const std::string& message) {
    return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} + message;
  }
  // What there is to read; `closed` says whether the other side has ended the connection.
  std::string receive(const Fd& fd, bool* closed = nullptr) {
    std::string all;
    char buffer[65536];
    while (true) {
      const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (closed != nullptr) *closed = count == 0 || (count < 0 && errno == ECONNRESET);
      if (count <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(count));
    }
  }
  std::string dig(const std::string& arguments) {
    std::string output;
    std::atomic<bool> done = false;
    std::thread runner([&] {
      const std::string command =
          "dig @127.0.0.1 -p " + std::to_string(port) + " +tries=1 +time=20 " + arguments + " 2>&1";
      if (FILE* pipe = ::popen(command.c_str(), "r")) {
        char buffer[4096];
        while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
        ::pclose(pipe);
      }
      done = true;
    });
    while (!done) (void)loop->run_once(std::chrono::milliseconds(10));
    runner.join();
    return output;
  }
  void expect_in(const std::string& part, const std::string& whole) {
    EXPECT_NE(whole.find(part), std::string::npos) << part << " is not in:\n" << whole;
  }
  // The positive control of the attacks: the server still answers others.
  void expect_alive() {
    const Fd fd = client(SOCK_DGRAM);
    send(fd, wire(query_message("allowed.example")));
    rounds();
    const auto answer = parse_message(receive(fd), Pointers::followed);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->answers.size(), 1U);
  }

  MovedClock clock;
  std::unique_ptr<event::Loop> loop = event::Loop::create(clock).value();
  NameTable names;
  RecordingObserver observer;
  std::unique_ptr<DnsServer> server;
  std::uint16_t port = 0;
};

TEST_F(DnsServerTest, ANameThatTellsASecretDoesNotExistAndIsAnAlarmAtOnce) {
  expect_in("status: NOERROR", dig("allowed.example"));
  // Other names have emptied every bucket of the log before.
  for (int i = 0; i < 300; ++i) {
    const Fd fd = client(SOCK_DGRAM);
    send(fd, wire(query_message("n" + std::to_string(i) + ".flood" + std::to_string(i) + ".example")));
    rounds(1);
  }
  for (const std::string type : {"A", "AAAA", "TXT"}) {
    const std::string answer = dig("x.CANARY.allowed.example " + type);
    expect_in("status: NXDOMAIN", answer);
    expect_in("no such thing here", answer);
  }
  const auto alarms = std::count_if(observer.all.begin(), observer.all.end(),
                                    [](const Observation& seen) { return seen.what == Seen::secret_misplaced; });
  EXPECT_EQ(alarms, 1) << "once; the others are counted";
}

TEST_F(DnsServerTest, DigReadsTheAnswersOverUdpAndTcp) {
  for (const std::string carrier : {"+notcp ", "+tcp "}) {
    EXPECT_EQ(dig(carrier + "+short allowed.example A"), "198.18.1.0\n");
    EXPECT_EQ(dig(carrier + "+short allowed.example AAAA"), "fd62:6169:6c65:7900::100\n");
    EXPECT_EQ(dig(carrier + "+short -x 198.18.1.0"), "allowed.example.\n");
    for (const std::string type : {"HTTPS", "TXT", "MX", "TYPE4711"}) {
      const std::string output = dig(carrier + "allowed.example " + type);
      expect_in("status: NOERROR", output);
      expect_in("ANSWER: 0", output);
      EXPECT_EQ(output.find("WARNING"), std::string::npos) << output;
    }
    expect_in("\"RFC8482\" \"\"", dig(carrier + "allowed.example ANY"));
    const std::string unknown = dig(carrier + "evil.example");
    expect_in("status: NXDOMAIN", unknown);
    expect_in("EDE: 15 (Blocked): (bailey: evil.example is on no list)", unknown);
    expect_in("SOA", unknown);
    expect_in("status: REFUSED", dig(carrier + "version.bind CH TXT"));
    expect_in("status: NOTIMP", dig(carrier + "+opcode=UPDATE allowed.example"));
    EXPECT_EQ(dig(carrier + "+noedns +short aLLoWeD.example A"), "198.18.1.0\n");
  }
  expect_in("status: NOERROR", dig("+edns=1 allowed.example"));  // BADVERS, then again with version 0
}

TEST_F(DnsServerTest, BothQueriesOfGetaddrinfoOnOneSocketAreAnsweredByTheirIds) {
  const Fd fd = client(SOCK_DGRAM);
  Message four = query_message("allowed.example"), six = query_message("allowed.example", RrType::aaaa);
  four.id = 1;
  six.id = 2;
  send(fd, wire(four));
  send(fd, wire(six));
  rounds();
  char buffer[512];
  for (const int id : {1, 2}) {
    const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    EXPECT_EQ(parse_message({buffer, static_cast<std::size_t>(count)}, Pointers::followed)->id, id);
  }
  ASSERT_EQ(observer.all.size(), 1U) << "one name, one event";
}

TEST_F(DnsServerTest, AnswersOverIpv6ComeFromTheAddressThatWasAsked) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  DnsSockets sockets;
  Fd& udp = sockets.udp.emplace_back(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!udp || ::bind(udp.get(), generic, size) != 0) GTEST_SKIP() << "this machine has no IPv6 loopback";
  ASSERT_EQ(::getsockname(udp.get(), generic, &size), 0);
  const auto second = DnsServer::open(*loop, std::move(sockets), example_policy, names, observer, forbid).value();
  const Fd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(fd.get(), generic, size), 0);  // connected: answers from elsewhere are not seen
  send(fd, wire(query_message("allowed.example", RrType::aaaa)));
  rounds();
  EXPECT_EQ(parse_message(receive(fd), Pointers::followed).value().answers.size(), 1U);
}

TEST_F(DnsServerTest, HostileDatagramsGetAnErrorOrSilence) {
  const std::string good = wire(with_edns(query_message("allowed.example")));
  const Fd fd = client(SOCK_DGRAM);
  for (std::size_t length = 0; length < good.size(); ++length) {
    send(fd, good.substr(0, length));
    rounds(2);
    const std::string answer = receive(fd);
    EXPECT_EQ(answer.empty(), length < dns_header_bytes) << length;
    if (!answer.empty()) {
      EXPECT_EQ(answer[3] & 0xF, 1) << length << ": FORMERR";
    }
  }
  std::string endless = good.substr(0, dns_header_bytes);
  while (endless.size() < 60000) endless += "\1a";
  send(fd, endless);
  Message response = query_message("allowed.example");
  response.is_response = true;
  send(fd, wire(response));
  rounds();
  EXPECT_EQ(receive(fd).size(), dns_header_bytes) << "one FORMERR, and nothing for the response";
  expect_alive();
}

TEST_F(DnsServerTest, PipelinedQueriesInPiecesAreAnsweredInOrder) {
  std::string all;
  constexpr std::uint16_t queries_count = 200;
  for (std::uint16_t id = 0; id < queries_count; ++id) {
    Message message = query_message("allowed.example");
    message.id = id;
    all += framed(wire(message));
  }
  const Fd fd = client(SOCK_STREAM);
  std::string received;
  for (std::size_t at = 0; at < all.size(); at += 1001) {
    send(fd, all.substr(at, 1001));
    rounds(2);
    received += receive(fd);
  }
  for (int i = 0; i < 50; ++i) {
    rounds(2);
    received += receive(fd);
  }
  for (std::uint16_t id = 0; id < queries_count; ++id) {
    ASSERT_GT(received.size(), 2U) << id;
    const std::size_t length = static_cast<std::uint8_t>(received[0]) * 256U + static_cast<std::uint8_t>(received[1]);
    EXPECT_EQ(parse_message(received.substr(2, length), Pointers::followed).value().id, id);
    received.erase(0, 2 + length);
  }
  EXPECT_TRUE(received.empty());
}

TEST_F(DnsServerTest, AClientThatSendsAllAndEndsStillGetsItsAnswer) {
  const Fd fd = client(SOCK_STREAM);
  send(fd, framed(wire(query_message("allowed.example"))));
  ::shutdown(fd.get(), SHUT_WR);
  rounds();
  bool closed = false;
  EXPECT_FALSE(receive(fd, &closed).empty());
  EXPECT_TRUE(closed);
  EXPECT_EQ(server->connection_count(), 0U);
}

TEST_F(DnsServerTest, ASlowClientIsIdle) {
  const Fd slow = client(SOCK_STREAM), busy = client(SOCK_STREAM);
  bool closed = false;
  for (int i = 0; i < 12 && !closed; ++i) {  // a byte a second
    (void)::send(slow.get(), "\0", 1, MSG_NOSIGNAL);
    send(busy, framed(wire(query_message("allowed.example"))));
    rounds(3);
    EXPECT_FALSE(receive(busy, nullptr).empty()) << "the control: who asks stays";
    (void)receive(slow, &closed);
    clock.now += std::chrono::seconds(1);
  }
  EXPECT_EQ(server->connection_count(), 1U);
}

TEST_F(DnsServerTest, AClientThatReadsNothingIsHeldBackAndEnded) {
  const Fd fd = client(SOCK_STREAM);
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  const std::string query = framed(wire(query_message("allowed.example")));
  std::string block;
  while (block.size() < 64000) block += query;
  std::size_t sent = 0;
  constexpr int refused_in_a_row = 500;  // more rounds than it takes to answer what the buffers hold
  for (int refused = 0; refused < refused_in_a_row;) {
    const ssize_t count = ::send(fd.get(), block.data() + sent % query.size(), 32000, MSG_NOSIGNAL);
    sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    refused = count > 0 ? 0 : refused + 1;
    rounds(2);
    ASSERT_LT(sent, std::size_t{256} << 20) << "nothing holds it back";
  }
  expect_alive();
  clock.now += dns_idle_time_max;
  rounds();
  EXPECT_EQ(server->connection_count(), 0U);
}

TEST_F(DnsServerTest, AnOverlongMessageOrAResponseEndsTheConnection) {
  Message response = query_message("allowed.example");
  response.is_response = true;
  for (const std::string& bytes : {"\xFF\xFF"s, "\x10\x01"s, framed(wire(response)), "\0\0"s}) {
    const Fd fd = client(SOCK_STREAM);
    send(fd, bytes);
    rounds();
    bool closed = false;
    EXPECT_EQ(receive(fd, &closed), "");
    EXPECT_TRUE(closed);
  }
  expect_alive();
}

TEST_F(DnsServerTest, AFloodOfConnectionsDoesNotLockOthersOut) {
  std::vector<Fd> flood;
  for (int i = 0; i < 200; ++i) {
    flood.push_back(client(SOCK_STREAM));
    rounds(1);
  }
  rounds();
  EXPECT_EQ(server->connection_count(), dns_connections_max);
  clock.now += std::chrono::seconds(1);
  const Fd fd = client(SOCK_STREAM);
  send(fd, framed(wire(query_message("allowed.example"))));
  rounds();
  EXPECT_FALSE(receive(fd).empty());
  bool closed = false;
  (void)receive(flood.front(), &closed);
  EXPECT_TRUE(closed) << "the one that was quiet for longest went";
  EXPECT_EQ(server->connection_count(), dns_connections_max);
  expect_alive();
  clock.now += dns_idle_time_max;
  rounds();
  EXPECT_EQ(server->connection_count(), 0U);
}

TEST_F(DnsServerTest, AFloodOfNamesIsSummarisedByTheClock) {
  const Fd fd = client(SOCK_DGRAM);
  for (int i = 0; i < 300; ++i) {
    send(fd, wire(query_message("x" + std::to_string(i) + ".evil.example", RrType::txt)));
    rounds(1);
    EXPECT_FALSE(receive(fd).empty());
  }
  EXPECT_LT(observer.all.size(), 30U);
  clock.now += log_summary_period;
  rounds(1);
  EXPECT_EQ(observer.all.back().host, "*.evil.example");
  EXPECT_EQ(observer.all.back().count, 300 - static_cast<std::uint64_t>(blocked_names_per_parent_burst));
}

}  // namespace
}  // namespace bailey::gateway
