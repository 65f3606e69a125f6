#include "audit/query.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace bailey::audit {
namespace {

std::unexpected<Error> not_a_time(std::string_view text) {
  return fail("read the time '" + std::string(text) + "'", "it is neither RFC 3339 nor an age",
              "write 2026-11-24T03:05:06Z, 2026-11-24, 90s, 10m, 2h or 1d");
}

bool take_number(std::string_view& text, std::size_t digits, int& into) {
  if (text.size() < digits) return false;
  const auto number = text.substr(0, digits);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), into);
  if (error != std::errc() || end != number.data() + number.size() || number.starts_with('-')) return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return std::chrono::microseconds(0);
  std::int64_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits < 6) value = value * 10 + (text[digits] - '0');
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  for (std::size_t i = digits; i < 6; ++i) value *= 10;
  return std::chrono::microseconds(value);
}

// RFC 3339, section 5.6: "Z" or "+hh:mm".
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
  const bool east = text.starts_with('+');
  if (!east && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!take_number(text, 2, hours) || !take(text, ':') || !take_number(text, 2, minutes)) return std::nullopt;
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(hours * 60 + minutes);
  return east ? offset : -offset;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  int year_number = 0, month_number = 0, day_number = 0, hour = 0, minute = 0, second = 0;
  if (!take_number(text, 4, year_number) || !take(text, '-') || !take_number(text, 2, month_number) ||
      !take(text, '-') || !take_number(text, 2, day_number))
    return std::nullopt;
  const year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  if (!date.ok()) return std::nullopt;
  const WallTime start = sys_days(date);
  if (text.empty()) return start;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  if (!take_number(text, 2, hour) || !take(text, ':') || !take_number(text, 2, minute) || !take(text, ':') ||
      !take_number(text, 2, second) || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return start + hours(hour) + minutes(minute) + seconds(second) + *fraction - *offset;
}

std::optional<std::chrono::seconds> parse_age(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      return std::nullopt;
  }
  text.remove_suffix(1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(number * unit);
}

template <typename Enum>
std::unexpected<Error> unknown(std::string_view what, std::string_view text, Enum last) {
  std::string known;
  for (int i = 0; i <= static_cast<int>(last); ++i) known.append(i ? ", " : "").append(to_string(static_cast<Enum>(i)));
  return fail("read the " + std::string(what) + " '" + std::string(text) + "'", "there is none of that name",
              "choose one of " + known);
}

std::string shown_value(const Subject::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  const auto& text = std::get<std::string>(value);
  const bool is_word = !text.empty() && text.find_first_of(" \"=()") == std::string::npos;
  if (is_word) return visible(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return visible(quoted + '"');
}

void append_column(std::string& line, std::string_view text, std::size_t width) {
  line.append(text).append(width - std::min(width, text.size()) + 1, ' ');
}

}  // namespace

bool matches(const Record& record, const Filter& filter) {
  return (!filter.category || record.category == *filter.category) &&
         (!filter.decision || record.decision == *filter.decision) && record.ts >= filter.since;
}

Result<std::string> parse_since(std::string_view text, WallTime now) {
  if (const auto age = parse_age(text)) return to_rfc3339(now - *age);
  const auto time = parse_rfc3339(text);
  if (!time) return not_a_time(text);
  return to_rfc3339(*time);
}

Result<Category> parse_category(std::string_view text) {
  if (const auto category = category_from(text)) return *category;
  return unknown("category", text, Category::resource);
}

Result<Decision> parse_decision(std::string_view text) {
  if (const auto decision = decision_from(text)) return *decision;
  return unknown("decision", text, Decision::expired);
}

std::string to_text(const Record& record) {
  std::string line;
  append_column(line, visible(record.ts), std::string_view("2026-11-24T03:05:06.123456Z").size());
  append_column(line, to_string(record.level), 7);
  append_column(line, to_string(record.category), 10);
  append_column(line, record.action, 14);
  line += to_string(record.decision);
  for (const auto& [name, value] : record.subject.fields())
    line.append(" ").append(name).append("=").append(shown_value(value));
  if (!record.rule.empty()) line.append(" (").append(visible(record.rule)).append(")");
  return line;
}

}  // namespace bailey::audit
