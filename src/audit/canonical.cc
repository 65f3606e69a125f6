#include "audit/canonical.h"

#include <algorithm>
#include <charconv>

#include "audit/utf8.h"
#include "base/digest.h"
#include "base/text.h"

namespace bailey::audit {
namespace {

constexpr std::string_view cut_mark_start = "...[+";
constexpr std::string_view cut_mark_end = " bytes]";
constexpr std::size_t cut_mark_bytes_max = cut_mark_start.size() + 20 + cut_mark_end.size();

void append_hex4(std::string& out, unsigned unit) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 15];
}

void append_code_point(std::string& out, char32_t code) {
  if (code == '"' || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (code >= 0x20 && code < 0x7F) {
    out += static_cast<char>(code);
  } else if (code < 0x10000) {
    append_hex4(out, code);
  } else {
    append_hex4(out, 0xD800 + ((code - 0x10000) >> 10));
    append_hex4(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
  }
}

void append_byte(std::string& out, unsigned char byte) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\\\x";
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

void append_number(std::string& out, auto number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  const std::size_t start = out.size();
  std::size_t cut_at = start;  // the last place where text and mark fit
  std::string_view rest_at_cut = text;
  while (!text.empty() && out.size() - start <= text_bytes_max) {
    if (out.size() - start + cut_mark_bytes_max <= text_bytes_max) {
      cut_at = out.size();
      rest_at_cut = text;
    }
    const CodePoint next = first_code_point(text);
    if (next.bytes == 0) append_byte(out, static_cast<unsigned char>(text[0]));
    else append_code_point(out, next.code);
    text.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  if (out.size() - start > text_bytes_max) {
    out.resize(cut_at);
    out += cut_mark_start;
    append_number(out, rest_at_cut.size());
    out += cut_mark_end;
  }
  out += '"';
}

void append_value(std::string& out, const Subject::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) append_text(out, *text);
  else if (const auto* number = std::get_if<std::int64_t>(&value)) append_number(out, *number);
  else out += std::get<bool>(value) ? "true" : "false";
}

void append_subject(std::string& out, const Subject& subject) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : subject.fields()) {
    if (!first) out += ',';
    first = false;
    out.append("\"").append(name).append("\":");
    append_value(out, value);
  }
  out += '}';
}

}  // namespace

std::string encode(const Record& record) {
  std::string out;
  out.reserve(512);
  const auto text = [&out](std::string_view key, std::string_view value) {
    out += key;
    append_text(out, value);
  };
  out += "{\"seq\":";
  append_number(out, record.seq);
  text(",\"ts\":", record.ts);
  text(",\"session\":", record.session);
  text(",\"agent\":", record.agent);
  text(",\"level\":", to_string(record.level));
  text(",\"category\":", to_string(record.category));
  text(",\"action\":", record.action);
  out += ",\"tier\":";
  append_number(out, static_cast<int>(record.tier));
  text(",\"decision\":", to_string(record.decision));
  text(",\"rule\":", record.rule);
  out += ",\"subject\":";
  append_subject(out, record.subject);
  out += '}';
  return out;
}

std::string to_line(std::string_view canonical, std::string_view prev, std::string_view hash) {
  canonical.remove_suffix(canonical_end.size());
  std::string line;
  line.reserve(canonical.size() + 2 * hash_digits + 32);
  line.append(canonical).append(",\"prev\":\"").append(prev).append("\",\"hash\":\"").append(hash).append("\"}\n");
  return line;
}

std::string_view canonical_start(std::string_view line) {
  constexpr std::size_t hashes_bytes = std::string_view(R"(,"prev":"","hash":""})").size() + 2 * hash_digits;
  return line.substr(0, line.size() - std::min(line.size(), hashes_bytes));
}

std::string chain_hash(std::string_view prev, std::string_view canonical) { return to_hex(sha256({prev, canonical})); }

std::string chain_hash_of_line(std::string_view prev, std::string_view line) {
  return to_hex(sha256({prev, canonical_start(line), canonical_end}));
}

}  // namespace bailey::audit
