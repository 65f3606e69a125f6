#include "policy/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "policy/quantity.h"
#include "policy/values.h"

namespace bailey::policy {
namespace {

constexpr std::size_t path_bytes_max = 4095;  // PATH_MAX without its NUL
constexpr std::size_t variable_bytes_max = 255;
constexpr std::size_t shown_bytes_max = 100;

std::unexpected<Error> refuse(std::string_view kind, std::string_view text, std::string why, std::string remedy) {
  return fail(fmt::format("{} '{}'", kind, text.substr(0, shown_bytes_max)), std::move(why), std::move(remedy));
}

Result<std::uint64_t> in_range(std::string_view kind, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return value;
  return refuse(kind, std::to_string(value), value < least ? "too small for a session" : "too large",
                fmt::format("use {} to {}", least, most));
}

Result<std::uint64_t> size_in_range(std::string_view kind, std::uint64_t value, std::uint64_t least) {
  if (value >= least && value <= size_bytes_max) return value;
  return refuse(kind, format_size(value), value < least ? "too small for a session" : "too large",
                fmt::format("use {} to {}", format_size(least), format_size(size_bytes_max)));
}

bool is_at_or_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

Result<double> checked_cpus(double value) {
  // Written so that NaN fails.
  if (value >= cpus_min && value <= cpus_max) return value;
  return refuse("cpus", fmt::format("{}", value), "not a possible number of processors",
                fmt::format("use {} to {}", cpus_min, cpus_max));
}

Result<std::uint64_t> checked_memory(std::uint64_t bytes) { return size_in_range("memory", bytes, memory_bytes_min); }
Result<std::uint64_t> checked_pids(std::uint64_t value) { return in_range("pids", value, pids_min, pids_max); }
Result<std::uint64_t> checked_disk(std::uint64_t bytes) { return size_in_range("disk", bytes, disk_bytes_min); }
Result<std::uint64_t> checked_open_files(std::uint64_t value) {
  return in_range("open_files", value, open_files_min, open_files_max);
}
Result<std::uint64_t> checked_audit_bytes(std::uint64_t bytes) {
  return size_in_range("audit_bytes_max", bytes, audit_bytes_min);
}
Result<std::uint64_t> checked_approval_minutes(std::uint64_t minutes) {
  return in_range("approval_minutes", minutes, approval_minutes_min, approval_minutes_max);
}

Result<std::string> absolute_path(std::string_view text, const PathBase& base) {
  if (text.empty()) return refuse("path", text, "it is empty", "");
  if (has_control_characters(text)) return refuse("path", text, "it contains control characters", "");
  std::string path(text);
  if (text.starts_with("~/")) {
    path = base.home + std::string(text.substr(1));
  } else if (text.front() != '/') {
    if (base.directory.empty()) return refuse("path", text, "it is not absolute", "start it with '/' or '~/'");
    path = base.directory + '/' + path;
  }
  std::vector<std::string_view> parts;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string normal;
  for (const auto part : parts) normal.append("/").append(part);
  if (normal.size() > path_bytes_max) return refuse("path", text, "too long", "");
  return normal.empty() ? "/" : normal;
}

Result<std::string> toolchain_path(std::string_view text, const PathBase& base) {
  const auto path = TRY(absolute_path(text, base));
  static constexpr std::string_view never_below[] = {"/proc", "/sys", "/dev", "/run", "/var/run"};
  for (const auto directory : never_below) {
    if (is_at_or_below(path, directory) || is_at_or_below(directory, path)) {
      return refuse("path", text, fmt::format("{} of the host is never shown", directory),
                    "name the toolchain's own directory");
    }
  }
  static constexpr std::string_view never_itself[] = {"/etc", "/home", "/root", "/tmp", "/workspace"};
  const auto holds_home = !base.home.empty() && is_at_or_below(base.home, path);
  if (holds_home || std::ranges::find(never_itself, path) != std::end(never_itself)) {
    return refuse("path", text, "the whole of it is never shown: it holds keys and tokens",
                  "name the toolchain's own directory");
  }
  static constexpr std::string_view never_of_home[] = {"/.ssh",           "/.gnupg",       "/.aws",
                                                       "/.azure",         "/.kube",        "/.docker",
                                                       "/.config/bailey", "/.local/state", "/.password-store"};
  for (const auto directory : never_of_home) {
    const auto secret = base.home + std::string(directory);
    if (is_at_or_below(path, secret) || is_at_or_below(secret, path)) {
      return refuse("path", text, fmt::format("~{} is never shown: it holds keys, tokens or sessions", directory),
                    "name the toolchain's own directory");
    }
  }
  return path;
}

Result<std::string> variable_name(std::string_view text) {
  static constexpr std::string_view set_by_the_sandbox[] = {"HOME",  "PATH", "USER",  "LOGNAME",
                                                            "SHELL", "PWD",  "TMPDIR"};
  const auto well_formed = !text.empty() && text.size() <= variable_bytes_max && !(text[0] >= '0' && text[0] <= '9') &&
                           std::ranges::all_of(text, is_name_character);
  if (!well_formed) return refuse("variable", text, "not a name of a variable", "give the name only, without a value");
  if (std::ranges::find(set_by_the_sandbox, text) != std::end(set_by_the_sandbox) || text.starts_with("BAILEY_")) {
    return refuse("variable", text, "the sandbox sets it itself", "leave it out");
  }
  if (text.starts_with("LD_") || text.starts_with("GLIBC_") || text == "GCONV_PATH" || text == "BASH_ENV" ||
      text == "ENV") {
    return refuse("variable", text, "it makes programs load code or behave differently", "leave it out");
  }
  return std::string(text);
}

}  // namespace bailey::policy
