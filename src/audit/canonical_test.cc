#include "audit/canonical.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "audit/checkpoint.h"
#include "base/text.h"
#include "json/read.h"

namespace bailey::audit {
namespace {

// The refusals are the compiler's: these are the functions that Name's constructor asks.
static_assert(is_name("http_request") && is_name("x") && !is_name("") && !is_name("Host") && !is_name("9a") &&
              !is_name("a-b") && !is_name("a\"b"));
static_assert(is_refused_name("body") && is_refused_name("token") && is_refused_name("secret") &&
              is_refused_name("stdin") && !is_refused_name("bytes_out"));

Record sample() {
  return {.seq = 42,
          .ts = "2026-11-24T03:05:06.123456Z",
          .session = "claude-myapp-session-1",
          .agent = "claude",
          .level = Level::info,
          .category = Category::network,
          .action = "http_request",
          .tier = Tier::logged,
          .decision = Decision::allow,
          .rule = "allowlist:*.npmjs.org",
          .subject = Subject().add("host", "registry.npmjs.org").add("port", 443).add("cached", false).add("ms", -1)};
}

std::string line_of(const Record& record) {
  std::string line = to_line(encode(record), genesis_hash, std::string(hash_digits, 'a'));
  line.pop_back();
  return line;
}

TEST(Canonical, IsTheDocumentedLine) {
  EXPECT_EQ(
      line_of(sample()),
      R"({"seq":42,"ts":"2026-11-24T03:05:06.123456Z","session":"claude-myapp-session-1","agent":"claude",)"
      R"("level":"info","category":"network","action":"http_request","tier":2,"decision":"allow",)"
      R"("rule":"allowlist:*.npmjs.org","subject":{"host":"registry.npmjs.org","port":443,"cached":false,"ms":-1},)"
      R"("prev":")" +
          std::string(64, '0') + R"(","hash":")" + std::string(64, 'a') + R"("})");
}

TEST(Canonical, EveryNameReadsBack) {
  for (int i = 0; i <= static_cast<int>(Category::resource); ++i)
    EXPECT_EQ(category_from(to_string(static_cast<Category>(i))), static_cast<Category>(i));
  for (int i = 0; i <= static_cast<int>(Decision::expired); ++i)
    EXPECT_EQ(decision_from(to_string(static_cast<Decision>(i))), static_cast<Decision>(i));
  for (int i = 0; i <= static_cast<int>(Level::alert); ++i)
    EXPECT_EQ(level_from(to_string(static_cast<Level>(i))), static_cast<Level>(i));
  EXPECT_FALSE(category_from("Session") || decision_from("") || level_from("error"));
}

