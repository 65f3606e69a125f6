#include "git/ref_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/text.h"
#include "os/files.h"

namespace bailey::git {
namespace {

struct CloseDir {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

std::vector<std::string> names_in(Fd directory) {
  std::vector<std::string> names;
  const Directory stream(::fdopendir(directory.get()));
  if (!stream) return names;
  (void)directory.release();  // closedir(3) closes it
  while (const dirent* entry = ::readdir(stream.get()))
    if (const std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
  return names;
}

bool is_missing(const Error& error) { return error.code == ENOENT || error.code == ENOTDIR; }

Status walk(int directory, const std::string& prefix, const std::function<void(const std::string&)>& visit, int depth) {
  if (depth > ref_depth_max) return fail("list '" + prefix + "'", "directories are nested too deeply");
  auto opened = os::open_beneath(directory, prefix, O_RDONLY | O_DIRECTORY);
  if (!opened && is_missing(opened.error())) return {};
  if (!opened) return std::unexpected(std::move(opened).error());
  const Fd here(::fcntl(opened->get(), F_DUPFD_CLOEXEC, 3));
  for (const auto& name : names_in(std::move(*opened))) {
    struct stat status {};
    if (::fstatat(here.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(status.st_mode)) TRY_STATUS(walk(directory, os::join(prefix, name), visit, depth + 1));
    else if (S_ISREG(status.st_mode)) visit(os::join(prefix, name));
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> read_git_file(int directory, const std::string& name, std::size_t bytes_max) {
  auto fd = os::open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
  if (!fd && is_missing(fd.error())) return std::optional<std::string>();
  if (!fd) return std::unexpected(std::move(fd).error());
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return fail_errno("stat '" + name + "'");
  if (!S_ISREG(status.st_mode)) return std::optional<std::string>();
  auto text = os::read_all(fd->get(), bytes_max);
  if (!text) return std::unexpected(std::move(text).error().within("'" + name + "'"));
  return std::optional<std::string>(std::move(*text));
}

std::optional<LooseRef> parse_loose_ref(std::string_view text, ObjectFormat format) {
  if (text.starts_with("ref:")) {
    const auto target = trim(text.substr(4));
    if (target.empty()) return std::nullopt;
    return LooseRef{std::string(target), {}};
  }
  const auto oid = Oid::parse(trim(text), format);
  if (!oid) return std::nullopt;
  return LooseRef{{}, *oid};
}

Result<Oid> find_packed(std::string_view text, std::string_view ref, ObjectFormat format) {
  const std::string needle = ' ' + std::string(ref) + '\n';
  for (auto at = text.find(needle); at != std::string_view::npos; at = text.find(needle, at + 1)) {
    const auto line = text.rfind('\n', at);
    const auto begin = line == std::string_view::npos ? 0 : line + 1;
    // Longer: the end of a name with a space in it, which git would refuse.
    if (text[begin] == '#' || text[begin] == '^' || at - begin > hex_digits(format)) continue;
    if (const auto oid = Oid::parse(text.substr(begin, at - begin), format)) return *oid;
    return fail("packed-refs", "the line of '" + visible(ref) + "' is malformed");
  }
  return Oid();
}

bool has_packed_below(std::string_view text, std::string_view ref) {
  return text.find(' ' + std::string(ref) + '/') != std::string_view::npos;
}

Status walk_files(int directory, const std::string& prefix, const std::function<void(const std::string&)>& visit) {
  return walk(directory, prefix, visit, 0);
}

void adopt(int directory, int file) {
  struct stat parent {};
  struct stat own {};
  if (::fstat(directory, &parent) != 0 || ::fstat(file, &own) != 0) return;
  // Best effort: a file of ours that the group can't write is better than no file.
  if (::geteuid() == 0 && (parent.st_uid != own.st_uid || parent.st_gid != own.st_gid))
    (void)!::fchown(file, parent.st_uid, parent.st_gid);
  (void)!::fchmod(file, S_ISDIR(own.st_mode) ? parent.st_mode & 07777U : parent.st_mode & 0666U);
}

Result<Fd> open_or_make_directories(int root, std::string_view path) {
  Fd current(::fcntl(root, F_DUPFD_CLOEXEC, 3));
  if (!current) return fail_errno("duplicate a descriptor");
  for (const auto part : split(path, '/')) {
    const std::string name(part);
    if (name.empty()) continue;
    const bool made = ::mkdirat(current.get(), name.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return fail_errno("create directory '" + std::string(path) + "'");
    Fd next = TRY(os::open_beneath(current.get(), name, O_RDONLY | O_DIRECTORY));
    if (made) adopt(current.get(), next.get());
    current = std::move(next);
  }
  return current;
}

bool remove_empty_directories(int parent, const std::string& name, int depth) {
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
  if (depth > ref_depth_max || (errno != ENOTEMPTY && errno != EEXIST)) return false;
  auto directory = os::open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
  if (!directory) return false;
  const Fd here(::fcntl(directory->get(), F_DUPFD_CLOEXEC, 3));
  for (const auto& inner : names_in(std::move(*directory)))
    if (!remove_empty_directories(here.get(), inner, depth + 1)) return false;
  return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
}

}  // namespace bailey::git
