#include "json/write.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>

namespace bailey::json {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: the first byte does not start valid UTF-8 (RFC 3629)
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xC2 && lead <= 0xDF   ? 2
                            : (lead & 0xF0) == 0xE0        ? 3
                            : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                           : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  std::uint32_t value = lead & (0x7FU >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(at) & 0x3FU);
  }
  const auto overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const auto surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, bytes};
}

// What could move a cursor, reorder a line or end one when the text is shown.
bool must_escape(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x61C || (point >= 0x200E && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

void append_escape(std::string& out, std::uint32_t point) {
  switch (point) {
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", point);
  }
}

class Writer {
 public:
  explicit Writer(Layout layout) : layout_(layout) {}

  void write(const Value& value) {
    if (value.is_null()) {
      out += "null";
    } else if (const auto boolean = value.as_bool()) {
      out += *boolean ? "true" : "false";
    } else if (const auto whole = value.as_int()) {
      write_number(*whole);
    } else if (const auto large = value.as_uint()) {
      write_number(*large);
    } else if (const auto number = value.as_double()) {
      write_double(*number);
    } else if (const auto* string = value.as_string()) {
      write_string(*string);
    } else if (const auto* array = value.as_array()) {
      write_members(*array, '[', ']', [this](const Value& member) { write(member); });
    } else if (const auto* object = value.as_object()) {
      write_members(*object, '{', '}', [this](const Member& member) {
        write_string(member.first);
        out += layout_ == Layout::indented ? ": " : ":";
        write(member.second);
      });
    }
  }

  void write_string(std::string_view text) {
    out += '"';
    auto plain = std::size_t{0};  // bytes at the front of `text` that can be copied as they are
    while (plain < text.size()) {
      const auto point = decode(text.substr(plain));
      if (point.bytes != 0 && point.value != '"' && point.value != '\\' && !must_escape(point.value)) {
        plain += point.bytes;
        continue;
      }
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      plain = 0;
      if (point.bytes == 0) {
        problem = "a string with bytes that are not UTF-8";
        out += "\xEF\xBF\xBD";
        text.remove_prefix(1);
        continue;
      }
      if (point.value == '"' || point.value == '\\') {
        out += '\\';
        out += text.front();
      } else {
        append_escape(out, point.value);
      }
      text.remove_prefix(point.bytes);
    }
    out += text;
    out += '"';
  }

  std::string out;
  const char* problem = nullptr;  // why the text would not read back as the same value

 private:
  template <typename Number>
  void write_number(Number value) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end);
  }

  void write_double(double value) {
    if (!std::isfinite(value)) {
      problem = "a number that is not finite";
      out += "null";
      return;
    }
    const auto start = out.size();
    write_number(value);
    // Stays a double when it is read back.
    if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
  }

  template <typename Container, typename WriteMember>
  void write_members(const Container& members, char open, char close, WriteMember write_member) {
    out += open;
    ++level_;
    auto first = true;
    for (const auto& member : members) {
      if (!first) out += ',';
      first = false;
      new_line();
      write_member(member);
    }
    --level_;
    if (!first) new_line();
    out += close;
  }

  void new_line() {
    if (layout_ == Layout::line) return;
    out += '\n';
    out.append(level_ * 2, ' ');
  }

  Layout layout_;
  std::size_t level_ = 0;
};

}  // namespace

std::string write(const Value& value, Layout layout) {
  Writer writer(layout);
  writer.write(value);
  return std::move(writer.out);
}

Result<std::string> write_exact(const Value& value, Layout layout) {
  Writer writer(layout);
  writer.write(value);
  if (writer.problem != nullptr) return fail("write JSON", writer.problem);
  return std::move(writer.out);
}

void append_quoted(std::string& out, std::string_view text) {
  Writer writer(Layout::line);
  writer.out.swap(out);
  writer.write_string(text);
  writer.out.swap(out);
}

}  // namespace bailey::json
