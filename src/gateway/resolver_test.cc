#include "gateway/resolver.h"

#include <gtest/gtest.h>

#include "gateway/connector.h"
#include "gateway/net_lab.h"

namespace bailey::gateway {
namespace {

using namespace std::chrono_literals;

// Answers every question for A with the addresses it was given, and everything else with nothing.
class NameServer {
 public:
  explicit NameServer(event::Loop& loop) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    watch_ = std::move(*loop.watch(socket_.get(), event::Interest::read, [this](event::Ready) { answer(); }));
  }
  [[nodiscard]] std::uint16_t port() const { return lab::port_of(socket_.get()); }
  std::string address = std::string("\x7f\x00\x00\x01", 4);
  int questions = 0;
  std::uint8_t ttl_seconds = 60;

 private:
  void answer() {
    char buffer[512];
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const ssize_t count =
        ::recvfrom(socket_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 17) return;
    const std::size_t question_end = std::string_view(buffer, static_cast<std::size_t>(count)).find('\0', 12) + 5;
    const bool is_a = buffer[question_end - 3] == 1;
    if (is_a) ++questions;
    std::string message(buffer, question_end);
    message[2] = '\x81';
    message[3] = '\x80';
    message[7] = is_a ? '\x01' : '\x00';
    message[9] = message[11] = '\0';
    if (is_a)
      message += std::string("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00", 9) + static_cast<char>(ttl_seconds) +
                 std::string("\x00\x04", 2) + address;
    ::sendto(socket_.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
  }

  Fd socket_;
  event::Watch watch_;
};

class ManualClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] SteadyTime steady_now() const override { return now; }
  SteadyTime now{std::chrono::hours(1)};
};

Fd silent_name_server() {
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
  return socket;
}

class ResolverTest : public testing::Test {
 protected:
  std::unique_ptr<HostResolver> resolver(const std::string& hosts = "") {
    const ResolverSettings settings{.servers = {IpAddress::v4(127, 0, 0, 1)}, .timeout_seconds = 1, .attempts = 1};
    auto made = HostResolver::create(*loop_, parse_hosts(hosts), settings, server_.port());
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  Result<std::vector<IpAddress>> resolve(HostResolver& with, const std::string& host) {
    std::optional<Result<std::vector<IpAddress>>> answer;
    const auto ticket = std::make_shared<Resolved>([&](Result<std::vector<IpAddress>> r) { answer = std::move(r); });
    with.resolve(host, ticket);
    lab::run_until(*loop_, [&] { return answer.has_value(); });
    return answer ? *answer : fail("resolve", "no answer");
  }

  SystemClock clock_;
  std::unique_ptr<event::Loop> loop_ = std::move(*event::Loop::create(clock_));
  NameServer server_{*loop_};
};

TEST_F(ResolverTest, TheHostsFileComesFirst) {
  auto resolver = this->resolver("10.0.0.1 a.example\n");
  EXPECT_EQ(*resolve(*resolver, "a.example"), std::vector{IpAddress::v4(10, 0, 0, 1)});
  EXPECT_EQ(server_.questions, 0);
}

TEST_F(ResolverTest, AnswersAreKept) {
  auto resolver = this->resolver();
  EXPECT_EQ(*resolve(*resolver, "a.example"), std::vector{IpAddress::v4(127, 0, 0, 1)});
  EXPECT_EQ(*resolve(*resolver, "a.example"), std::vector{IpAddress::v4(127, 0, 0, 1)});
  EXPECT_EQ(server_.questions, 1);
}

TEST_F(ResolverTest, QuestionsForOneNameAreAskedOnce) {
  auto resolver = this->resolver();
  int answers = 0;
  std::vector<std::shared_ptr<Resolved>> tickets;
  for (int i = 0; i < 5; ++i) {
    tickets.push_back(std::make_shared<Resolved>([&](const Result<std::vector<IpAddress>>&) { ++answers; }));
    resolver->resolve("a.example", tickets.back());
  }
  tickets.pop_back();  // lost interest
  lab::run_until(*loop_, [&] { return answers == 4; });
  EXPECT_EQ(server_.questions, 1);
}

TEST_F(ResolverTest, ANameServerThatIsDownIsAnErrorInTime) {
  const ResolverSettings settings{.servers = {IpAddress::v4(127, 0, 0, 1)}, .timeout_seconds = 1, .attempts = 1};
  auto resolver = HostResolver::create(*loop_, {}, settings, 1);
  ASSERT_TRUE(resolver);
  const auto refused = resolve(**resolver, "a.example");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "the host's name servers do not answer");
}

// resolv.conf may ask for minutes; nobody waits for them.
TEST_F(ResolverTest, NameServersThatSayNothingAreNotWaitedForLong) {
  const Fd silent = silent_name_server();
  ManualClock clock;
  auto loop = std::move(*event::Loop::create(clock));
  const ResolverSettings settings{.servers = {IpAddress::v4(127, 0, 0, 1)}, .timeout_seconds = 30, .attempts = 5};
  auto resolver = std::move(*HostResolver::create(*loop, {}, settings, lab::port_of(silent.get())));
  std::vector<std::string> reasons;
  std::vector<std::shared_ptr<Resolved>> tickets;
  const auto ask = [&] {
    tickets.push_back(std::make_shared<Resolved>(
        [&](const Result<std::vector<IpAddress>>& answer) { reasons.push_back(answer.error().why); }));
    resolver->resolve("a.example", tickets.back());
    (void)loop->run_once(0ms);
  };
  ask();
  ask();
  clock.now += silence_max - 1s;
  (void)loop->run_once(0ms);
  EXPECT_TRUE(reasons.empty());
  clock.now += 2s;
  (void)loop->run_once(0ms);
  EXPECT_EQ(reasons, std::vector<std::string>(2, "the host's name servers do not answer"));
  ask();
  EXPECT_EQ(reasons.size(), 3U) << "at once: it is known";
  clock.now += silence_ttl + 1s;
  ask();
  EXPECT_EQ(reasons.size(), 3U) << "asked again";
}

// Rebinding: a name that was on the internet a moment ago.
TEST_F(ResolverTest, ANameThatIsReboundToAPrivateAddressIsNotConnectedTo) {
  server_.ttl_seconds = 0;
  auto resolver = this->resolver();
  Connector connector(*loop_, *resolver, {});
  const Fd listener = lab::listen_on_loopback();
  const Authority authority{.host = "a.example", .port = lab::port_of(listener.get())};
  const auto connect = [&](const Verdict& verdict) {
    std::optional<Result<Upstream>> outcome;
    const auto connecting =
        connector.connect(authority, verdict, [&](Result<Upstream> up) { outcome = std::move(up); });
    lab::run_until(*loop_, [&] { return outcome.has_value(); });
    return outcome ? std::move(*outcome) : fail("connect", "nothing happened");
  };
  const auto refused = connect({.action = RuleAction::allow});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EACCES);
  EXPECT_TRUE(connect({.action = RuleAction::allow, .allow_private = true}));
}

}  // namespace
}  // namespace bailey::gateway
