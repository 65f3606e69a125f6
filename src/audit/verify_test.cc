// Real tampering of every kind. Each test starts from a log that verifies, changes one thing, and says what is found.
#include "audit/verify.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "audit/canonical.h"
#include "audit/checkpoint.h"
#include "audit/head.h"
#include "audit/test_support.h"
#include "json/write.h"

namespace bailey::audit {
namespace {

using testing::hashed_anew;
using testing::joined;
using testing::lines_of;
using testing::LogFixture;
using testing::sample_event;

void expect_problem(const VerifyReport& report, ProblemKind kind, std::uint64_t line) {
  ASSERT_TRUE(report.problem) << "not found";
  EXPECT_EQ(to_string(report.problem->kind), to_string(kind)) << to_text(report);
  EXPECT_EQ(report.problem->line, line) << to_text(report);
}

// 0: opened, 1..10: events, 11: closed.
class Tampering : public ::testing::Test {
 protected:
  void SetUp() override {
    log_.write_events(10);
    lines_ = lines_of(log_.read_log());
    ASSERT_EQ(lines_.size(), 12u);
    const auto report = log_.verify_now();
    ASSERT_TRUE(report.is_intact()) << to_text(report);  // the control
    ASSERT_EQ(report.events, 12u);
  }
  VerifyReport with(std::string_view bytes) {
    log_.replace_log(bytes);
    return log_.verify_now();
  }
  std::string head_path() const { return os::join(log_.session_dir, "audit.head"); }

