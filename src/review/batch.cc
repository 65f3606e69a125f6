#include "review/batch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace bailey::review {
namespace {

constexpr std::array<std::string_view, 4> types = {"blob", "commit", "tree", "tag"};

std::unexpected<Error> malformed(const char* why) {
  return fail("read git's objects", why, "the branch can't be reviewed: don't take it");
}

// "<oid> <type> <size>" or "<oid> missing".
std::optional<ObjectInfo> info_of(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto oid = git::Oid::parse(line.substr(0, space));
  if (!oid || oid->is_zero()) return std::nullopt;
  line.remove_prefix(space + 1);
  if (line == "missing") return ObjectInfo{*oid, {}, 0};
  const auto* const type = std::ranges::find_if(types, [line](std::string_view name) {
    return line.starts_with(name) && line.substr(name.size()).starts_with(' ');
  });
  if (type == types.end()) return std::nullopt;
  line.remove_prefix(type->size() + 1);
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), bytes);
  if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return ObjectInfo{*oid, *type, bytes};
}

// Takes one line, without its newline.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

Result<std::vector<ObjectInfo>> parse_batch_check(std::string_view answer) {
  std::vector<ObjectInfo> all;
  while (!answer.empty()) {
    const auto line = take_line(answer);
    const auto info = line ? info_of(*line) : std::nullopt;
    if (!info) return malformed("a line that is not in git's format");
    all.push_back(*info);
  }
  return all;
}

Result<std::vector<ObjectContent>> parse_batch(std::string_view answer) {
  std::vector<ObjectContent> all;
  while (!answer.empty()) {
    const auto line = take_line(answer);
    const auto info = line ? info_of(*line) : std::nullopt;
    if (!info) return malformed("a header that is not in git's format");
    if (info->type.empty()) {
      all.push_back({*info, {}});
      continue;
    }
    if (info->bytes >= answer.size() || answer[info->bytes] != '\n') return malformed("an object that is cut off");
    all.push_back({*info, answer.substr(0, info->bytes)});
    answer.remove_prefix(info->bytes + 1);
  }
  return all;
}

}  // namespace bailey::review
