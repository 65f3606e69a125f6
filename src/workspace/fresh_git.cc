#include "workspace/fresh_git.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/fd.h"
#include "base/text.h"
#include "os/files.h"
#include "workspace/copy_file.h"
#include "workspace/git_files.h"
#include "workspace/packed_refs.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t shared_indexes_max = 16;

// Anything but comments and empty lines? What git init puts into info/exclude has none.
bool has_lines(std::string_view text) {
  for (const auto line : split(text, '\n'))
    if (!line.empty() && line.front() != '#') return true;
  return false;
}

// Writes below one directory of ours, giving everything to its owner.
class Writer {
 public:
  Writer(Fd directory, const std::optional<Owner>& owner) : directory_(std::move(directory)) {
    settings_.owner = owner;
  }

  Status make_directory(const char* path) {
    if (::mkdirat(directory_.get(), path, 0755) != 0) return fail_errno(std::string("create '.git/") + path + "'");
    if (settings_.owner && ::fchownat(directory_.get(), path, settings_.owner->uid, settings_.owner->gid, 0) != 0)
      return fail_errno(std::string("give '.git/") + path + "' to the agent");
    return {};
  }

  // Nothing for nothing: making a file or a directory can take a millisecond on a file system with much behind it.
  Status write(const char* path, std::string_view bytes) {
    if (bytes.empty()) return {};
    const Fd file = TRY(os::open_beneath(directory_.get(), path, O_WRONLY | O_CREAT | O_EXCL, 0644));
    TRY_STATUS(os::write_all(file.get(), bytes));
    if (settings_.owner && ::fchown(file.get(), settings_.owner->uid, settings_.owner->gid) != 0)
      return fail_errno(std::string("give '.git/") + path + "' to the agent");
    return {};
  }

  // Below info/, which is made for the first of them.
  Status write_info(const char* path, std::string_view bytes) {
    if (!has_lines(bytes)) return {};
    if (!std::exchange(has_info_, true)) TRY_STATUS(make_directory("info"));
    return write(path, bytes);
  }

  // With its time: git compares the index's with those of the files in it. Absent on the host is absent here.
  Status copy(int from, const char* name) {
    const auto outcome = TRY(FileCopier(settings_).copy_regular(from, name, directory_.get()));
    if (outcome != CopyOutcome::unreadable) return {};
    return fail(std::string("read the host's '.git/") + name + "'", "permission denied, or an error of the medium");
  }

 private:
  Fd directory_;
  CopySettings settings_;
  bool has_info_ = false;
};

Status copy_host_files(Writer& writer, const GitFacts& facts, std::string_view excludes) {
  const Fd own = TRY(os::open_file(facts.repository.git_dir, O_RDONLY | O_DIRECTORY));
  const Fd common = TRY(os::open_file(facts.repository.common_dir, O_RDONLY | O_DIRECTORY));
  TRY_STATUS(writer.copy(own.get(), "index"));
  std::size_t shared = 0;
  for (const auto& name : TRY(os::list_directory(facts.repository.git_dir)))
    if (name.starts_with("sharedindex.") && ++shared <= shared_indexes_max)
      TRY_STATUS(writer.copy(own.get(), name.c_str()));
  const auto sparse = TRY(read_git_text(own.get(), "info/sparse-checkout"));
  TRY_STATUS(writer.write_info("info/sparse-checkout", sparse));
  const auto attributes = TRY(read_git_text(common.get(), "info/attributes"));
  TRY_STATUS(writer.write_info("info/attributes", attributes));
  auto ignored = TRY(read_git_text(common.get(), "info/exclude"));
  if (!ignored.empty() && !ignored.ends_with('\n')) ignored += '\n';
  TRY_STATUS(writer.write_info("info/exclude", ignored.append(excludes)));
  return writer.write("shallow", facts.repository.shallow);
}

}  // namespace

Status write_fresh_git(const std::string& directory, const FreshGit& fresh) {
  if (::mkdir(directory.c_str(), 0755) != 0) return fail_errno("create '" + directory + "'");
  Fd opened = TRY(os::open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (fresh.owner && ::fchown(opened.get(), fresh.owner->uid, fresh.owner->gid) != 0)
    return fail_errno("give '" + directory + "' to the agent");
  Writer writer(std::move(opened), fresh.owner);
  // Git makes the others (objects/pack, refs/heads …) when it needs them.
  for (const char* name : {"objects", "objects/info", "refs"}) TRY_STATUS(writer.make_directory(name));
  TRY_STATUS(writer.write("config", fresh.config));
  TRY_STATUS(writer.write("objects/info/alternates", fresh.alternates));
  if (fresh.facts != nullptr) {
    TRY_STATUS(copy_host_files(writer, *fresh.facts, fresh.excludes));
    const auto refs = TRY(packed_refs_text(fresh.facts->refs, fresh.branch, fresh.facts->head.oid));
    TRY_STATUS(writer.write("packed-refs", refs));
  } else {
    TRY_STATUS(writer.write_info("info/exclude", fresh.excludes));
  }
  // Last: without HEAD it is no repository yet. A nested one without any commit keeps the host's unborn branch.
  const bool detached = fresh.branch.empty() && fresh.facts != nullptr && !fresh.facts->head.oid.is_zero();
  const std::string unborn =
      fresh.facts != nullptr && !fresh.facts->head.ref.empty() ? fresh.facts->head.ref : "refs/heads/main";
  return writer.write("HEAD", detached ? fresh.facts->head.oid.hex() + '\n'
                                       : "ref: " + (fresh.branch.empty() ? unborn : fresh.branch) + '\n');
}

}  // namespace bailey::workspace
