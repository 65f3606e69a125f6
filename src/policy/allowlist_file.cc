#include "policy/allowlist_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "policy/domain_pattern.h"

namespace bailey::policy {
namespace {

// Spaces, tabs and the CR of an editor on another system; any other control character is part of the pattern, which is
// then refused.
constexpr std::string_view blanks = " \t\r";

}  // namespace

Result<std::vector<Given<std::string>>> parse_allowlist(std::string_view text, std::string_view file) {
  std::vector<Given<std::string>> entries;
  if (text.size() > allowlist_bytes_max) {
    return fail(std::string(file), fmt::format("longer than {} bytes", allowlist_bytes_max), "join hosts with *.");
  }
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto content = line.substr(0, line.find('#'));
    const auto start = content.find_first_not_of(blanks);
    if (start == std::string_view::npos) continue;
    const auto end = content.find_last_not_of(blanks) + 1;
    auto place = fmt::format("{}:{}:{}", file, number, start + 1);
    auto pattern = parse_domain_pattern(content.substr(start, end - start));
    if (!pattern) return std::unexpected(std::move(pattern).error().within(place));
    if (entries.size() == allowlist_entries_max) {
      return fail(std::move(place), fmt::format("more than {} patterns", allowlist_entries_max), "join hosts with *.");
    }
    entries.push_back({std::move(*pattern), std::move(place)});
  }
  return entries;
}

}  // namespace bailey::policy
