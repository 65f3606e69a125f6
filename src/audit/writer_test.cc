#include "audit/writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/canonical.h"
#include "audit/head.h"
#include "audit/test_support.h"

namespace bailey::audit {
namespace {

using testing::lines_of;
using testing::LogFixture;
using testing::sample_event;

Record record_of(const std::string& line) {
  const auto parsed = parse_line(std::string_view(line).substr(0, line.size() - 1));
  EXPECT_TRUE(parsed) << line;
  return parsed ? parsed->record : Record{};
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::string text_field(const Record& record, std::string_view name) {
  const auto* value = record.subject.find(name);
  return value == nullptr ? "" : std::get<std::string>(*value);
}

TEST(Writer, RecordsEventsBetweenTwoSignatures) {
  LogFixture log;
  log.write_events(2);
  const auto lines = lines_of(log.read_log());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(text_field(record_of(lines[0]), "reason"), "opened");
  EXPECT_EQ(record_of(lines[1]).action, "http_request");
  EXPECT_EQ(record_of(lines[1]).seq, 2u);
  EXPECT_EQ(record_of(lines[1]).ts, to_rfc3339(log.clock.wall));
  EXPECT_EQ(record_of(lines[1]).agent, "claude");
  EXPECT_EQ(text_field(record_of(lines[3]), "reason"), "closed");
  EXPECT_EQ(read_head(log.session_dir)->value() + "\n", lines[3]);
}

TEST(Writer, FilesAreTheUsersAlone) {
  LogFixture log;
  const mode_t before = ::umask(0);
  log.write_events(1);
  ::umask(before);
  EXPECT_EQ(mode_of(log.log_path()), 0600u);
  EXPECT_EQ(mode_of(os::join(log.session_dir, "audit.head")), 0600u);
  EXPECT_EQ(mode_of(os::join(log.keys_dir, "audit.ed25519")), 0600u);
  EXPECT_EQ(mode_of(log.keys_dir), 0700u);
}

TEST(Writer, HeadIsTheLastHashAndNeverEmpty) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer);
  const std::string first = writer->head();
  EXPECT_EQ(first.size(), hash_digits);
  ASSERT_TRUE(writer->append(sample_event(1)));
  EXPECT_NE(writer->head(), first);
  EXPECT_EQ(writer->last_seq(), 2u);
  EXPECT_TRUE(log.verify_now({writer->head()}).is_intact());
}

TEST(Writer, SignsEvery256Events) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(writer->append(sample_event(i)));
  const auto report = log.verify_now();
  ASSERT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_EQ(report.checkpoints, 1u + 3u);
  EXPECT_LT(report.unsigned_events, 256u);
}

TEST(Writer, SignsAfterFiveSecondsOfActivity) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(sample_event(1)));
  log.clock.steady += std::chrono::milliseconds(4999);
  EXPECT_FALSE(writer->checkpoint_due());
  EXPECT_EQ(writer->checkpoint_in(), std::chrono::milliseconds(1));
  log.clock.steady += std::chrono::milliseconds(1);
  EXPECT_TRUE(writer->checkpoint_due());
  ASSERT_TRUE(writer->checkpoint());
  EXPECT_FALSE(writer->checkpoint_due());
  EXPECT_EQ(writer->checkpoint_in(), std::nullopt);
  EXPECT_EQ(log.verify_now().unsigned_events, 0u);
  EXPECT_TRUE(read_head(log.session_dir)->has_value());
  // Without activity there is nothing to sign.
  const std::string before = log.read_log();
  log.clock.steady += std::chrono::hours(1);
  EXPECT_FALSE(writer->checkpoint_due());
  ASSERT_TRUE(writer->checkpoint());
  EXPECT_EQ(log.read_log(), before);
}

TEST(Writer, ClockGoingBackwardsChangesNothingButTheTimes) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer->append(sample_event(i)));
    log.clock.wall -= std::chrono::hours(24 * 365 * 60);  // to before 1970 as well
  }
  ASSERT_TRUE(writer->close());
  EXPECT_TRUE(log.verify_now().is_intact());
}

TEST(Writer, ClosedLogTakesNoMore) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer && writer->close());
  EXPECT_FALSE(writer->append(sample_event(1)));
  EXPECT_TRUE(writer->close());
  EXPECT_TRUE(writer->checkpoint());
}

TEST(Writer, DestructionAfterCloseWritesTheHead) {
  LogFixture log;
  {
    auto writer = log.open();
    ASSERT_TRUE(writer && writer->append(sample_event(1)) && writer->close());
  }
  EXPECT_TRUE(read_head(log.session_dir)->has_value());
}

