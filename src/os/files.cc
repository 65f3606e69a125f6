#include "os/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace bailey::os {

Result<Fd> open_beneath(int directory, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  Fd fd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
  if (!fd) return fail_errno("open '" + path + "'");
  return fd;
}

Result<Fd> open_file(const std::string& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return fail_errno("open '" + path + "'");
  return fd;
}

Result<std::string> read_all(int fd, std::size_t bytes_max) {
  std::string bytes;
  std::size_t used = 0;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) bytes.resize(static_cast<std::size_t>(status.st_size) + 1);
  while (true) {
    if (used == bytes.size()) bytes.resize(std::max<std::size_t>(bytes.size() * 2, 16384));
    const ssize_t count = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read");
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > bytes_max) return fail("read", "larger than " + std::to_string(bytes_max) + " bytes");
  }
  bytes.resize(used);
  return bytes;
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const Fd fd = TRY(open_file(path, O_RDONLY));
  auto bytes = read_all(fd.get(), bytes_max);
  if (!bytes) return std::unexpected(std::move(bytes).error().within("'" + path + "'"));
  return bytes;
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("write");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status write_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const Fd fd = TRY(open_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode));
  if (auto done = write_all(fd.get(), bytes); !done)
    return std::unexpected(std::move(done).error().within("'" + path + "'"));
  return {};
}

Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string beside = path + ".new." + std::to_string(::getpid());
  ::unlink(beside.c_str());  // left behind by a killed process with the same pid
  const Fd fd = TRY(open_file(beside, O_WRONLY | O_CREAT | O_EXCL, mode));
  auto written = write_all(fd.get(), bytes);
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0) {
    if (written) written = fail_errno("rename to '" + path + "'");
    ::unlink(beside.c_str());
    return std::unexpected(std::move(written).error().within("'" + path + "'"));
  }
  return {};
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Status make_directories(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || (errno == EEXIST && is_directory(path))) return {};
  if (errno == ENOENT && path.find('/', 1) != std::string::npos) {
    TRY_STATUS(make_directories(std::string(directory_name(path)), mode));
    if (::mkdir(path.c_str(), mode) == 0 || (errno == EEXIST && is_directory(path))) return {};
  }
  return fail_errno("create directory '" + path + "'");
}

namespace {
struct CloseDir {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

bool is_dot(const char* name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

int remove_entries(int directory_fd);

int remove_entry(int parent, const char* name) {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == EACCES) {
    // A directory without read permission: ours, so it can be opened up. fchmodat follows no link here because
    // unlinkat said EISDIR; a swap in between fails the O_NOFOLLOW open below.
    if (::fchmodat(parent, name, 0700, 0) != 0) return errno;
    fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  if (fd < 0) return errno;
  const int error = remove_entries(fd);  // takes over fd
  if (error != 0) return error;
  return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

int remove_entries(int directory_fd) {
  struct stat status {};
  if (::fstat(directory_fd, &status) == 0 && (status.st_mode & 0700) != 0700) ::fchmod(directory_fd, 0700);
  const Directory directory(::fdopendir(directory_fd));
  if (!directory) return errno;
  int first_error = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (is_dot(entry->d_name)) continue;
    if (const int error = remove_entry(::dirfd(directory.get()), entry->d_name); error != 0 && first_error == 0)
      first_error = error;
  }
  return first_error;
}
}  // namespace

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const Directory directory(::opendir(path.c_str()));
  if (!directory) return fail_errno("list '" + path + "'");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get()))
    if (!is_dot(entry->d_name)) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

Status remove_tree(const std::string& path) {
  const std::string parent(directory_name(path));
  const Fd fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno == ENOENT ? Status{} : fail_errno("open '" + parent + "'");
  const std::string name(base_name(path));
  if (const int error = remove_entry(fd.get(), name.c_str()); error != 0)
    return fail_errno(error, "remove '" + path + "'");
  return {};
}

Result<Fd> lock_file(const std::string& path) {
  Fd fd = TRY(open_file(path, O_RDWR | O_CREAT, 0600));
  while (::flock(fd.get(), LOCK_EX) != 0)
    if (errno != EINTR) return fail_errno("lock '" + path + "'");
  return fd;
}

Result<Fd> try_lock_file(const std::string& path) {
  Fd fd = TRY(open_file(path, O_RDWR | O_CREAT, 0600));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return Fd();
  return fail_errno("lock '" + path + "'");
}

std::string join(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

std::string_view base_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

std::string_view directory_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

Result<Fd> sealed_memory(const char* name, std::string_view bytes) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail_errno("memfd_create");
  TRY_STATUS(write_all(fd.get(), bytes));
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return fail_errno("seal a memfd");
  return fd;
}

Result<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (!resolved) return fail_errno("resolve '" + path + "'");
  return std::string(resolved.get());
}

std::string find_on_path(std::string_view name, std::string_view path_variable) {
  for (const auto directory : split(path_variable, ':')) {
    if (directory.empty() || directory.front() != '/') continue;
    std::string candidate = join(directory, name);
    struct stat status {};
    if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return {};
}

}  // namespace bailey::os
