// Reads one line of a log. Strict on purpose: a spelling that encode() would not have chosen was not written by us.
#include <algorithm>
#include <charconv>

#include "audit/canonical.h"
#include "audit/utf8.h"

namespace bailey::audit {

class LineParser {
 public:
  explicit LineParser(std::string_view line) : line_(line), rest_(line) {}

  Result<Line> parse() {
    Line parsed;
    if (!read(parsed)) return fail("read an event", "not in canonical form at byte " + std::to_string(position()));
    return parsed;
  }

 private:
  [[nodiscard]] std::size_t position() const { return line_.size() - rest_.size() + 1; }

  // Each step returns whether it succeeded; rest_ then starts behind what was read.
  bool read(Line& line) {
    Record& record = line.record;
    std::string level, category, decision;
    std::int64_t tier = 0;
    return line_.size() < line_bytes_max && take("{\"seq\":") && seq(record.seq) && text(",\"ts\":", record.ts) &&
           text(",\"session\":", record.session) && text(",\"agent\":", record.agent) && text(",\"level\":", level) &&
           one_of(level_from(level), record.level) && text(",\"category\":", category) &&
           one_of(category_from(category), record.category) && text(",\"action\":", record.action) &&
           is_name(record.action) && take(",\"tier\":") && number(tier) && tier_from(tier, record.tier) &&
           text(",\"decision\":", decision) && one_of(decision_from(decision), record.decision) &&
           text(",\"rule\":", record.rule) && take(",\"subject\":{") && subject(record.subject) &&
           take(",\"prev\":\"") && hash(line.prev) && take("\",\"hash\":\"") && hash(line.hash) && take("\"}") &&
           rest_.empty();
  }

  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }

  template <typename Enum>
  static bool one_of(std::optional<Enum> found, Enum& into) {
    if (found) into = *found;
    return found.has_value();
  }

  static bool tier_from(std::int64_t number, Tier& into) {
    into = static_cast<Tier>(number);
    return number >= 1 && number <= 3;
  }

  template <typename Integer>
  bool whole(Integer& into) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), into);
    if (error != std::errc()) return false;
    const std::string_view digits = rest_.substr(0, static_cast<std::size_t>(end - rest_.data()));
    // One spelling: no leading zero, no minus zero.
    if (digits.starts_with("-0") || (digits.size() > 1 && digits[0] == '0')) return false;
    rest_.remove_prefix(digits.size());
    return true;
  }
  bool seq(std::uint64_t& into) { return whole(into) && into > 0; }
  bool number(std::int64_t& into) { return whole(into); }

  bool hash(std::string& into) {
    if (rest_.size() < hash_digits) return false;
    into = rest_.substr(0, hash_digits);
    if (into.find_first_not_of("0123456789abcdef") != std::string::npos) return false;
    rest_.remove_prefix(hash_digits);
    return true;
  }

  bool text(std::string_view key, std::string& into) { return take(key) && quoted(into); }

  bool quoted(std::string& into) {
    if (!take("\"")) return false;
    into.clear();
    const std::size_t before = rest_.size();
    while (true) {
      const std::size_t plain = std::min(rest_.find_first_of("\"\\"), rest_.size());
      for (const char c : rest_.substr(0, plain))
        if (c < 0x20 || c > 0x7E) return false;
      into += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (before - rest_.size() > text_bytes_max) return false;
      if (take("\"")) return true;
      if (!escape(into)) return false;
    }
  }

  bool escape(std::string& into) {
    if (take("\\\"")) return into += '"', true;
    if (take("\\\\")) return into += '\\', true;
    char32_t code = 0;
    if (!unit(code)) return false;
    if (code >= 0xD800 && code < 0xDC00) {
      char32_t low = 0;
      if (!unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    } else if ((code >= 0xDC00 && code <= 0xDFFF) || (code >= 0x20 && code < 0x7F)) {
      return false;
    }
    append_utf8(into, code);
    return true;
  }

  bool unit(char32_t& into) {
    if (!take("\\u") || rest_.size() < 4) return false;
    into = 0;
    for (const char c : rest_.substr(0, 4)) {
      if (c >= '0' && c <= '9') into = into * 16 + static_cast<char32_t>(c - '0');
      else if (c >= 'a' && c <= 'f') into = into * 16 + static_cast<char32_t>(c - 'a' + 10);
      else return false;
    }
    rest_.remove_prefix(4);
    return true;
  }

  bool subject(Subject& into) {
    if (take("}")) return true;
    while (into.fields_.size() <= subject_fields_max) {
      const std::size_t end = rest_.find('"', 1);
      if (end == std::string_view::npos || !take("\"")) return false;
      const std::string_view name = rest_.substr(0, end - 1);
      if (!is_name(name) || into.find(name) != nullptr) return false;
      rest_.remove_prefix(name.size());
      Subject::Value value;
      if (!take("\":") || !scalar(value)) return false;
      into.fields_.emplace_back(name, std::move(value));
      if (take("}")) return true;
      if (!take(",")) return false;
    }
    return false;
  }

  bool scalar(Subject::Value& into) {
    if (take("true")) return into = true, true;
    if (take("false")) return into = false, true;
    if (rest_.starts_with('"')) return quoted(into.emplace<std::string>());
    return number(into.emplace<std::int64_t>());
  }

  std::string_view line_;
  std::string_view rest_;
};

Result<Line> parse_line(std::string_view line) { return LineParser(line).parse(); }

}  // namespace bailey::audit