TEST(Writer, CloseGivesTheReserveBack) {
  LogFixture log;
  const auto blocks = [&log] {
    struct stat status {};
    EXPECT_EQ(::stat(log.log_path().c_str(), &status), 0);
    return status.st_blocks * 512;
  };
  auto writer = log.open();
  ASSERT_TRUE(writer);
  if (blocks() >= std::int64_t{512} << 10) {  // only where the file system can reserve
    ASSERT_TRUE(writer->close() && writer->sync());
    EXPECT_LE(blocks(), 64 << 10);
  }
}

TEST(Writer, ActionsOfTheLogItselfAreRefused) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer);
  for (const Name action : {Name("checkpoint"), Name("recovered"), Name("audit_full")})
    EXPECT_FALSE(writer->append({.category = Category::session, .action = action}));
  EXPECT_EQ(writer->last_seq(), 1u);
}

TEST(Writer, ContinuesAnOlderLog) {
  LogFixture log;
  log.write_events(3);
  log.write_events(3);
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_EQ(report.events, 10u);
}

TEST(Writer, TwoWritersTakeTurns) {
  LogFixture log;
  auto supervisor = log.open({.segment_bytes_max = 70'000});
  auto recovery = log.open({.segment_bytes_max = 70'000});
  ASSERT_TRUE(supervisor && recovery);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(supervisor->append(sample_event(i)));
    if (i % 3 != 0) continue;
    ASSERT_TRUE(recovery->append(sample_event(i)));
  }
  ASSERT_TRUE(recovery->close() && recovery->sync());
  ASSERT_TRUE(supervisor->append(sample_event(1)));
  EXPECT_TRUE(log.verify_now().is_intact()) << to_text(log.verify_now());  // unsigned events: the supervisor still runs
  ASSERT_TRUE(supervisor->close() && supervisor->sync());
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_GE(report.events, 401u + 4u);
  EXPECT_TRUE(os::exists(log.log_path(1)));
}

TEST(Writer, ALateSyncKeepsWhatOthersAppendedMeanwhile) {
  LogFixture log;
  auto supervisor = log.open();
  ASSERT_TRUE(supervisor && supervisor->close());
  auto recovery = log.open();
  ASSERT_TRUE(recovery && recovery->append(sample_event(1)));
  ASSERT_TRUE(supervisor->sync());
  ASSERT_TRUE(recovery->append(sample_event(2)));
  EXPECT_EQ(log.verify_now().events, 5u);
}

TEST(Writer, ContinuesInSegments) {
  LogFixture log;
  log.write_events(1000, {.segment_bytes_max = 100'000});
  std::size_t segments = 0;
  for (; os::exists(log.log_path(segments)); ++segments) EXPECT_LE(log.read_log(segments).size(), 101'000u);
  EXPECT_GT(segments, 3u);
  EXPECT_EQ(text_field(record_of(lines_of(log.read_log(0)).back()), "reason"), "rotation");
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_GT(report.events, 1000u);
  log.write_events(3, {.segment_bytes_max = 100'000});
  EXPECT_TRUE(log.verify_now().is_intact());
}

TEST(Writer, RefusesToContinueADamagedLog) {
  LogFixture log;
  log.write_events(5);
  const std::string good = log.read_log();
  const auto lines = lines_of(good);

  log.replace_log(lines[0]);  // cut back to a checkpoint
  auto refused = log.open();
  ASSERT_FALSE(refused);
  EXPECT_NE(to_lines(refused.error()).find("audit verify"), std::string::npos);

  log.replace_log(good + "x\n");
  EXPECT_FALSE(log.open());
  std::string edited = good;
  edited.replace(edited.rfind("\"tier\":1"), 8, "\"tier\":2");
  log.replace_log(edited);
  EXPECT_FALSE(log.open());
  log.replace_log(good);
  EXPECT_FALSE(Writer::open(log.session_dir, log.keys_dir, {"another", "claude"}, log.clock));
  EXPECT_TRUE(log.open());  // the control
}

TEST(Writer, NoticesALogThatIsCutUnderIt) {
  LogFixture log;
  auto writer = log.open();
  ASSERT_TRUE(writer && writer->append(sample_event(1)));
  log.replace_log(lines_of(log.read_log())[0]);
  EXPECT_FALSE(writer->append(sample_event(2)));
}

TEST(WriterTorn, BytesOfATornLineAreKeptAndTheChainGoesOn) {
  LogFixture log;
  { ASSERT_TRUE(log.open()->append(sample_event(1))); }
  for (const std::string& torn : {std::string("{\"seq\":3,\"ts\":\"20"), std::string(3000, '\0'), std::string("\xff"),
                                  std::string(20'000, 'x'), std::string(200'000, '\0')}) {
    const std::string before = log.read_log();
    log.replace_log(before + torn);
    auto report = log.verify_now();
    EXPECT_TRUE(report.is_intact()) << to_text(report);
    EXPECT_EQ(report.torn_bytes, torn.size());
    { ASSERT_TRUE(log.open()); }
    const auto lines = lines_of(log.read_log().substr(before.size()));
    ASSERT_EQ(lines.size(), 2u);
    const Record recovered = record_of(lines[0]);
    EXPECT_EQ(recovered.action, "recovered");
    EXPECT_EQ(std::get<std::int64_t>(*recovered.subject.find("torn_bytes")), static_cast<std::int64_t>(torn.size()));
    EXPECT_TRUE(text_field(recovered, "torn_01").starts_with(torn[0] == '{' ? "7b22736571223a33" : ""));
    report = log.verify_now();
    EXPECT_TRUE(report.is_intact()) << to_text(report);
    EXPECT_EQ(report.torn_bytes, 0u);
  }
  EXPECT_EQ(log.verify_now().recovered, 5u);
}

TEST(WriterTorn, TheFirstLineToo) {
  LogFixture log;
  log.replace_log("{\"seq\":1");
  log.write_events(1);
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_EQ(report.recovered, 1u);
}

TEST(WriterTorn, AHeadProvesThatACutWasNoTear) {
  LogFixture log;
  log.write_events(3);
  std::string bytes = log.read_log();
  bytes.resize(bytes.size() - 5);
  log.replace_log(bytes);
  EXPECT_FALSE(log.open());
}

TEST(WriterFull, TheLimitIsLoudAndLeavesRoomForTheEnd) {
  LogFixture log;
  const Limits limits{.segment_bytes_max = 200'000, .total_bytes_max = 800'000, .reserve_bytes = reserve_bytes_min};
  auto writer = log.open(limits);
  ASSERT_TRUE(writer);
  Status status;
  int recorded = 0;
  for (; status && recorded < 10'000; ++recorded) status = writer->append(sample_event(recorded));
  ASSERT_FALSE(status);
  EXPECT_TRUE(is_log_full(status.error()));
  EXPECT_FALSE(status.error().remedy.empty());
  EXPECT_TRUE(writer->full());
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(writer->append(sample_event(i)));
  EXPECT_TRUE(writer->append({.category = Category::session, .action = "stopped"}));
  ASSERT_TRUE(writer->close() && writer->sync());
  const auto report = log.verify_now();
  EXPECT_TRUE(report.is_intact()) << to_text(report);
  EXPECT_EQ(report.dropped, 100u);
  std::string all;
  for (std::size_t i = 0; os::exists(log.log_path(i)); ++i) all += log.read_log(i);
  EXPECT_LT(all.size(), limits.total_bytes_max);
  EXPECT_NE(all.find("\"action\":\"audit_full\""), std::string::npos);
  EXPECT_NE(all.find("\"number\":" + std::to_string(recorded - 1) + ","), std::string::npos);

  auto later = log.open(limits);  // for example the command that removes the session
  ASSERT_TRUE(later) << to_lines(later.error());
  EXPECT_TRUE(later->full());
  EXPECT_FALSE(later->append(sample_event(1)));
  EXPECT_TRUE(later->append({.category = Category::session, .action = "removed"}));
}

TEST(WriterFull, AFloodOfEndsStaysBelowTheLimit) {
  LogFixture log;
  const Limits limits{.segment_bytes_max = 200'000, .total_bytes_max = 600'000, .reserve_bytes = reserve_bytes_min};
  auto writer = log.open(limits);
  ASSERT_TRUE(writer);
  Event event{.category = Category::session, .action = "stopped"};
  event.rule = std::string(1000, 'x');
  for (int i = 0; i < 2000; ++i) static_cast<void>(writer->append(event).has_value());
  ASSERT_TRUE(writer->close() && writer->sync());
  EXPECT_TRUE(log.verify_now().is_intact());
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; os::exists(log.log_path(i)); ++i) bytes += log.read_log(i).size();
  EXPECT_LE(bytes, limits.total_bytes_max);
}

TEST(WriterFull, LimitsWithoutRoomAreRefused) {
  LogFixture log;
  EXPECT_FALSE(log.open({.reserve_bytes = reserve_bytes_min - 1}));
  EXPECT_FALSE(log.open({.total_bytes_max = 2 * reserve_bytes_min - 1, .reserve_bytes = reserve_bytes_min}));
}

TEST(WriterLinks, ALogThatIsALinkOrAFifoIsRefused) {
  LogFixture log;
  ASSERT_EQ(::symlink("/dev/null", log.log_path().c_str()), 0);
  EXPECT_FALSE(log.open());
  ASSERT_TRUE(os::remove_tree(log.log_path()));
  ASSERT_EQ(::mkfifo(log.log_path().c_str(), 0600), 0);
  EXPECT_FALSE(log.open());
  ASSERT_TRUE(os::remove_tree(log.log_path()));
  EXPECT_TRUE(log.open());
}

}  // namespace
}  // namespace bailey::audit
