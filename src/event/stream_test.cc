#include "event/stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "os/files.h"
#include "os/socket.h"

namespace bailey::event {
namespace {

constexpr std::size_t queue_bytes_max = 64 << 10;

struct StreamTest : testing::Test {
  StreamTest() : loop(Loop::create(clock).value()) {
    auto pair = os::socket_pair(os::SocketKind::stream).value();
    theirs = std::move(pair.second);
    stream = Stream::open(*loop, std::move(pair.first), queue_bytes_max,
                          {.on_data = [this](std::string_view bytes) { received += bytes; },
                           .on_end = [this] { ++ends; },
                           .on_error = [this](const Error&) { ++errors; },
                           .on_drained = [this] { ++drains; }})
                 .value();
  }
  void rounds(int count = 4) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(0)));
  }
  std::string take_all() {
    std::string taken;
    char buffer[65536];
    while (true) {
      const ssize_t count = ::recv(theirs.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (count <= 0) return taken;
      taken.append(buffer, static_cast<std::size_t>(count));
    }
  }

  SystemClock clock;
  std::unique_ptr<Loop> loop;
  Fd theirs;
  std::unique_ptr<Stream> stream;
  std::string received;
  int ends = 0, errors = 0, drains = 0;
};

TEST_F(StreamTest, BytesComeAndGo) {
  ASSERT_TRUE(stream->write("hello"));
  EXPECT_EQ(take_all(), "hello");
  ASSERT_EQ(::write(theirs.get(), "there", 5), 5);
  rounds();
  EXPECT_EQ(received, "there");
}

TEST_F(StreamTest, APeerThatDoesNotReadMakesWritesFailInsteadOfMemoryGrow) {
  const std::string block(4096, 'x');
  std::size_t accepted = 0;
  while (stream->write(block)) accepted += block.size();
  EXPECT_LE(stream->queued_bytes(), queue_bytes_max);
  EXPECT_LT(stream->room_bytes(), block.size());
  EXPECT_FALSE(stream->write(block));
  rounds();
  EXPECT_EQ(drains, 0) << "the peer has read nothing yet";
  std::string taken;
  for (int i = 0; i < 100 && taken.size() < accepted; ++i) {
    taken += take_all();
    rounds();
  }
  EXPECT_EQ(taken.size(), accepted) << "what was accepted arrives, what was refused does not";
  EXPECT_EQ(drains, 1);
}

TEST_F(StreamTest, AWriteLargerThanTheQueueIsRefusedWhole) {
  EXPECT_FALSE(stream->write(std::string(queue_bytes_max + 1, 'x')));
  EXPECT_EQ(take_all(), "");
}

TEST_F(StreamTest, PausedReadingLeavesTheBytesWithTheKernel) {
  stream->pause_reading();
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  rounds();
  EXPECT_EQ(received, "");
  stream->resume_reading();
  rounds();
  EXPECT_EQ(received, "x");
}

TEST_F(StreamTest, TheEndIsReportedOnceAndWritingGoesOn) {
  ASSERT_EQ(::shutdown(theirs.get(), SHUT_WR), 0);
  rounds();
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(errors, 0);
  ASSERT_TRUE(stream->write("still"));
  EXPECT_EQ(take_all(), "still");
}

TEST_F(StreamTest, AClosedPeerIsAnErrorNotASignal) {
  theirs.reset();
  rounds();
  EXPECT_EQ(ends, 1);
  (void)stream->write("x");
  rounds();
  EXPECT_EQ(errors, 1) << "and SIGPIPE did not end this process";
  EXPECT_FALSE(stream->write("y"));
}

// A server that turns an upload down answers and closes without reading the rest.
TEST_F(StreamTest, WhatAPeerSaidBeforeItClosedIsHeardBeforeTheError) {
  ASSERT_TRUE(stream->write("an upload"));
  rounds();
  ASSERT_EQ(::write(theirs.get(), "too large", 9), 9);
  theirs.reset();
  (void)stream->write("more");
  rounds();
  EXPECT_EQ(received, "too large");
  EXPECT_EQ(errors, 1);
}

TEST_F(StreamTest, FinishWritingDeliversTheQueueFirst) {
  const std::string block(4096, 'x');
  std::size_t accepted = 0;
  while (stream->write(block)) accepted += block.size();
  stream->finish_writing();
  EXPECT_FALSE(stream->write("late"));
  std::size_t taken = 0;
  for (int i = 0; i < 100 && taken < accepted; ++i) {
    taken += take_all().size();
    rounds();
  }
  char byte = 0;
  EXPECT_EQ(::recv(theirs.get(), &byte, 1, MSG_DONTWAIT), 0) << "end of stream";
  EXPECT_EQ(taken, accepted);
}

TEST_F(StreamTest, AHandlerMayDestroyTheStream) {
  auto pair = os::socket_pair(os::SocketKind::stream).value();
  std::unique_ptr<Stream> victim;
  const auto captured = std::make_shared<int>(1);
  victim =
      Stream::open(*loop, std::move(pair.first), queue_bytes_max, {.on_data = [&victim, captured](std::string_view) {
        victim.reset();
        *captured = 2;  // the closure must have survived its owner
      }}).value();
  ASSERT_EQ(::write(pair.second.get(), "x", 1), 1);
  rounds();
  EXPECT_EQ(*captured, 2);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(StreamTest, APipesWriteEndIsClosedWhenFinished) {
  int ends_of_pipe[2];
  ASSERT_EQ(::pipe2(ends_of_pipe, O_CLOEXEC), 0);
  const Fd read_end(ends_of_pipe[0]);
  auto pipe = Stream::open(*loop, Fd(ends_of_pipe[1]), queue_bytes_max, {}).value();
  ASSERT_TRUE(pipe->write("all"));
  pipe->finish_writing();
  EXPECT_EQ(os::read_all(read_end.get()).value(), "all");
}

TEST_F(StreamTest, ASharedDescriptorKeepsItsFlagsAndNeverBlocks) {
  int ends_of_pipe[2];
  ASSERT_EQ(::pipe2(ends_of_pipe, O_CLOEXEC), 0);
  const Fd read_end(ends_of_pipe[0]);
  auto pipe = Stream::adopt(*loop, Fd(ends_of_pipe[1]), std::size_t{1} << 20, {}).value();
  ASSERT_TRUE(pipe->write(std::string(1 << 20, 'x')));
  rounds(1000);  // would hang here if it blocked: a pipe holds 64 KiB
  EXPECT_GT(pipe->queued_bytes(), 0U);
  EXPECT_EQ(::fcntl(pipe->fd(), F_GETFL) & O_NONBLOCK, 0);
  std::size_t taken = 0;
  char buffer[65536];
  pipe->finish_writing();
  while (const ssize_t count = ::read(read_end.get(), buffer, sizeof buffer)) {
    ASSERT_GT(count, 0);
    taken += static_cast<std::size_t>(count);
    rounds(20);
  }
  EXPECT_EQ(taken, std::size_t{1} << 20);
}

}  // namespace
}  // namespace bailey::event
