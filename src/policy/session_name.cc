#include "policy/session_name.h"

#include <fmt/format.h>

#include <cstdint>

namespace bailey::policy {
namespace {

constexpr std::size_t hash_digits = 8;

// FNV-1a. Names need to differ, not to resist anybody: two sessions of one name are refused, not confused.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const auto c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string_view without_marks_at_the_ends(std::string_view text) {
  while (!text.empty() && !is_alphanumeric(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_alphanumeric(text.back())) text.remove_suffix(1);
  return text;
}

// Runs of anything else become one '-'. A part of which nothing is left is named by its hash.
std::string sanitised(std::string_view part) {
  std::string clean;
  for (auto c : part) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    const auto kept = is_alphanumeric(c) || c == '.' || c == '_';
    if (kept || (!clean.empty() && clean.back() != '-')) clean += kept ? c : '-';
  }
  auto result = std::string(without_marks_at_the_ends(clean));
  return result.empty() ? fmt::format("{:016x}", hash(part)).substr(0, hash_digits) : result;
}

std::string bounded(std::string name, std::string_view whole) {
  if (name.size() <= session_name_bytes_max) return name;
  const auto kept = std::string_view(name).substr(0, session_name_bytes_max - hash_digits - 1);
  return fmt::format("{}-{}", without_marks_at_the_ends(kept),
                     fmt::format("{:016x}", hash(whole)).substr(0, hash_digits));
}

}  // namespace

std::string session_name(std::string_view agent, std::string_view repository, std::string_view branch) {
  if (branch.size() > agent.size() && branch.starts_with(agent) && branch[agent.size()] == '/') {
    branch.remove_prefix(agent.size() + 1);
  }
  return bounded(fmt::format("{}-{}-{}", sanitised(agent), sanitised(repository), sanitised(branch)),
                 fmt::format("{}\n{}\n{}", agent, repository, branch));
}

std::string named_session(std::string_view agent, std::string_view name) {
  return bounded(fmt::format("{}-{}", sanitised(agent), sanitised(name)), fmt::format("{}\n{}", agent, name));
}

}  // namespace bailey::policy
