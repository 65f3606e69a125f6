#include "workspace/git_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/files.h"

namespace bailey::workspace {
namespace {

bool is_regular(const Fd& fd) {
  struct stat status {};
  return ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Result<std::string> read_git_text(int directory, const std::string& name, std::size_t bytes_max) {
  auto file = os::open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
  if (!file && (file.error().code == ENOENT || file.error().code == ENOTDIR || file.error().code == ELOOP ||
                file.error().code == ENXIO))
    return std::string();
  if (!file) return std::unexpected(std::move(file).error());
  if (!is_regular(*file)) return std::string();
  return os::read_all(file->get(), bytes_max);
}

std::string read_user_text(const std::string& path, std::size_t bytes_max) {
  const auto file = os::open_file(path, O_RDONLY | O_NONBLOCK);
  if (!file || !is_regular(*file)) return {};
  return os::read_all(file->get(), bytes_max).value_or("");
}

}  // namespace bailey::workspace
