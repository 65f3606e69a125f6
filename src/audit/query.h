// Showing a log: filters, one line an event for people, the log's own lines for programs, and following a live one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/canonical.h"
#include "audit/event.h"
#include "base/clock.h"
#include "base/result.h"

namespace bailey::audit {

struct Filter {
  std::optional<Category> category;
  std::optional<Decision> decision;
  std::string since;  // RFC 3339 as in Record::ts, from parse_since(); empty: all
};
// By the time that each event carries: when the clock went backwards, later events may be left out.
[[nodiscard]] bool matches(const Record& record, const Filter& filter);

// "2026-11-24T03:05:06Z", with a fraction, with an offset (RFC 3339), a date alone (its start in UTC), or an age before
// `now`: "90s", "10m", "2h", "1d". The result is in the form of Record::ts.
[[nodiscard]] Result<std::string> parse_since(std::string_view text, WallTime now);
// The values of --category and --decision; the error lists what there is.
[[nodiscard]] Result<Category> parse_category(std::string_view text);
[[nodiscard]] Result<Decision> parse_decision(std::string_view text);

// Without a newline; whatever an attacker put into the fields is made visible.
[[nodiscard]] std::string to_text(const Record& record);

struct QueryOptions {
  Filter filter;
  enum class Format { text, json } format = Format::text;  // json: the lines of the log as they are
  enum class Follow { no, yes } follow = Follow::no;
  enum class Checkpoints { hidden, shown } checkpoints = Checkpoints::hidden;  // of text; json has them always
  int stop_fd = -1;  // borrowed; following ends when it becomes readable
};

struct Shown {
  std::uint64_t events = 0;
  std::uint64_t unreadable = 0;  // lines that are no events: run verify
};
// Writes to the borrowed `out_fd`. Following ends with stop_fd, or when nobody reads `out_fd` any more; neither is an
// error. Events are shown once a complete line is in the log, also in segments that begin meanwhile.
[[nodiscard]] Result<Shown> show(const std::string& session_dir, const QueryOptions& options, int out_fd);

}  // namespace bailey::audit