  LogFixture log_;
  std::vector<std::string> lines_;
};

TEST_F(Tampering, EditedEvent) {
  lines_[4].replace(lines_[4].find("allow"), 5, "deny\"");
  expect_problem(with(joined(lines_)), ProblemKind::not_an_event, 5);
}

TEST_F(Tampering, EditedEventInCanonicalForm) {
  lines_[4].replace(lines_[4].find("registry"), 8, "attacker");
  expect_problem(with(joined(lines_)), ProblemKind::wrong_hash, 5);
}

TEST_F(Tampering, EditedEventHashedAnewIsFoundAtTheNextSignature) {
  lines_[4].replace(lines_[4].find("registry"), 8, "attacker");
  expect_problem(with(hashed_anew(lines_, 4)), ProblemKind::bad_signature, 12);
}

TEST_F(Tampering, EditedTimeOfTheLastCheckpoint) {
  lines_[11].replace(lines_[11].find("\"ts\":\"2"), 7, "\"ts\":\"3");
  expect_problem(with(hashed_anew(lines_, 11)), ProblemKind::bad_signature, 12);
}

TEST_F(Tampering, RemovedEvent) {
  lines_.erase(lines_.begin() + 4);
  expect_problem(with(joined(lines_)), ProblemKind::wrong_number, 5);
  expect_problem(with(hashed_anew(lines_, 4)), ProblemKind::bad_signature, 11);
}

TEST_F(Tampering, RepeatedEvent) {
  lines_.insert(lines_.begin() + 4, lines_[4]);
  expect_problem(with(joined(lines_)), ProblemKind::wrong_number, 6);
  expect_problem(with(hashed_anew(lines_, 4)), ProblemKind::other_head, 12);
  ASSERT_TRUE(os::remove_tree(head_path()));
  expect_problem(log_.verify_now(), ProblemKind::bad_signature, 13);
}

TEST_F(Tampering, ReorderedEvents) {
  std::swap(lines_[4], lines_[5]);
  expect_problem(with(joined(lines_)), ProblemKind::wrong_number, 5);
  expect_problem(with(hashed_anew(lines_, 4)), ProblemKind::bad_signature, 12);
}

TEST_F(Tampering, InsertedEventWithANumberOfItsOwn) {
  auto line = parse_line(std::string_view(lines_[4]).substr(0, lines_[4].size() - 1));
  ASSERT_TRUE(line);
  line->record.rule = "forged";
  lines_.insert(lines_.begin() + 4, to_line(encode(line->record), line->prev, line->hash));
  expect_problem(with(joined(lines_)), ProblemKind::wrong_hash, 5);
  expect_problem(with(hashed_anew(lines_, 4)), ProblemKind::other_head, 12);
  ASSERT_TRUE(os::remove_tree(head_path()));
  expect_problem(log_.verify_now(), ProblemKind::bad_signature, 13);
}

TEST_F(Tampering, CutBackToAnEarlierCheckpoint) {
  lines_.resize(1);
  expect_problem(with(joined(lines_)), ProblemKind::truncated, 1);
}

TEST_F(Tampering, CutWithinTheLastLine) {
  std::string bytes = joined(lines_);
  bytes.resize(bytes.size() - 10);
  expect_problem(with(bytes), ProblemKind::truncated, 11);
}

TEST_F(Tampering, Emptied) { expect_problem(with(""), ProblemKind::truncated, 0); }

TEST_F(Tampering, AppendedAfterTheEnd) {
  lines_.push_back(lines_[4]);
  expect_problem(with(hashed_anew(lines_, 12)), ProblemKind::unsigned_end, 13);
}

TEST_F(Tampering, GarbageAfterTheEnd) {
  expect_problem(with(joined(lines_) + "x"), ProblemKind::unsigned_end, 12);
  expect_problem(with(joined(lines_) + "x\n"), ProblemKind::not_an_event, 13);
  expect_problem(with(joined(lines_) + std::string(3 * line_bytes_max, 'x')), ProblemKind::unsigned_end, 12);
}

TEST_F(Tampering, StartRemoved) {
  lines_.erase(lines_.begin());
  expect_problem(with(joined(lines_)), ProblemKind::wrong_number, 1);
  expect_problem(with(hashed_anew(lines_, 0)), ProblemKind::unsigned_start, 1);
}

TEST_F(Tampering, ForeignKey) {
  LogFixture other;
  other.write_events(10);
  other.replace_log(other.read_log());
  ASSERT_TRUE(os::write_file(head_path(), read_head(other.session_dir)->value()));
  expect_problem(with(other.read_log()), ProblemKind::foreign_key, 0);
  ASSERT_TRUE(os::remove_tree(head_path()));
  expect_problem(log_.verify_now(), ProblemKind::foreign_key, 1);
  EXPECT_TRUE(other.verify_now().is_intact());  // the control: by its own key it verifies
}

TEST_F(Tampering, OurNameUnderAForeignSignature) {
  const auto ours = load_or_make_key(log_.keys_dir);
  SigningKey forged = *ours;
  forged.seed.bytes.fill(7);
  auto last = parse_line(std::string_view(lines_[11]).substr(0, lines_[11].size() - 1));
  const auto canonical = encode_checkpoint(forged, last->record, last->prev, Reason::closed, 0);
  lines_[11] = to_line(canonical, last->prev, chain_hash(last->prev, canonical));
  expect_problem(with(joined(lines_)), ProblemKind::bad_signature, 12);
}

TEST_F(Tampering, CheckpointWithoutSignature) {
  auto line = parse_line(std::string_view(lines_[11]).substr(0, lines_[11].size() - 1));
  line->record.subject = Subject().add("reason", "closed");
  lines_[11] = to_line(encode(line->record), line->prev, line->hash);
  expect_problem(with(hashed_anew(lines_, 11)), ProblemKind::bad_signature, 12);
}

TEST_F(Tampering, HeadChanged) {
  const std::string head = read_head(log_.session_dir)->value();
  std::string changed = head;
  changed.replace(changed.find("\"seq\":12"), 8, "\"seq\":11");
  ASSERT_TRUE(os::write_file(head_path(), changed));
  expect_problem(log_.verify_now(), ProblemKind::bad_head, 0);
  ASSERT_TRUE(os::write_file(head_path(), ""));
  expect_problem(log_.verify_now(), ProblemKind::bad_head, 0);
  ASSERT_TRUE(os::write_file(head_path(), head));
  EXPECT_TRUE(log_.verify_now().is_intact());
}

TEST_F(Tampering, RolledBackWithItsHeadIsFoundByAnAnchor) {
  const std::string old_log = log_.read_log();
  const std::string old_head = read_head(log_.session_dir)->value();
  log_.write_events(3);
  const std::string anchor = log_.verify_now().head;
  EXPECT_TRUE(log_.verify_now({anchor}).is_intact());
  ASSERT_TRUE(os::write_file(head_path(), old_head));
  log_.replace_log(old_log);
  EXPECT_TRUE(log_.verify_now().is_intact());
  ASSERT_TRUE(log_.verify_now({anchor}).problem);
  EXPECT_EQ(log_.verify_now({anchor}).problem->kind, ProblemKind::missing_anchor);
}

TEST_F(Tampering, LogOfAnotherSession) {
  const auto key = load_public_key(public_key_path(log_.keys_dir));
  const auto report = verify(log_.session_dir, {.keys = {*key}, .session = "claude-other", .anchors = {}});
  ASSERT_TRUE(report);
  expect_problem(*report, ProblemKind::other_session, 1);
}

TEST_F(Tampering, NoLogAtAllIsAnError) {
  ASSERT_TRUE(os::remove_tree(log_.log_path()));
  EXPECT_FALSE(verify(log_.session_dir, {}));
}

TEST_F(Tampering, ReportsArePrintable) {
  lines_[4].replace(lines_[4].find("registry"), 8, "attacker");
  const auto report = with(joined(lines_));
  EXPECT_NE(to_text(report).find("audit.jsonl:5: "), std::string::npos);
  const auto value = to_json(report);
  EXPECT_EQ(value.find("intact")->as_bool(), false);
  EXPECT_EQ(*value.find("problem")->find("kind")->as_string(), "wrong_hash");
  EXPECT_EQ(value.find("problem")->find("line")->as_int(), 5);
}

TEST(TamperingSegments, AMissingReorderedOrCutSegmentIsFound) {
  LogFixture log;
  log.write_events(100, {.segment_bytes_max = 80'000});
  ASSERT_TRUE(os::exists(log.log_path(2))) << "the test needs three segments";
  ASSERT_TRUE(log.verify_now().is_intact());
  const std::string first = log.read_log(0), second = log.read_log(1);

  ASSERT_TRUE(os::remove_tree(log.log_path(1)));
  ASSERT_TRUE(log.verify_now().problem);
  EXPECT_EQ(log.verify_now().problem->kind, ProblemKind::missing_segment);
  EXPECT_EQ(log.verify_now().problem->file, "audit.1.jsonl");

  log.replace_log(second.substr(0, second.size() - 5), 1);
  EXPECT_EQ(log.verify_now().problem->kind, ProblemKind::torn_inside);
  log.replace_log(second, 0);
  log.replace_log(first, 1);
  EXPECT_EQ(log.verify_now().problem->kind, ProblemKind::wrong_number);
  log.replace_log(first, 0);
  log.replace_log(second, 1);
  EXPECT_TRUE(log.verify_now().is_intact());
}

TEST(TamperingHead, ALongSessionsHeadCannotJustVanish) {
  LogFixture log;
  {
    auto writer = log.open();
    ASSERT_TRUE(writer);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(writer->append(sample_event(i)));
      ASSERT_TRUE(writer->checkpoint());
    }
  }
  ASSERT_TRUE(log.verify_now().is_intact());
  ASSERT_TRUE(os::remove_tree(os::join(log.session_dir, "audit.head")));
  ASSERT_TRUE(log.verify_now().problem);
  EXPECT_EQ(log.verify_now().problem->kind, ProblemKind::missing_head);
}

// One log for all cases of the properties: what is varied is the damage.
const LogFixture& signed_log() {
  static const auto log = [] {
    auto made = std::make_unique<LogFixture>();
    made->write_events(12, {.checkpoint_events_max = 5});
    return made;
  }();
  return *log;
}

bool verifies(std::string_view bytes) {
  static const VerifyOptions options{.keys = {*load_public_key(public_key_path(signed_log().keys_dir))}};
  Verifier verifier(options);
  verifier.set_head(*read_head(signed_log().session_dir));
  verifier.start_file("audit.jsonl");
  for (const auto& line : lines_of(bytes)) {
    if (!line.ends_with('\n')) verifier.torn(line.size());
    else verifier.feed(std::string_view(line).substr(0, line.size() - 1));
  }
  return verifier.finish().is_intact();
}

RC_GTEST_PROP(TamperingProperty, AnyEditOfOneByteIsFound, ()) {
  std::string bytes = signed_log().read_log();
  RC_ASSERT(verifies(bytes));
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const auto byte = *rc::gen::distinctFrom(rc::gen::arbitrary<char>(), bytes[at]);
  bytes[at] = byte;
  RC_ASSERT(!verifies(bytes));
}

RC_GTEST_PROP(TamperingProperty, AnyInsertionOrRemovalOfBytesIsFound, (const std::string& inserted)) {
  std::string bytes = signed_log().read_log();
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const auto removed = *rc::gen::inRange<std::size_t>(inserted.empty() ? 1 : 0, 600);
  std::string changed = bytes;
  changed.replace(at, std::min(removed, bytes.size() - at), inserted);
  RC_PRE(changed != bytes);
  RC_ASSERT(!verifies(changed));
}

RC_GTEST_PROP(TamperingProperty, AnyRemovalSwapOrRepetitionOfLinesIsFound, ()) {
  auto lines = lines_of(signed_log().read_log());
  const auto index = [&lines] { return *rc::gen::inRange<std::size_t>(0, lines.size()); };
  const auto first = index(), second = index();
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(first));
      break;
    case 1:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(first), lines[second]);
      break;
    default:
      RC_PRE(first != second);
      std::swap(lines[first], lines[second]);
  }
  RC_ASSERT(!verifies(joined(lines)));
  RC_ASSERT(!verifies(hashed_anew(lines, 0)));
}

}  // namespace
}  // namespace bailey::audit
