#include "workspace/upper_layer.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "os/files.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

constexpr mode_t directory_mode_bits = 0777;
constexpr dev_t whiteout_device = 0;
constexpr const char* copy_instead = "use --workspace copy";

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

Result<UpperLayer> UpperLayer::create(const std::string& lower, const std::string& upper,
                                      const std::optional<Owner>& owner) {
  if (::mkdir(upper.c_str(), 0700) != 0) return fail_errno("create '" + upper + "'");
  Fd lower_fd = TRY(os::open_file(lower, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  Fd upper_fd = TRY(os::open_file(upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  struct stat status {};
  if (::fstat(lower_fd.get(), &status) != 0) return fail_errno("look at '" + lower + "'");
  UpperLayer layer(std::move(lower_fd), std::move(upper_fd), upper, owner);
  layer.made_.emplace("", status);
  return layer;
}

Status UpperLayer::make(const std::string& directory) {
  if (made_.contains(directory)) return {};
  TRY_STATUS(make(parent_of(directory)));
  const Fd lower = TRY(open_tree_directory(lower_.get(), directory));
  struct stat status {};
  if (::fstat(lower.get(), &status) != 0) return fail_errno("look at '" + directory + "'");
  if (::mkdirat(upper_.get(), directory.c_str(), 0700) != 0)
    return fail_errno("create '" + os::join(path_, directory) + "'");
  made_.emplace(directory, status);
  return {};
}

Status UpperLayer::hide(const std::string& path) {
  TRY_STATUS(make(parent_of(path)));
  if (::mknodat(upper_.get(), path.c_str(), S_IFCHR, whiteout_device) == 0) return {};
  return fail_errno("hide '" + path + "' in an overlay", copy_instead);
}

Result<std::string> UpperLayer::directory_for(const std::string& directory) {
  TRY_STATUS(make(directory));
  return directory.empty() ? path_ : os::join(path_, directory);
}

Status UpperLayer::make_opaque(const std::string& upper_directory) {
  if (::lsetxattr(upper_directory.c_str(), "user.overlay.opaque", "y", 1, 0) == 0) return {};
  return fail_errno("mark '" + upper_directory + "' as opaque", copy_instead);
}

Status UpperLayer::finish() {
  // The deepest first: one without write permission must not be in the way of those inside it.
  for (auto entry = made_.rbegin(); entry != made_.rend(); ++entry) {
    const auto& [directory, status] = *entry;
    const Fd upper = TRY(open_tree_directory(upper_.get(), directory));
    const timespec times[2] = {{0, UTIME_OMIT}, status.st_mtim};
    if ((owner_ && ::fchown(upper.get(), owner_->uid, owner_->gid) != 0) ||
        ::fchmod(upper.get(), status.st_mode & directory_mode_bits) != 0 || ::futimens(upper.get(), times) != 0)
      return fail_errno("set the attributes of '" + os::join(path_, directory) + "'");
  }
  return {};
}

}  // namespace bailey::workspace
