#include "git/repository.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "git/config_file.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::size_t pointer_bytes_max = 64 << 10;  // commondir, one alternates file
constexpr std::size_t shallow_bytes_max = std::size_t{64} << 20;

// The text of a regular file below `directory`; empty when there is none.
Result<std::string> read_optional(int directory, const std::string& name, std::size_t bytes_max) {
  auto fd = os::open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
  if (!fd && fd.error().code == ENOENT) return std::string();
  if (!fd) return std::unexpected(std::move(fd).error());
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return fail_errno("stat '" + name + "'");
  if (!S_ISREG(status.st_mode)) return fail("read '" + name + "'", "not a regular file");
  return os::read_all(fd->get(), bytes_max);
}

std::string resolved_against(const std::string& base, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : os::join(base, path);
}

Status add_stores(std::vector<std::string>& stores, const std::string& objects_dir, std::size_t depth) {
  auto real = os::real_path(objects_dir);
  if (!real || std::find(stores.begin(), stores.end(), *real) != stores.end()) return {};
  if (stores.size() >= alternates_max) return fail("object stores of '" + objects_dir + "'", "too many alternates");
  stores.push_back(*real);
  if (depth == alternates_depth_max) return {};
  const Fd directory = TRY(os::open_file(*real, O_RDONLY | O_DIRECTORY));
  const std::string text = TRY(read_optional(directory.get(), "info/alternates", pointer_bytes_max));
  for (const auto line : split(text, '\n'))
    if (!line.empty() && line.front() != '#') TRY_STATUS(add_stores(stores, resolved_against(*real, line), depth + 1));
  return {};
}

Status apply_config(HostRepository& repository, const std::vector<ConfigEntry>& config) {
  if (const auto* bare = config_value(config, "core.bare"))
    repository.bareness = config_true(*bare) ? Bareness::bare : Bareness::has_worktree;
  const auto* version = config_value(config, "core.repositoryformatversion");
  if (version != nullptr && *version != "0" && *version != "1")
    return fail("repository '" + repository.common_dir + "'", "unknown format version " + visible(*version));
  if (const auto* format = config_value(config, "extensions.objectformat")) {
    if (*format != "sha1" && *format != "sha256")
      return fail("repository '" + repository.common_dir + "'", "unknown object format " + visible(*format));
    repository.format = *format == "sha256" ? ObjectFormat::sha256 : ObjectFormat::sha1;
  }
  const auto* storage = config_value(config, "extensions.refstorage");
  if (storage != nullptr && *storage != "files")
    return fail("repository '" + repository.common_dir + "'", "its refs are stored as " + visible(*storage),
                "bailey reads and writes refs stored as files: git refs migrate --ref-format=files");
  const auto* reflogs = config_value(config, "core.logallrefupdates");
  if (reflogs == nullptr) return {};
  repository.reflogs = *reflogs == "always"    ? ReflogPolicy::always
                       : config_true(*reflogs) ? ReflogPolicy::usual
                                               : ReflogPolicy::never;
  return {};
}

}  // namespace

Result<std::vector<std::string>> object_stores_of(const std::string& objects_dir) {
  std::vector<std::string> stores;
  TRY_STATUS(add_stores(stores, objects_dir, 0));
  if (stores.empty()) return fail("object store '" + objects_dir + "'", "does not exist");
  return stores;
}

Result<HostRepository> open_host_repository(const std::string& git_dir) {
  HostRepository repository;
  repository.git_dir = TRY(os::real_path(git_dir));
  const Fd own = TRY(os::open_file(repository.git_dir, O_RDONLY | O_DIRECTORY));
  const std::string common = TRY(read_optional(own.get(), "commondir", pointer_bytes_max));
  const std::string_view pointer = trim(common);
  repository.common_dir =
      pointer.empty() ? repository.git_dir : TRY(os::real_path(resolved_against(repository.git_dir, pointer)));
  const Fd shared = TRY(os::open_file(repository.common_dir, O_RDONLY | O_DIRECTORY));
  const std::string config_text = TRY(read_optional(shared.get(), "config", config_bytes_max));
  const auto config = TRY(parse_config(config_text));
  const bool looks_bare = os::base_name(repository.common_dir) != ".git";  // git guesses so too without core.bare
  repository.bareness = looks_bare ? Bareness::bare : Bareness::has_worktree;
  TRY_STATUS(apply_config(repository, config));
  if (config_value(config, "core.logallrefupdates") == nullptr && repository.bareness == Bareness::bare)
    repository.reflogs = ReflogPolicy::never;
  repository.object_stores = TRY(object_stores_of(os::join(repository.common_dir, "objects")));
  repository.shallow = TRY(read_optional(shared.get(), "shallow", shallow_bytes_max));
  return repository;
}

}  // namespace bailey::git
