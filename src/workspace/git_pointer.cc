#include "workspace/git_pointer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/text.h"
#include "git/config_file.h"
#include "os/files.h"
#include "workspace/git_files.h"

namespace bailey::workspace {
namespace {

constexpr std::string_view gitdir_key = "gitdir:";

std::string against(const std::string& base, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : os::join(base, path);
}

// Do both name the same existing file or directory? The last component is compared by name, not followed.
bool same_place(const std::string& a, const std::string& b) {
  const auto real_a = os::real_path(std::string(os::directory_name(a)));
  const auto real_b = os::real_path(std::string(os::directory_name(b)));
  return real_a && real_b && *real_a == *real_b && os::base_name(a) == os::base_name(b);
}

Status check_worktree(const std::string& git_file, const std::string& git_dir, const Fd& opened,
                      std::string_view commondir) {
  const auto back = TRY(read_git_text(opened.get(), "gitdir"));
  const auto common = os::real_path(against(git_dir, trim(commondir)));
  const std::string parent(os::directory_name(git_dir));
  const bool registered = common && os::base_name(parent) == "worktrees" && os::directory_name(parent) == *common;
  if (registered && same_place(against(git_dir, trim(back)), git_file)) return {};
  return fail("'" + git_file + "'", "names '" + git_dir + "', which does not know this directory as a worktree",
              "git worktree repair, run in the main repository, mends a worktree that was moved");
}

Status check_separate(const std::string& directory, const std::string& git_dir, const Fd& opened) {
  const auto text = TRY(read_git_text(opened.get(), "config"));
  const auto config = TRY(git::parse_config(text));
  const auto* worktree = git::config_value(config, "core.worktree");
  if (worktree != nullptr) {
    const auto real = os::real_path(against(git_dir, *worktree));
    if (real && *real == directory) return {};
  }
  return fail(
      "'" + os::join(directory, ".git") + "'",
      "names '" + git_dir + "', which does not say that it belongs to this directory",
      "if it does: git --git-dir=" + shell_quoted(git_dir) + " config core.worktree " + shell_quoted(directory));
}

}  // namespace

Result<std::string> follow_git_file(const std::string& directory) {
  const std::string git_file = os::join(directory, ".git");
  const Fd top = TRY(os::open_file(directory, O_RDONLY | O_DIRECTORY));
  const auto text = TRY(read_git_text(top.get(), ".git"));
  if (!text.starts_with(gitdir_key)) return fail("'" + git_file + "'", "is no git file: no 'gitdir:' in it");
  const std::string target = against(directory, trim(std::string_view(text).substr(gitdir_key.size())));
  auto git_dir = os::real_path(target);
  if (!git_dir)
    return fail_errno(git_dir.error().code, "'" + git_file + "' names '" + visible(target) + "'",
                      "git worktree repair, or remove the .git file to treat it as a plain directory");
  const Fd opened = TRY(os::open_file(*git_dir, O_RDONLY | O_DIRECTORY));
  const auto commondir = TRY(read_git_text(opened.get(), "commondir"));
  if (commondir.empty()) TRY_STATUS(check_separate(directory, *git_dir, opened));
  else TRY_STATUS(check_worktree(git_file, *git_dir, opened, commondir));
  return *git_dir;
}

Status check_no_commondir(const std::string& git_dir) {
  struct stat status {};
  if (::lstat(os::join(git_dir, "commondir").c_str(), &status) != 0) return {};
  return fail("'" + git_dir + "/commondir'", "makes this repository use the refs and objects of another one",
              "remove that file if you trust the directory, or use the other repository itself");
}

}  // namespace bailey::workspace
