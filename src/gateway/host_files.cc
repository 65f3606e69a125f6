#include "gateway/host_files.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "gateway/host_name.h"

namespace bailey::gateway {
namespace {

constexpr int timeout_seconds_max = 10;
constexpr int attempts_max = 4;
constexpr std::string_view blanks = " \t\r";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// "timeout:2" with the name "timeout".
void read_option(std::string_view word, std::string_view name, int max, int& value) {
  if (!word.starts_with(name) || word.size() <= name.size() || word[name.size()] != ':') return;
  const std::string_view digits = word.substr(name.size() + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size() && number > 0) value = std::min(number, max);
}

}  // namespace

HostsTable parse_hosts(std::string_view text) {
  HostsTable table;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    const auto address = parse_address(words[0]);
    if (!address) continue;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto name = parse_host(words[i]);
      if (!name || name->is_literal()) continue;
      if (table.size() >= hosts_entries_max && !table.contains(name->text)) continue;
      auto& addresses = table[name->text];
      if (std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
    }
  }
  return table;
}

ResolverSettings parse_resolv_conf(std::string_view text) {
  ResolverSettings settings;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with(';')) continue;
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    if (words[0] == "nameserver" && settings.servers.size() < nameservers_max) {
      if (const auto address = parse_address(words[1])) settings.servers.push_back(*address);
    } else if (words[0] == "options") {
      for (const std::string_view word : words) {
        read_option(word, "timeout", timeout_seconds_max, settings.timeout_seconds);
        read_option(word, "attempts", attempts_max, settings.attempts);
      }
    }
  }
  return settings;
}

}  // namespace bailey::gateway
