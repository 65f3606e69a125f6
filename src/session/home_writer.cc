#include "session/home_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "os/files.h"

namespace bailey::session {
namespace {

constexpr const char* beside = ".bailey-new";  // nobody else writes there while the sandbox is not up

}  // namespace

Result<HomeWriter> HomeWriter::open(const std::string& home, std::optional<HomeOwner> owner) {
  return HomeWriter(TRY(os::open_file(home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)), owner);
}

Result<Fd> HomeWriter::directory_for(const std::string& path) const {
  Fd at = TRY(os::open_beneath(home_.get(), ".", O_RDONLY | O_DIRECTORY));
  const auto parts = split(os::directory_name(path), '/');
  for (const auto part : parts) {
    if (part.empty() || part == ".") continue;
    const std::string name(part);
    const bool is_new = ::mkdirat(at.get(), name.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) return fail_errno("create '" + name + "' in the session's home");
    Fd next = TRY(os::open_beneath(at.get(), name, O_RDONLY | O_DIRECTORY));
    if (is_new && owner_ && ::fchown(next.get(), owner_->uid, owner_->gid) != 0)
      return fail_errno("give '" + name + "'");
    at = std::move(next);
  }
  return at;
}

Status HomeWriter::write(const std::string& path, std::string_view bytes, mode_t mode) {
  const Fd directory = TRY(directory_for(path));
  const std::string name(os::base_name(path));
  (void)::unlinkat(directory.get(), beside, 0);
  const Fd file = TRY(os::open_beneath(directory.get(), beside, O_WRONLY | O_CREAT | O_EXCL, mode));
  Status done = os::write_all(file.get(), bytes);
  if (done && ::fchmod(file.get(), mode) != 0) done = fail_errno("set the mode of '" + path + "'");
  if (done && owner_ && ::fchown(file.get(), owner_->uid, owner_->gid) != 0) done = fail_errno("give '" + path + "'");
  if (done && ::renameat(directory.get(), beside, directory.get(), name.c_str()) != 0)
    done = fail_errno("replace '" + path + "' in the session's home");
  if (!done) (void)::unlinkat(directory.get(), beside, 0);
  return done;
}

bool HomeWriter::has(const std::string& path) const {
  const auto directory = os::open_beneath(home_.get(), std::string(os::directory_name(path)), O_RDONLY | O_DIRECTORY);
  struct stat status {};
  return directory &&
         ::fstatat(directory->get(), std::string(os::base_name(path)).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace bailey::session
