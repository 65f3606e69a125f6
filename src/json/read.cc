#include "json/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <vector>

namespace bailey::json {
namespace {

// Below this many members, comparing with each of them is quicker than a hash set.
constexpr std::size_t linear_members_max = 16;
constexpr std::size_t reason_bytes_max = 160;

// Tells how far the tokenizer has read: its SAX events do not say where they happened.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** read_up_to) : at_(at), read_up_to_(read_up_to) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *read_up_to_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** read_up_to_;
};

struct Frame {
  Value container;
  std::string key;                       // of the member being read
  std::unordered_set<std::string> keys;  // only filled beyond linear_members_max
};

// What is read so far. Every event returns false to stop the tokenizer, with `reason` and `offset` set.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  Builder(std::string_view text, const ReadLimits& limits) : text_(text), limits_(limits), read_up_to_(text.data()) {}

  const char** read_up_to() { return &read_up_to_; }

  // The SAX interface.
  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(number_integer_t value) { return add(value); }
  bool number_unsigned(number_unsigned_t value) { return add(value); }
  bool number_float(number_float_t value, const string_t& digits) {
    if (digits.find_first_of(".eE") == string_t::npos) return refuse("a whole number that does not fit into 64 bits");
    return add(value);
  }
  bool string(string_t& value) {
    if (value.size() > limits_.string_bytes_max) return refuse_string("a string", limits_.string_bytes_max);
    return add(std::move(value));
  }
  bool binary(binary_t&) { return refuse("binary data"); }
  bool start_object(std::size_t) { return open(Object{}); }
  bool start_array(std::size_t) { return open(Array{}); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& value);
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception& error);

  std::optional<Value> result;
  std::string reason;
  std::size_t offset = 0;

 private:
  bool add(Value value);
  bool open(Value container);
  bool close();
  bool refuse(std::string why);
  bool refuse_string(std::string_view what, std::size_t bytes_max);
  [[nodiscard]] std::size_t string_start() const;
  [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(read_up_to_ - text_.data()); }

  std::string_view text_;
  const ReadLimits& limits_;
  const char* read_up_to_;
  std::vector<Frame> open_;
  std::size_t values_ = 0;
};

bool Builder::refuse(std::string why) {
  reason = std::move(why);
  offset = position() == 0 ? 0 : position() - 1;
  return false;
}

bool Builder::refuse_string(std::string_view what, std::size_t bytes_max) {
  refuse(fmt::format("{} of more than {} bytes", what, bytes_max));
  offset = string_start();
  return false;
}

// The tokenizer stands behind a string's closing quote: goes back to its opening one.
std::size_t Builder::string_start() const {
  auto at = position() - 1;
  while (at > 0) {
    --at;
    if (text_[at] != '"') continue;
    auto backslashes = std::size_t{0};
    while (backslashes < at && text_[at - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return at;
  }
  return 0;
}

bool Builder::add(Value value) {
  if (++values_ > limits_.values_max) return refuse(fmt::format("more than {} values", limits_.values_max));
  if (open_.empty()) {
    result = std::move(value);
    return true;
  }
  auto& frame = open_.back();
  if (auto* array = frame.container.as_array()) {
    if (array->size() >= limits_.members_max) {
      return refuse(fmt::format("an array of more than {} values", limits_.members_max));
    }
    array->push_back(std::move(value));
  } else {
    frame.container.as_object()->emplace_back(std::move(frame.key), std::move(value));
  }
  return true;
}

bool Builder::open(Value container) {
  if (open_.size() >= std::min(limits_.depth_max, depth_limit)) {
    return refuse(fmt::format("nested deeper than {} levels", std::min(limits_.depth_max, depth_limit)));
  }
  open_.push_back({std::move(container), {}, {}});
  return true;
}

bool Builder::close() {
  auto done = std::move(open_.back().container);
  open_.pop_back();
  return add(std::move(done));
}

bool Builder::key(string_t& value) {
  if (value.size() > limits_.string_bytes_max) return refuse_string("a key", limits_.string_bytes_max);
  auto& frame = open_.back();
  const auto& members = *frame.container.as_object();
  if (members.size() >= limits_.members_max) {
    return refuse(fmt::format("an object of more than {} members", limits_.members_max));
  }
  auto known = false;
  if (members.size() < linear_members_max) {
    known = std::ranges::any_of(members, [&](const Member& member) { return member.first == value; });
  } else {
    if (frame.keys.empty()) {
      for (const auto& member : members) frame.keys.insert(member.first);
    }
    known = !frame.keys.insert(value).second;
  }
  if (known) {
    refuse(fmt::format("the key \"{}\" is there twice", value.substr(0, reason_bytes_max)));
    offset = string_start();
    return false;
  }
  frame.key = std::move(value);
  return true;
}

bool Builder::parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
  // "[json.exception…] parse error at line 1, column 2: syntax error while parsing value - what we want"
  auto message = std::string_view(error.what());
  if (const auto column = message.find("column "); column != std::string_view::npos) {
    if (const auto colon = message.find(": ", column); colon != std::string_view::npos)
      message.remove_prefix(colon + 2);
  }
  reason = message.substr(0, reason_bytes_max);
  offset = position == 0 ? 0 : position - 1;
  return false;
}

std::string place(std::string_view name, std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return fmt::format("{}:{}:{}", name, line, column + 1);
}

}  // namespace

Result<Value> read(std::string_view text, std::string_view name, const ReadLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return fail(fmt::format("read {}", name), fmt::format("larger than {} bytes", limits.bytes_max));
  }
  // The tokenizer takes a NUL for the end of the text and would never look at what follows it.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(place(name, text, nul), "a NUL character");
  }
  Builder builder(text, limits);
  try {
    const CountingIterator first(text.data(), builder.read_up_to());
    const CountingIterator last(text.data() + text.size(), builder.read_up_to());
    if (nlohmann::json::sax_parse(first, last, &builder, nlohmann::json::input_format_t::json) && builder.result) {
      return std::move(*builder.result);
    }
  } catch (const std::exception& error) {
    // The library reports through parse_error(); what still throws is memory that ran out.
    return fail(fmt::format("read {}", name), error.what());
  }
  return fail(place(name, text, builder.offset), builder.reason);
}

}  // namespace bailey::json
