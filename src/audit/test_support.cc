#include "audit/test_support.h"

#include "audit/canonical.h"
#include "audit/checkpoint.h"
#include "audit/segments.h"

namespace bailey::audit::testing {

void LogFixture::write_events(int count, const Limits& limits) {
  auto writer = open(limits);
  ASSERT_TRUE(writer) << to_lines(writer.error());
  for (int i = 0; i < count; ++i) ASSERT_TRUE(writer->append(sample_event(i)));
  ASSERT_TRUE(writer->close());
  ASSERT_TRUE(writer->sync());
}

VerifyReport LogFixture::verify_now(const std::vector<std::string>& anchors) const {
  const auto key = load_public_key(public_key_path(keys_dir));
  EXPECT_TRUE(key);
  auto report = verify(session_dir, {.keys = {key.value_or(PublicKey{})}, .anchors = anchors});
  EXPECT_TRUE(report) << to_lines(report.error());
  return report ? *report : VerifyReport{};
}

std::string LogFixture::log_path(std::size_t segment) const { return os::join(session_dir, segment_name(segment)); }

std::string LogFixture::read_log(std::size_t segment) const { return os::read_file(log_path(segment)).value_or(""); }

void LogFixture::replace_log(std::string_view bytes, std::size_t segment) const {
  EXPECT_TRUE(os::write_file(log_path(segment), bytes));
}

std::vector<std::string> lines_of(std::string_view log) {
  std::vector<std::string> lines;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size() - 1) + 1;
    lines.emplace_back(log.substr(0, end));
    log.remove_prefix(end);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string log;
  for (const auto& line : lines) log += line;
  return log;
}

std::string hashed_anew(std::vector<std::string> lines, std::size_t first) {
  std::string prev(genesis_hash);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = parse_line(std::string_view(lines[i]).substr(0, lines[i].size() - 1));
    if (!line) continue;
    if (i >= first) {
      line->record.seq = i + 1;
      const std::string canonical = encode(line->record);
      line->hash = chain_hash(prev, canonical);
      lines[i] = to_line(canonical, prev, line->hash);
    }
    prev = line->hash;
  }
  return joined(lines);
}

}  // namespace bailey::audit::testing
