#include "git/config_file.h"

#include <algorithm>

namespace bailey::git {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_key_character(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  Result<std::vector<ConfigEntry>> parse() {
    while (skip_to_content()) {
      const bool understood = rest_.front() == '[' ? section() : entry();
      if (!understood) return fail("git config line " + std::to_string(line_), "not understood");
      if (entries_.size() > config_entries_max) return fail("git config", "too many entries");
    }
    return std::move(entries_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') ++line_;
    return c;
  }
  void skip_line() {
    while (!rest_.empty() && take() != '\n') {
    }
  }
  bool skip_to_content() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '#' || c == ';') skip_line();
      else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') take();
      else return true;
    }
    return false;
  }

  bool section() {
    take();
    section_.clear();
    while (!rest_.empty() && is_key_character(rest_.front())) section_ += lower(take());
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) take();
    if (!rest_.empty() && rest_.front() == '"') {
      take();
      section_ += '.';
      while (!rest_.empty() && rest_.front() != '"') {
        if (rest_.front() == '\n') return false;
        if (rest_.front() == '\\') take();
        if (rest_.empty()) return false;
        section_ += take();
      }
      if (rest_.empty()) return false;
      take();
    }
    return !rest_.empty() && take() == ']';
  }

  bool entry() {
    if (section_.empty()) return false;
    std::string name = section_ + '.';
    const std::size_t prefix = name.size();
    while (!rest_.empty() && is_key_character(rest_.front())) name += lower(take());
    if (name.size() == prefix) return false;
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) take();
    std::string value = "true";
    if (!rest_.empty() && rest_.front() == '=') {
      take();
      if (!read_value(value)) return false;
    } else if (!rest_.empty() && rest_.front() != '\n' && rest_.front() != '\r' && rest_.front() != '#' &&
               rest_.front() != ';') {
      return false;
    }
    entries_.push_back({std::move(name), std::move(value)});
    return true;
  }

  // Up to the end of the line: quotes, escapes, continuation lines, comments; outer blanks are dropped.
  bool read_value(std::string& value) {
    value.clear();
    std::size_t kept = 0;  // length without trailing blanks
    bool quoted = false;
    while (!rest_.empty()) {
      char c = take();
      if (c == '\n') {
        if (quoted) return false;
        break;
      }
      if (c == '"') {
        quoted = !quoted;
        kept = value.size();
        continue;
      }
      if (!quoted && (c == '#' || c == ';')) {
        skip_line();
        break;
      }
      const bool blank = !quoted && (c == ' ' || c == '\t' || c == '\r');
      if (blank && value.empty()) continue;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = take();
        if (c == '\r' && !rest_.empty() && rest_.front() == '\n') c = take();
        if (c == '\n') continue;
        if (c == 'n') c = '\n';
        else if (c == 't') c = '\t';
        else if (c == 'b') c = '\b';
        else if (c != '"' && c != '\\') return false;
      }
      value += c;
      if (!blank) kept = value.size();
    }
    value.resize(kept);
    return !quoted;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::string section_;
  std::vector<ConfigEntry> entries_;
};

}  // namespace

Result<std::vector<ConfigEntry>> parse_config(std::string_view text) {
  if (text.size() > config_bytes_max) return fail("git config", "larger than " + std::to_string(config_bytes_max));
  return Parser(text).parse();
}

const std::string* config_value(const std::vector<ConfigEntry>& entries, std::string_view name) {
  const auto found =
      std::find_if(entries.rbegin(), entries.rend(), [&](const auto& entry) { return entry.name == name; });
  return found == entries.rend() ? nullptr : &found->value;
}

bool config_true(std::string_view value) {
  std::string text(value);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text == "true" || text == "yes" || text == "on" || text == "1";
}

}  // namespace bailey::git