TEST(Canonical, HostileTextStaysOnePrintableLine) {
  Record record = sample();
  record.rule = "a\n\x1b]52;c;x\x07\"\\\x7f\xc2\x85\xe2\x80\xae\xf0\x9f\x98\x80\xff\xed\xa0\x80";
  record.rule += std::string_view("\0z", 2);
  const std::string line = line_of(record);
  for (const char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
  EXPECT_NE(line.find(R"(a\u000a\u001b]52;c;x\u0007\"\\\u007f\u0085\u202e\ud83d\ude00\\xff\\xed\\xa0\\x80\u0000z)"),
            std::string::npos)
      << line;
  EXPECT_TRUE(parse_line(line));
}

TEST(Canonical, LongTextIsCutVisiblyAndNeverWithinACharacter) {
  Record record = sample();
  record.rule = std::string(text_bytes_max, 'x');
  EXPECT_EQ(encode(record).find("bytes]"), std::string::npos);
  record.rule += "yz";
  EXPECT_NE(encode(record).find("x...[+"), std::string::npos);
  for (std::size_t shift = 0; shift < 12; ++shift) {
    record.rule = std::string(shift, 'x');
    while (record.rule.size() < 4 * text_bytes_max) record.rule += "\xf0\x9f\x98\x80";
    const auto read = parse_line(line_of(record));
    ASSERT_TRUE(read);
    EXPECT_TRUE(is_utf8(read->record.rule));
  }
}

TEST(Canonical, EveryLimitAtOnceStaysBelowALine) {
  Record record = sample();
  record.session = record.agent = record.rule = record.ts = std::string(10'000, '\0');
  record.subject = Subject()
                       .add("a01", record.rule)
                       .add("a02", record.rule)
                       .add("a03", record.rule)
                       .add("a04", record.rule)
                       .add("a05", record.rule)
                       .add("a06", record.rule)
                       .add("a07", record.rule)
                       .add("a08", record.rule)
                       .add("a09", record.rule)
                       .add("a10", record.rule)
                       .add("a11", record.rule)
                       .add("a12", record.rule)
                       .add("a13", record.rule)
                       .add("a14", record.rule)
                       .add("a15", record.rule)
                       .add("a16", record.rule)
                       .add("a17", record.rule)
                       .add("a18", record.rule)
                       .add("a19", record.rule)
                       .add("a20", record.rule)
                       .add("a21", record.rule)
                       .add("a22", record.rule)
                       .add("a23", record.rule)
                       .add("a24", record.rule)
                       .add("a25", record.rule)
                       .add("a26", 1)
                       .add("a01", 7);
  ASSERT_EQ(record.subject.fields().size(), subject_fields_max + 1);
  EXPECT_EQ(std::get<std::int64_t>(*record.subject.find("left_out")), 2);
  EXPECT_EQ(std::get<std::int64_t>(*record.subject.find("a01")), 7);
  const std::string line = line_of(record);
  EXPECT_LT(line.size() + name_bytes_max * (subject_fields_max + 1), line_bytes_max);
  EXPECT_TRUE(parse_line(line));
}

TEST(Canonical, NumbersThatDoNotFitAreTheLargest) {
  const Subject subject = Subject().add("n", UINT64_MAX).add("m", INT64_MIN);
  EXPECT_EQ(std::get<std::int64_t>(*subject.find("n")), INT64_MAX);
  EXPECT_EQ(std::get<std::int64_t>(*subject.find("m")), INT64_MIN);
}

TEST(Parse, RefusesEveryOtherSpelling) {
  const std::string line = line_of(sample());
  ASSERT_TRUE(parse_line(line));
  const auto with = [&line](std::string_view from, std::string_view to) {
    std::string changed = line;
    changed.replace(changed.find(from), from.size(), to);
    return parse_line(changed).has_value();
  };
  EXPECT_TRUE(with("claude-myapp", "claude-other"));  // the control: a change that is canonical is accepted here
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"\"seq\":42", "\"seq\":042"},
                                                        {"\"seq\":42", "\"seq\":0"},
                                                        {"\"seq\":42", "\"seq\":-1"},
                                                        {"\"seq\":42", "\"seq\": 42"},
                                                        {"\"seq\":42", "\"seq\":42.0"},
                                                        {"\"seq\":42", "\"seq\":99999999999999999999"},
                                                        {"\"tier\":2", "\"tier\":0"},
                                                        {"\"tier\":2", "\"tier\":4"},
                                                        {"\"tier\":2", "\"tier\":258"},
                                                        {"info", "INFO"},
                                                        {"info", "error"},
                                                        {"http_request", "http-request"},
                                                        {"http_request", ""},
                                                        {"\"ms\":-1", "\"ms\":-0"},
                                                        {"\"ms\":-1", "\"ms\":1e1"},
                                                        {"\"ms\":-1", "\"ms\":null"},
                                                        {"\"ms\":-1", "\"port\":1"},
                                                        {"\"ms\":-1", "\"Ms\":1"},
                                                        {"\"ms\":-1", "\"ms\":-1,"},
                                                        {"registry", "\\u0072egistry"},
                                                        {"registry", "\\u00E9"},
                                                        {"registry", "\\n"},
                                                        {"registry", "\\/"},
                                                        {"registry", "\\ud83d"},
                                                        {"registry", "\\ude00"},
                                                        {"registry", "\\ud83d\\u0041"},
                                                        {"registry", "\n"},
                                                        {"registry", "\xc3\xa9"},
                                                        {"registry", "\x7f"},
                                                        {"\"prev\":\"0", "\"prev\":\""},
                                                        {"aaaa", "AAAA"}})
    EXPECT_FALSE(with(from, to)) << from << " -> " << to;
  EXPECT_FALSE(parse_line(line + " "));
  EXPECT_FALSE(parse_line(""));
  EXPECT_FALSE(parse_line(std::string(line_bytes_max, '{')));
}

RC_GTEST_PROP(Canonical, ReadsBackAndIsJson,
              (std::string session, std::string rule, std::string text, std::int64_t number)) {
  Record record = sample();
  record.session = session;
  record.rule = rule;
  record.subject = Subject().add("path", text).add("bytes", number).add("flag", number > 0);
  const std::string line = line_of(record);
  const auto read = parse_line(line);
  RC_ASSERT(read.has_value());
  RC_ASSERT(line_of(read->record) == line);
  const auto oracle = json::read(line, "line");
  RC_ASSERT(oracle.has_value());
  RC_ASSERT(*oracle->find("rule")->as_string() == read->record.rule);
  RC_ASSERT(*oracle->find("subject")->find("path")->as_string() ==
            std::get<std::string>(*read->record.subject.find("path")));
  RC_ASSERT(oracle->find("subject")->find("bytes")->as_int() == number);
  if (is_utf8(text) && text.size() * 6 < text_bytes_max)
    RC_ASSERT(std::get<std::string>(*read->record.subject.find("path")) == text);
}

}  // namespace
}  // namespace bailey::audit
