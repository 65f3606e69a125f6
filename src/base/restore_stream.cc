#include "base/restore_stream.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace bailey {
namespace {

template <typename Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::string octal(std::uint32_t number) {
  char text[16];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, 8);
  return std::string(text, error == std::errc() ? end : text);
}

}  // namespace

std::string encode(const RestoreOperation& operation) {
  return std::string(1, static_cast<char>(operation.kind)) + ' ' + octal(operation.mode) + ' ' +
         std::to_string(operation.mtime_ns) + ' ' + std::to_string(operation.bytes) + ' ' +
         std::to_string(operation.path.size()) + ' ' + std::to_string(operation.target.size()) + '\n' + operation.path +
         operation.target;
}

std::optional<RestoreOperation> parse_restore_line(std::string_view line) {
  std::array<std::string_view, 6> words;
  std::size_t count = 0;
  for (std::size_t at = 0; at <= line.size(); ++count) {
    const auto space = std::min(line.find(' ', at), line.size());
    if (count == words.size()) return std::nullopt;
    words[count] = line.substr(at, space - at);
    at = space + 1;
  }
  if (count != words.size() || words[0].size() != 1 ||
      std::string_view("RDFLME").find(words[0]) == std::string_view::npos)
    return std::nullopt;
  RestoreOperation operation;
  operation.kind = static_cast<RestoreOperation::Kind>(words[0][0]);
  std::size_t path = 0;
  std::size_t target = 0;
  if (!read_number(words[1], operation.mode, 8) || !read_number(words[2], operation.mtime_ns) ||
      !read_number(words[3], operation.bytes) || !read_number(words[4], path) || !read_number(words[5], target))
    return std::nullopt;
  if (operation.mode > 0777 || path > restore_path_bytes_max || target > restore_path_bytes_max) return std::nullopt;
  if (operation.bytes != 0 && operation.kind != RestoreOperation::Kind::file) return std::nullopt;
  operation.path.assign(path, '\0');
  operation.target.assign(target, '\0');
  return operation;
}

bool is_plain_relative_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  for (std::size_t at = 0; at <= path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const auto part = path.substr(at, slash - at);
    if (part.empty() || part == "." || part == "..") return false;
    at = slash + 1;
  }
  return true;
}

}  // namespace bailey
