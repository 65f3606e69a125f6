#include "broker/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/socket.h"

namespace bailey::broker {
namespace {

using namespace std::chrono_literals;

class BrokerClient : public testing::Test {
 protected:
  void say(std::string_view text) const {
    ASSERT_EQ(::send(guest_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  static std::size_t until_dot(std::string_view text) { return text.ends_with('.') ? 0 : 1; }
  std::pair<Fd, Fd> pair_ = std::move(*os::socket_pair(os::SocketKind::stream));
  Fd& ours_ = pair_.first;
  Fd& guest_ = pair_.second;
  Client client_ = Client(pair_.first.get(), pair_.first.get());
  ReadLimits limits_{.bytes_max = 8, .first_byte = 50ms, .idle = 50ms, .whole = 100ms};
};

TEST_F(BrokerClient, ReadsARequestAndNoByteMore) {
  say("one.two.");
  EXPECT_EQ(*client_.read(limits_, until_dot), "one.");
  EXPECT_EQ(*client_.read(limits_, until_dot), "two.");
  guest_.reset();
  EXPECT_EQ(*client_.read(limits_, until_dot), "") << "the client is done";
}

TEST_F(BrokerClient, WhatIsTooLongSlowOrCutIsAnError) {
  say("123456789");
  EXPECT_FALSE(client_.read(limits_, until_dot));
  EXPECT_FALSE(client_.read(limits_, until_dot)) << "silence";
  say("half");
  EXPECT_FALSE(client_.read(limits_, until_dot)) << "stopped in the middle";
  say("half");
  guest_.reset();
  EXPECT_FALSE(client_.read(limits_, until_dot)) << "closed in the middle";
}

TEST_F(BrokerClient, AnAnnouncedLengthIsNotBelieved) {
  say("x");
  EXPECT_FALSE(client_.read(limits_, [](std::string_view) { return std::size_t{1} << 40; }));
}

TEST_F(BrokerClient, ReadsToTheEndUpToALimit) {
  say("12345678");
  ::shutdown(guest_.get(), SHUT_WR);
  EXPECT_EQ(*client_.read_to_end(limits_), "12345678");
}

TEST_F(BrokerClient, MoreThanTheLimitIsAnErrorBeforeTheEnd) {
  say("123456789");
  EXPECT_FALSE(client_.read_to_end(limits_));
}

TEST_F(BrokerClient, AnEndThatNeverComesIsAnError) {
  say("1234");
  EXPECT_FALSE(client_.read_to_end(limits_));
}

}  // namespace
}  // namespace bailey::broker
