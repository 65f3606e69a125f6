#include "os/user.h"

#include <pwd.h>
#include <unistd.h>

#include <charconv>

#include "base/text.h"
#include "os/files.h"

namespace bailey::os {

Result<UserDirectories> user_directories(const Environment& environment) {
  UserDirectories directories;
  if (const char* home = environment("HOME"); home != nullptr && home[0] == '/') directories.home = home;
  else if (const passwd* entry = ::getpwuid(::getuid())) directories.home = entry->pw_dir;
  if (directories.home.empty())
    return fail("find the home directory", "HOME is not set", "set HOME to an absolute path");
  const auto base = [&](const char* variable, std::string_view fallback) {
    const char* value = environment(variable);
    const std::string root = value != nullptr && value[0] == '/' ? value : join(directories.home, fallback);
    return join(root, "bailey");
  };
  directories.config = base("XDG_CONFIG_HOME", ".config");
  directories.state = base("XDG_STATE_HOME", ".local/state");
  directories.cache = base("XDG_CACHE_HOME", ".cache");
  return directories;
}

std::vector<IdRange> subordinate_ranges(std::string_view file, std::string_view user, uid_t uid) {
  std::vector<IdRange> ranges;
  const std::string number = std::to_string(uid);
  for (const auto line : split(file, '\n')) {
    const auto fields = split(trim(line), ':');
    if (fields.size() != 3 || (fields[0] != user && fields[0] != number)) continue;
    IdRange range;
    const auto whole = [](std::string_view text, uid_t& value) {
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
      return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
    };
    if (whole(fields[1], range.first) && whole(fields[2], range.count) && range.count > 0) ranges.push_back(range);
  }
  return ranges;
}

}  // namespace bailey::os
