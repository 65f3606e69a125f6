#include "workspace/user_config.h"

#include <iterator>

#include "os/files.h"
#include "workspace/git_files.h"
#include "workspace/settings.h"

namespace bailey::workspace {
namespace {

constexpr std::string_view condition_prefix = "includeif.gitdir:";
constexpr std::string_view path_suffix = ".path";

class UserConfigReader {
 public:
  UserConfigReader(const UserHome& user, const std::string& git_dir, Notes& notes)
      : user_(user), git_dir_(git_dir), notes_(notes) {}

  void read(const std::string& file, std::size_t depth) {
    if (depth > include_depth_max || ++files_ > include_files_max) return;
    auto parsed = git::parse_config(read_user_text(file));
    if (!parsed) return notes_.add("settings not taken over, file not understood", file);
    for (auto& entry : *parsed) {
      const bool included = entry.name == "include.path" || condition_holds(entry.name);
      const std::string target = included ? expand_path(user_, std::string(os::directory_name(file)), entry.value) : "";
      entries_.push_back(std::move(entry));
      if (included) read(target, depth + 1);
    }
  }

  std::vector<git::ConfigEntry> take() { return std::move(entries_); }

 private:
  // A pattern that ends in "/" means everything below it.
  [[nodiscard]] bool condition_holds(std::string_view name) const {
    if (!name.starts_with(condition_prefix) || !name.ends_with(path_suffix) || git_dir_.empty()) return false;
    name.remove_prefix(condition_prefix.size());
    name.remove_suffix(std::min(path_suffix.size(), name.size()));
    if (!name.ends_with('/')) return false;
    const std::string directory = expand_path(user_, "/", std::string(name));
    const auto real = os::real_path(directory);
    return git_dir_.starts_with(directory) || (real && git_dir_.starts_with(*real + '/'));
  }

  const UserHome& user_;
  const std::string& git_dir_;
  Notes& notes_;
  std::size_t files_ = 0;
  std::vector<git::ConfigEntry> entries_;
};

}  // namespace

std::string expand_path(const UserHome& user, const std::string& base, const std::string& path) {
  if (path.starts_with("~/")) return os::join(user.home, path.substr(2));
  return path.starts_with('/') ? path : os::join(base, path);
}

std::vector<git::ConfigEntry> read_user_config(const UserHome& user, const std::string& git_dir, Notes& notes) {
  UserConfigReader reader(user, git_dir, notes);
  if (!user.etc.empty()) reader.read(os::join(user.etc, "gitconfig"), 0);
  if (!user.xdg_config.empty()) reader.read(os::join(user.xdg_config, "git/config"), 0);
  if (!user.home.empty()) reader.read(os::join(user.home, ".gitconfig"), 0);
  return reader.take();
}

}  // namespace bailey::workspace
