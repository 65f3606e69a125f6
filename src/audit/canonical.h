// The canonical form of an event: one spelling for each record, so that its hash has one meaning.
//
//   {"seq":1,"ts":"…","session":"…","agent":"…","level":"…","category":"…","action":"…","tier":1,"decision":"…",
//    "rule":"…","subject":{…},"prev":"<64 hex>","hash":"<64 hex>"}
//
// A JSON object (RFC 8259) without spaces, its keys in this order, printable ASCII only: everything else is \uNNNN with
// lower-case digits (UTF-16, section 7), so that a log can be shown on a terminal and holds no bytes that are not
// UTF-8. A byte of a text that is not UTF-8 becomes the four characters \xNN. Numbers are whole. Every text is limited;
// one that is cut ends in "...[+N bytes]". The *canonical event* is this object without prev and hash; hash =
// SHA-256(prev as 64 hex digits, then the canonical event).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.h"
#include "base/result.h"

namespace bailey::audit {

// An event as it stands in the log: what the writer adds, and an action that was read rather than written in code.
struct Record {
  std::uint64_t seq = 0;  // from 1; orders the log even when the clock goes backwards
  std::string ts;         // RFC 3339, UTC, microseconds
  std::string session;
  std::string agent;
  Level level = Level::info;
  Category category = Category::session;
  std::string action;
  Tier tier = Tier::silent;
  Decision decision = Decision::allow;
  std::string rule;
  Subject subject;
};

inline constexpr std::size_t text_bytes_max = 2048;   // of one text, encoded
inline constexpr std::size_t line_bytes_max = 65536;  // with its newline; every limit at once stays below it
inline constexpr std::size_t hash_digits = 64;

// The canonical event.
[[nodiscard]] std::string encode(const Record& record);
// The canonical event with its hashes, and a newline.
[[nodiscard]] std::string to_line(std::string_view canonical, std::string_view prev, std::string_view hash);

struct Line {
  Record record;
  std::string prev;
  std::string hash;
};
// Reads exactly what to_line() writes, without the newline; everything else is an error that names the place.
[[nodiscard]] Result<Line> parse_line(std::string_view line);
// The canonical event within a line that parse_line() accepts, as the two pieces that are hashed.
inline constexpr std::string_view canonical_end = "}";
[[nodiscard]] std::string_view canonical_start(std::string_view line);
// What chains an event to the one before it: SHA-256 in hex over that one's hash and the canonical event.
[[nodiscard]] std::string chain_hash(std::string_view prev, std::string_view canonical);
// The same, computed from a line as it stands in a log.
[[nodiscard]] std::string chain_hash_of_line(std::string_view prev, std::string_view line);

}  // namespace bailey::audit
