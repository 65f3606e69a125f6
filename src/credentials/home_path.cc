#include "credentials/home_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/files.h"

namespace bailey::credentials {

Result<HomeEntry> open_below_home(const std::string& home, const std::string& path) {
  const std::string what = "open '" + os::join(home, path) + "'";
  const std::string root = TRY(os::real_path(home));
  auto real = os::real_path(os::join(home, path));
  if (!real) {
    // Neither is a component that is no directory: the path is not there.
    const int code = real.error().code == ENOTDIR ? ENOENT : real.error().code;
    return std::unexpected(Error{what, real.error().why, {}, code});
  }
  if (!real->starts_with(root + '/'))
    return fail(what, "it is a link to '" + *real + "', outside of the home directory",
                "put the file itself below the home directory");
  HomeEntry entry;
  entry.path = real->substr(root.size() + 1);
  const Fd directory = TRY(os::open_file(root, O_RDONLY | O_DIRECTORY));
  entry.fd = TRY(os::open_beneath(directory.get(), entry.path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (::fstat(entry.fd.get(), &status) != 0) return fail_errno(what);
  entry.is_directory = S_ISDIR(status.st_mode);
  entry.bytes = static_cast<std::uint64_t>(status.st_size);
  if (!entry.is_directory && !S_ISREG(status.st_mode)) return fail(what, "it is no regular file");
  return entry;
}

}  // namespace bailey::credentials
