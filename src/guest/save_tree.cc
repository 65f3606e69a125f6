#include "guest/save_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/fd.h"
#include "guest/git.h"
#include "guest/text.h"

namespace bailey::guest {
namespace {

constexpr std::size_t left_out_lines_max = 50;

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* resolved = ::realpath(path.c_str(), nullptr);
  std::string result = resolved == nullptr ? path : resolved;
  std::free(resolved);
  return result;
}

bool copy_file(const std::string& from, const std::string& to) {
  const Fd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const Fd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!in || !out) return false;
  char buffer[65536];
  ssize_t count = 0;
  while ((count = ::read(in.get(), buffer, sizeof buffer)) > 0)
    if (::write(out.get(), buffer, static_cast<std::size_t>(count)) != count) return false;
  return count == 0;
}

// One index of ours, and the repositories found inside that share its object store.
class Saver {
 public:
  explicit Saver(std::string git_dir) : git_dir_(absolute(git_dir)) {}

  std::optional<SavedTree> save(const WorktreeState& state, std::string& words) {
    SavedTree saved;
    saved.index = new_index();
    if (!copy_file(git_dir_ + "/index", saved.index)) ::unlink(saved.index.c_str());  // none yet: an empty index
    left_out_ = state.submodules;
    if (!add(saved.index, "", state.changed, state.embedded, words)) {
      // Perhaps the index is damaged: once more from what HEAD has.
      ::unlink(saved.index.c_str());
      if (!state.head_oid.empty()) (void)call(saved.index, "", {"read-tree", state.head_oid});
      if (!add(saved.index, "", state.changed, state.embedded, words)) return give_up(saved);
    }
    for (const auto& path : state.embedded) graft(saved.index, path, path, 0);
    const auto tree = call(saved.index, "", {"write-tree"});
    words = tree.err;
    if (!tree.ok()) return give_up(saved);
    saved.tree = tree.line();
    saved.left_out = std::move(left_out_);
    return saved;
  }

 private:
  static std::optional<SavedTree> give_up(const SavedTree& saved) {
    ::unlink(saved.index.c_str());
    return std::nullopt;
  }

  std::string new_index() {
    return git_dir_ + "/bailey-index." + std::to_string(::getpid()) + '.' + std::to_string(indexes_++);
  }

  // `worktree`: empty for the repository itself.
  GitResult call(const std::string& index, const std::string& worktree, std::vector<std::string> arguments,
                 std::string_view input = {}) const {
    GitCall call{std::move(arguments), {{"GIT_INDEX_FILE", index}}, input, worktree};
    if (!worktree.empty()) {
      call.environment.emplace_back("GIT_DIR", git_dir_);
      call.environment.emplace_back("GIT_WORK_TREE", absolute(worktree));
    }
    return git(call);
  }

  void leave_out(std::string path, std::string why) {
    if (left_out_.size() < left_out_lines_max) left_out_.push_back({std::move(path), std::move(why)});
  }

  // Everything but the embedded repositories and files that are too large; what can't be read is left out too.
  bool add(const std::string& index, const std::string& worktree, const std::vector<std::string>& changed,
           const std::vector<std::string>& embedded, std::string& words) {
    std::string pathspecs = ".";
    pathspecs += '\0';
    const auto exclude = [&](const std::string& path) { pathspecs += ":(exclude,top,literal)" + path + '\0'; };
    for (const auto& path : embedded) exclude(path);
    for (const auto& path : changed) {
      struct stat status {};
      const std::string file = worktree.empty() ? path : worktree + '/' + path;
      if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= file_bytes_max) continue;
      exclude(path);
      leave_out(file, "larger than " + std::to_string(file_bytes_max >> 20) + " MiB");
    }
    const auto added =
        call(index, worktree,
             {"add", "-A", "--sparse", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"}, pathspecs);
    words = added.err;
    if (added.status > 1) return false;
    for (const auto line : split(added.err, '\n'))
      if (line.starts_with("error: ") && added.status != 0) leave_out("", visible(line.substr(7)));
    return true;
  }

  // A repository inside the work tree: git would record only the name of its commit, which nobody else has. Its files
  // are saved in its place; its history is not.
  void graft(const std::string& index, const std::string& worktree, const std::string& path, int depth) {
    const std::string inner = new_index();
    const auto listed = call(inner, worktree, {"ls-files", "-z", "--others", "--exclude-standard"});
    std::vector<std::string> files;
    std::vector<std::string> embedded;
    for (const auto name : split(listed.out, '\0')) {
      if (name.ends_with('/')) embedded.emplace_back(name.substr(0, name.size() - 1));
      else if (!name.empty()) files.emplace_back(name);
    }
    if (!listed.ok() || files.size() > embedded_files_max || depth >= embedded_depth_max) {
      leave_out(path, "a repository of its own, too large to be saved as files");
      return;
    }
    std::string words;
    bool done = add(inner, worktree, files, embedded, words);
    for (const auto& name : embedded) graft(inner, worktree + '/' + name, name, depth + 1);
    const auto tree = call(inner, worktree, {"write-tree"});
    done = done && tree.ok() &&
           call(index, outer_of(worktree, path), {"read-tree", "--prefix=" + path + '/', tree.line()}).ok();
    ::unlink(inner.c_str());
    if (done) leave_out(path, "a repository of its own: its files are saved, its history is not");
    else leave_out(path, "a repository of its own that could not be saved");
  }

  static std::string outer_of(const std::string& worktree, const std::string& path) {
    return worktree.size() > path.size() ? worktree.substr(0, worktree.size() - path.size() - 1) : std::string();
  }

  std::string git_dir_;
  int indexes_ = 0;
  std::vector<LeftOut> left_out_;
};

}  // namespace

std::optional<SavedTree> save_tree(const std::string& git_dir, const WorktreeState& state, std::string& words) {
  return Saver(git_dir).save(state, words);
}

}  // namespace bailey::guest
