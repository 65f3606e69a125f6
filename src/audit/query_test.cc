#include "audit/query.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/test_support.h"

namespace bailey::audit {
namespace {

using testing::lines_of;
using testing::LogFixture;
using testing::sample_event;

const WallTime now{std::chrono::seconds(1'795'489'506)};  // 2026-11-24T03:05:06Z

std::string since(std::string_view text) { return parse_since(text, now).value_or("refused"); }

TEST(Since, ReadsTimesAndAges) {
  EXPECT_EQ(since("2026-11-24T03:05:06Z"), "2026-11-24T03:05:06.000000Z");
  EXPECT_EQ(since("2026-11-24t03:05:06.1234567z"), "2026-11-24T03:05:06.123456Z");
  EXPECT_EQ(since("2026-11-24 03:05:06+01:30"), "2026-11-24T01:35:06.000000Z");
  EXPECT_EQ(since("2026-11-24T03:05:06-01:00"), "2026-11-24T04:05:06.000000Z");
  EXPECT_EQ(since("2026-11-24"), "2026-11-24T00:00:00.000000Z");
  EXPECT_EQ(since("90s"), "2026-11-24T03:03:36.000000Z");
  EXPECT_EQ(since("10m"), "2026-11-24T02:55:06.000000Z");
  EXPECT_EQ(since("2h"), "2026-11-24T01:05:06.000000Z");
  EXPECT_EQ(since("1d"), "2026-11-23T03:05:06.000000Z");
}

TEST(Since, RefusesTheRest) {
  for (const char* bad : {"",
                          "m",
                          "10",
                          "10w",
                          "-10m",
                          "1.5h",
                          "10 m",
                          "99999999999d",
                          "yesterday",
                          "2026-13-01",
                          "2026-02-30",
                          "2026-11-24T",
                          "2026-11-24T03:05",
                          "2026-11-24T24:00:00Z",
                          "2026-11-24T03:05:06",
                          "2026-11-24T03:05:06.Z",
                          "2026-11-24T03:05:06Zx",
                          "2026-11-24T03:05:06+1:00",
                          "2026-1-24",
                          "-026-11-24"})
    EXPECT_EQ(since(bad), "refused") << bad;
  EXPECT_FALSE(parse_since("x", now).error().remedy.empty());
}

TEST(Filters, NamesThatDoNotExistAreExplained) {
  EXPECT_EQ(parse_category("dns"), Category::dns);
  EXPECT_EQ(parse_decision("expired"), Decision::expired);
  EXPECT_NE(parse_category("nets").error().remedy.find("network, dns"), std::string::npos);
  EXPECT_NE(parse_decision("no").error().remedy.find("allow, deny"), std::string::npos);
}

TEST(Text, OneLineThatCannotDeceive) {
  Record record{
      .ts = "2026-11-24T03:05:06.123456Z",
      .level = Level::alert,
      .category = Category::network,
      .action = "http_request",
      .decision = Decision::deny,
      .rule = "r\x1b[2J",
      .subject =
          Subject().add("host", "a\nb").add("path", "/x y\"z").add("empty", "").add("port", 443).add("tls", true)};
  EXPECT_EQ(
      to_text(record),
      "2026-11-24T03:05:06.123456Z alert   network    http_request   deny host=a\\x0ab path=\"/x y\\\"z\" empty=\"\" "
      "port=443 tls=true (r\\x1b[2J)");
}

class Showing : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK), 0); }
  void TearDown() override {
    for (const int fd : pipe_) ::close(fd);
  }
  std::string shown(const QueryOptions& options) {
    const auto result = show(log_.session_dir, options, pipe_[1]);
    EXPECT_TRUE(result) << to_lines(result.error());
    if (result) last_ = *result;
    return take();
  }
  // What is in the pipe now.
  std::string take() const {
    std::string text(1 << 16, '\0');
    const ssize_t count = ::read(pipe_[0], text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  void write_three() {
    auto writer = log_.open({.segment_bytes_max = 70'000});
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->append(sample_event(1)));
    log_.clock.wall += std::chrono::hours(1);
    ASSERT_TRUE(writer->append({.category = Category::git, .action = "push", .decision = Decision::deny}));
    ASSERT_TRUE(writer->append({.category = Category::git, .action = "push", .decision = Decision::allow}));
    ASSERT_TRUE(writer->close());
  }

  LogFixture log_;
  int pipe_[2] = {-1, -1};
  Shown last_;
};

TEST_F(Showing, EventsWithoutTheLogsOwn) {
  write_three();
  const std::string text = shown({});
  EXPECT_EQ(lines_of(text).size(), 3u) << text;
  EXPECT_EQ(last_.events, 3u);
  EXPECT_EQ(lines_of(shown({.checkpoints = QueryOptions::Checkpoints::shown})).size(), 5u);
}

TEST_F(Showing, Filtered) {
  write_three();
  EXPECT_EQ(lines_of(shown({.filter = {.category = Category::git}})).size(), 2u);
  EXPECT_EQ(lines_of(shown({.filter = {.decision = Decision::deny}})).size(), 1u);
  EXPECT_EQ(lines_of(shown({.filter = {.category = Category::dns}})).size(), 0u);
  EXPECT_EQ(lines_of(shown({.filter = {.since = to_rfc3339(log_.clock.wall)}})).size(), 2u);
}

TEST_F(Showing, JsonIsTheLogItself) {
  write_three();
  EXPECT_EQ(shown({.format = QueryOptions::Format::json}), log_.read_log());
}

TEST_F(Showing, UnreadableLinesAreSaidAndCounted) {
  write_three();
  log_.replace_log("\x1b[2J\n" + log_.read_log() + "{\"seq\":9");
  const std::string text = shown({});
  EXPECT_TRUE(text.starts_with("unreadable: \\x1b[2J\n")) << text;
  EXPECT_EQ(last_.unreadable, 1u);  // what is half written may be completed yet
  EXPECT_EQ(last_.events, 3u);
}

TEST_F(Showing, NoLogIsAnError) { EXPECT_FALSE(show(log_.directory.path(), {}, pipe_[1])); }

TEST_F(Showing, FollowsAcrossSegmentsUntilItIsStopped) {
  int stop[2];
  ASSERT_EQ(::pipe2(stop, O_CLOEXEC), 0);
  write_three();
  const pid_t child = ::fork();
  if (child == 0) {
    ::fcntl(pipe_[1], F_SETFL, 0);  // blocking
    ::close(stop[1]);
    const auto result = show(log_.session_dir, {.follow = QueryOptions::Follow::yes, .stop_fd = stop[0]}, pipe_[1]);
    ::_exit(result && result->events == 403 ? 0 : 1);
  }
  auto writer = log_.open({.segment_bytes_max = 70'000});
  ASSERT_TRUE(writer);
  std::string text;
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(writer->append(sample_event(i)));
    text += take();
  }
  ASSERT_TRUE(os::exists(log_.log_path(1))) << "the test needs a second segment";
  for (int waited = 0; waited < 500 && lines_of(text).size() < 403; ++waited) {
    ::usleep(10'000);
    text += take();
  }
  EXPECT_EQ(lines_of(text).size(), 403u);
  ::close(stop[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::close(stop[0]);
}

TEST_F(Showing, FollowingEndsWhenNobodyReads) {
  write_three();
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGPIPE, SIG_IGN);
    ::close(pipe_[0]);
    const auto result = show(log_.session_dir, {.follow = QueryOptions::Follow::yes}, pipe_[1]);
    ::_exit(result ? 0 : 1);
  }
  ::close(std::exchange(pipe_[0], -1));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace bailey::audit
