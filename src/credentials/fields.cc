#include "credentials/fields.h"

#include "credentials/netstring.h"

namespace bailey::credentials {

FieldWriter& FieldWriter::add(std::string_view text) {
  const std::string digits = std::to_string(text.size());
  const std::size_t needed = out_.size() + digits.size() + text.size() + 2;
  if (needed > out_.capacity()) {
    std::string larger;  // by hand: a string that grows leaves what it held behind
    larger.reserve(needed * 2);
    larger = out_;
    out_.swap(larger);
    wipe(larger);
  }
  out_.append(digits).append(1, ':').append(text).append(1, ',');
  return *this;
}

FieldWriter& FieldWriter::add_number(std::int64_t number) { return add(std::to_string(number)); }

FieldWriter& FieldWriter::add_list(const std::vector<std::string>& list) {
  add_number(static_cast<std::int64_t>(list.size()));
  for (const auto& text : list) add(text);
  return *this;
}

std::string_view FieldReader::next() {
  const auto text = failed_ ? std::nullopt : take_netstring(rest_, field_bytes_max);
  failed_ = !text;
  return text.value_or(std::string_view());
}

std::int64_t FieldReader::number() {
  std::int64_t number = 0;
  if (const auto digits = next(); !failed_ && !read_digits(digits, number)) failed_ = true;
  return failed_ ? 0 : number;
}

std::vector<std::string> FieldReader::list() {
  std::vector<std::string> list;
  const std::int64_t count = number();
  if (count < 0 || std::size_t(count) > field_list_max) failed_ = true;
  for (std::int64_t i = 0; i < count && !failed_; ++i) list.push_back(text());
  return list;
}

Status FieldReader::finish(std::string_view what) const {
  if (!failed_ && rest_.empty()) return {};
  return fail("read " + std::string(what), "it is malformed");
}

}  // namespace bailey::credentials
