#include "git/stand_in_search.h"

#include <algorithm>

#include "base/text.h"

namespace bailey::git {
namespace {

constexpr int grep_found = 0;
constexpr int grep_found_nothing = 1;

Invocation on(const HostRepository& quarantine, std::vector<std::string> arguments) {
  Invocation call;
  call.git_dir = quarantine.git_dir;
  call.arguments = std::move(arguments);
  call.reach.read_only = quarantine.object_stores;
  return call;
}

const StandIn* standing_in(std::string_view text, std::span<const StandIn> stand_ins) {
  for (const auto& each : stand_ins)
    if (text.find(each.text) != std::string_view::npos) return &each;
  return nullptr;
}

}  // namespace

std::string searched_part(std::string_view text) {
  const auto lines = split(text, '\n');
  const auto longest = std::ranges::max_element(lines, {}, [](std::string_view line) { return line.size(); });
  const std::string_view line = longest->substr(0, stand_in_bytes_max);
  return line.size() < stand_in_bytes_min ? std::string() : std::string(line);
}

Result<std::optional<StandIn>> find_stand_in(const GitRunner& runner, const HostRepository& quarantine,
                                             const NewRange& range, std::span<const StandIn> stand_ins) {
  if (stand_ins.empty()) return std::nullopt;
  std::string patterns;
  for (const auto& each : stand_ins) patterns.append(each.text).append("\n");
  std::vector<std::string> wanted = {"rev-list", "--max-count=" + std::to_string(searched_commits_max),
                                     range.tip.hex()};
  if (!range.base.is_zero()) wanted.push_back("^" + range.base.hex());
  const std::string commits = TRY(runner.output_of(on(quarantine, wanted)));
  std::vector<std::string> grep = {"grep", "-h", "-o", "-a", "-F", "-f", "-"};
  for (const auto commit : split(commits, '\n'))
    if (!commit.empty()) grep.emplace_back(commit);
  wanted[0] = "log";
  wanted.insert(wanted.begin() + 1, "--format=%an%n%ae%n%cn%n%ce%n%B");
  const std::string messages = TRY(runner.output_of(on(quarantine, wanted)));
  if (const auto* const found = standing_in(messages, stand_ins)) return *found;
  const auto output = TRY(runner.run(on(quarantine, grep), patterns));
  if (output.exit_status == grep_found_nothing) return std::nullopt;
  if (output.exit_status != grep_found)
    return fail("search the commits for placeholders", std::string(trim(output.err)));
  if (const auto* const found = standing_in(output.out, stand_ins)) return *found;
  return std::nullopt;
}

}  // namespace bailey::git
