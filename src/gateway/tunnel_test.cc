#include "gateway/tunnel.h"

#include <dirent.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <thread>
#include <vector>

#include "gateway/net_lab.h"

namespace bailey::gateway {
namespace {

using namespace std::chrono_literals;

class ManualClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] SteadyTime steady_now() const override { return now; }
  SteadyTime now = SteadyTime{} + 1h;
};

std::string patterned(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

class TunnelTest : public testing::Test {
 protected:
  void open(std::string first_bytes = {}, std::chrono::nanoseconds idle_max = 1h) {
    open(std::move(first_bytes), idle_max, buffers_);
  }
  void open(std::string first_bytes, std::chrono::nanoseconds idle_max, BufferPool& buffers) {
    auto [client, gateway_client] = lab::tcp_pair();
    auto [server, gateway_server] = lab::tcp_pair();
    client_ = std::move(client);
    server_ = std::move(server);
    auto opened = Tunnel::open({*loop_, buffers, bandwidth_, uploads_},
                               {std::move(gateway_client), std::move(gateway_server), std::move(first_bytes)}, idle_max,
                               [this](TunnelEnd end) {
                                 end_ = end;
                                 traffic_ = tunnel_->traffic();
                                 loop_->dispose(std::move(tunnel_));
                               });
    ASSERT_TRUE(opened);
    tunnel_ = std::move(*opened);
  }
  // Sends from a thread while the loop carries.
  std::string pass(int from, int to, const std::string& bytes) {
    std::jthread sender([&] {
      lab::send_all(from, bytes);
      ::shutdown(from, SHUT_WR);
    });
    return lab::receive(*loop_, to);
  }
  bool is_reset(int socket) {
    bool reset = false;
    lab::run_until(*loop_, [&] {
      char byte = 0;
      const ssize_t count = ::recv(socket, &byte, 1, MSG_DONTWAIT);
      return reset = count < 0 && errno == ECONNRESET;
    });
    return reset;
  }
  void run_to_end() {
    lab::run_until(*loop_, [this] { return end_.has_value(); });
  }

  ManualClock clock_;
  std::unique_ptr<event::Loop> loop_ = std::move(*event::Loop::create(clock_));
  BufferPool buffers_;
  Bandwidth bandwidth_;
  UploadBudget uploads_;
  Tunnel::Shared shared_{*loop_, buffers_, bandwidth_, uploads_};
  Fd client_;
  Fd server_;
  std::optional<TunnelEnd> end_;
  TunnelTraffic traffic_;
  std::unique_ptr<Tunnel> tunnel_;
};

TEST_F(TunnelTest, WhatOneSideSendsTheOtherReceivesUnchanged) {
  open();
  const std::string up = patterned(5'000'001);
  EXPECT_EQ(pass(client_.get(), server_.get(), up), up);
  const std::string down = patterned(7'000'003);
  EXPECT_EQ(pass(server_.get(), client_.get(), down), down);
  run_to_end();
  EXPECT_EQ(end_, TunnelEnd::finished);
  EXPECT_EQ(traffic_.bytes_out, up.size());
  EXPECT_EQ(traffic_.bytes_in, down.size());
  EXPECT_EQ(buffers_.in_use(), 0U);
}

TEST_F(TunnelTest, BytesAlreadyReadComeFirst) {
  open("first, ");
  lab::send_all(client_.get(), "then the rest");
  EXPECT_EQ(lab::receive(*loop_, server_.get(), 20), "first, then the rest");
  EXPECT_EQ(tunnel_->traffic().bytes_out, 20U);
}

TEST_F(TunnelTest, OneSideMayEndWhileTheOtherGoesOn) {
  open();
  ::shutdown(client_.get(), SHUT_WR);
  EXPECT_EQ(lab::receive(*loop_, server_.get()), "");
  lab::send_all(server_.get(), "still here");
  EXPECT_EQ(lab::receive(*loop_, client_.get(), 10), "still here");
  EXPECT_FALSE(end_);
}

TEST_F(TunnelTest, ASideThatIsCutOffCutsOffTheOther) {
  open();
  const linger at_once{1, 0};
  ::setsockopt(server_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  server_.reset();
  EXPECT_TRUE(is_reset(client_.get()));
  EXPECT_EQ(end_, TunnelEnd::reset);
}

TEST_F(TunnelTest, WithoutBuffersBytesAreMovedAndNothingIsLost) {
  BufferPool none(0);
  open("head ", 1h, none);
  const std::string up = patterned(3'000'001);
  EXPECT_EQ(pass(client_.get(), server_.get(), up), "head " + up);
  EXPECT_EQ(tunnel_->traffic().bytes_out, up.size() + 5);
}

TEST_F(TunnelTest, AReceiverThatStallsStopsTheSenderAndHoldsOneBuffer) {
  open();
  lab::make_non_blocking(server_.get());
  const std::string part = patterned(std::size_t{1} << 20);
  std::size_t sent = 0;
  int refusals = 0;
  while (refusals < 20 && sent < (std::size_t{1} << 30)) {
    const ssize_t count = ::send(server_.get(), part.data(), part.size(), MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
    else ++refusals;
    ASSERT_TRUE(loop_->run_once(0ms));
  }
  EXPECT_EQ(refusals, 20);
  EXPECT_LE(buffers_.in_use(), 1U);
  EXPECT_EQ(lab::receive(*loop_, client_.get(), sent).size(), sent);
  EXPECT_EQ(buffers_.in_use(), 0U);
}

TEST_F(TunnelTest, IdleConnectionsHoldNoBuffer) {
  std::vector<std::unique_ptr<Tunnel>> tunnels;
  std::vector<Fd> ends;
  for (int i = 0; i < 200; ++i) {  // each takes four descriptors here; a process may have 1,024 by default
    auto [client, gateway_client] = lab::tcp_pair();
    auto [server, gateway_server] = lab::tcp_pair();
    auto opened =
        Tunnel::open(shared_, {std::move(gateway_client), std::move(gateway_server), {}}, 1h, [](TunnelEnd) {});
    ASSERT_TRUE(opened);
    tunnels.push_back(std::move(*opened));
    lab::send_all(client.get(), "x");
    EXPECT_EQ(lab::receive(*loop_, server.get(), 1), "x");
    ends.push_back(std::move(client));
    ends.push_back(std::move(server));
  }
  EXPECT_EQ(buffers_.in_use(), 0U);
}

TEST_F(TunnelTest, AConnectionThatIsQuietForTooLongEnds) {
  open({}, 60s);
  clock_.now += 59s;
  lab::send_all(client_.get(), "x");
  EXPECT_EQ(lab::receive(*loop_, server_.get(), 1), "x");
  clock_.now += 59s;
  ASSERT_TRUE(loop_->run_once(0ms));
  EXPECT_FALSE(end_);
  clock_.now += 2s;
  run_to_end();
  EXPECT_EQ(end_, TunnelEnd::idle);
}

TEST_F(TunnelTest, UploadsBeyondTheSessionsLimitAreCut) {
  uploads_.bytes_max = 1'000'000;
  uploads_.used_bytes = 400'000;  // by other connections
  open();
  const std::string allowed = patterned(600'000);
  std::jthread sender([&] { lab::send_all(client_.get(), allowed); });
  EXPECT_EQ(lab::receive(*loop_, server_.get(), allowed.size()), allowed);
  EXPECT_FALSE(end_);  // the control: exactly the limit is allowed
  sender.join();
  lab::send_all(client_.get(), "x");
  run_to_end();
  EXPECT_EQ(end_, TunnelEnd::upload_limit);
  EXPECT_TRUE(is_reset(server_.get()));
}

TEST_F(TunnelTest, DownloadsDoNotCountAsUploads) {
  uploads_.bytes_max = 10;
  open();
  const std::string down = patterned(100'000);
  EXPECT_EQ(pass(server_.get(), client_.get(), down), down);
  EXPECT_EQ(uploads_.used_bytes, 0U);
}

TEST_F(TunnelTest, ASessionCarriesNoMoreThanItsBandwidth) {
  bandwidth_.set_limit(100'000);
  open();
  const std::string bytes = patterned(300'000);
  std::jthread sender([&] { lab::send_all(client_.get(), bytes); });
  // The burst at once; the clock stands still, so nothing more comes however often the loop runs.
  const std::string burst = lab::receive(*loop_, server_.get(), 60'000);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(loop_->run_once(1ms));
  EXPECT_LE(tunnel_->traffic().bytes_out, bandwidth_burst_bytes_min);
  std::string rest;
  while (burst.size() + rest.size() < bytes.size()) {
    clock_.now += 100ms;
    ASSERT_TRUE(loop_->run_once(1ms));
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(server_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) rest.append(buffer.data(), static_cast<std::size_t>(count));
  }
  EXPECT_EQ(burst + rest, bytes);
}

TEST_F(TunnelTest, CuttingResetsBothSides) {
  open();
  tunnel_->cut(TunnelEnd::cut);
  EXPECT_EQ(end_, TunnelEnd::cut);
  EXPECT_TRUE(is_reset(client_.get()));
  EXPECT_TRUE(is_reset(server_.get()));
}

}  // namespace
}  // namespace bailey::gateway
