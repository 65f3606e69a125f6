#include "init/mounts.h"

#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>

#include "base/fd.h"
#include "init/mount_calls.h"
#include "init/protocol.h"

namespace bailey::init {
namespace {

constexpr const char* stage_root = "build the root file system";

// A path below /old or /new, in a fixed buffer: init allocates nothing while it builds the sandbox.
class Path {
 public:
  Path(std::string_view prefix, std::string_view rest) {
    const std::size_t size = prefix.size() + rest.size();
    if (size >= sizeof text_) return;
    std::memcpy(text_, prefix.data(), prefix.size());
    std::memcpy(text_ + prefix.size(), rest.data(), rest.size());
    text_[size] = '\0';
    fits_ = true;
  }
  [[nodiscard]] const char* get() const { return text_; }
  [[nodiscard]] bool fits() const { return fits_; }

 private:
  char text_[4096] = {};
  bool fits_ = false;
};

int open_without_links(int directory, const char* path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how));
}

// The directory that holds `target` below /new, made on the way, and the last component's name.
struct Place {
  Fd parent;
  const char* name = nullptr;
};

int place_of(std::string_view target, char* buffer, std::size_t buffer_size, Place& place) {
  if (target.size() < 2 || target[0] != '/' || target.size() >= buffer_size) return EINVAL;
  std::memcpy(buffer, target.data(), target.size());
  buffer[target.size()] = '\0';
  place.parent = Fd(open_without_links(AT_FDCWD, "/new", O_PATH | O_DIRECTORY));
  if (!place.parent) return errno;
  char* component = buffer + 1;
  while (char* slash = std::strchr(component, '/')) {
    *slash = '\0';
    if (::mkdirat(place.parent.get(), component, 0755) != 0 && errno != EEXIST) return errno;
    Fd next(open_without_links(place.parent.get(), component, O_PATH | O_DIRECTORY));
    if (!next) return errno;
    place.parent = std::move(next);
    component = slash + 1;
  }
  place.name = component;
  return 0;
}

int open_place(const Place& place, bool directory, Fd& fd) {
  if (directory) {
    if (::mkdirat(place.parent.get(), place.name, 0755) != 0 && errno != EEXIST) return errno;
  } else {
    const Fd made(::openat(place.parent.get(), place.name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!made && errno != EEXIST) return errno;
  }
  fd = Fd(open_without_links(place.parent.get(), place.name, O_PATH | (directory ? O_DIRECTORY : 0)));
  return fd ? 0 : errno;
}

int attach(int mount, const Place& place, bool directory) {
  Fd point;
  if (const int error = open_place(place, directory, point); error != 0) return error;
  return sys_move_mount(mount, "", point.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 ? 0 : errno;
}

struct Option {
  const char* key;
  const char* value;  // nullptr: a flag
};

// A new file system instance, mounted nowhere yet.
int make_filesystem(const char* type, const Option* options, std::size_t count, unsigned attributes, Fd& mount) {
  const Fd fs(sys_fsopen(type));
  if (!fs) return errno;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned command = options[i].value != nullptr ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
    if (sys_fsconfig(fs.get(), command, options[i].key, options[i].value) != 0) return errno;
  }
  if (sys_fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr) != 0) return errno;
  mount = Fd(sys_fsmount(fs.get(), attributes));
  return mount ? 0 : errno;
}

int do_directory(const Place& place, WireReader& setup) {
  const mode_t mode = setup.u32();
  if (::mkdirat(place.parent.get(), place.name, mode) != 0 && errno != EEXIST) return errno;
  return 0;
}

int do_link(const Place& place, WireReader& setup) {
  return ::symlinkat(setup.text().data(), place.parent.get(), place.name) == 0 ? 0 : errno;
}

int do_file(const Place& place, WireReader& setup) {
  const mode_t mode = setup.u32();
  const std::string_view content = setup.text();
  const Fd fd(::openat(place.parent.get(), place.name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return errno;
  return ::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()) ? 0 : EIO;
}

int do_bind(const Place& place, WireReader& setup) {
  const std::uint32_t flags = setup.u32();
  const std::string_view source = setup.text();
  const std::uint32_t given = setup.u32();
  Fd tree;
  if (given != 0) {
    tree = Fd(static_cast<int>(given) - 1);
  } else {
    const Path host("/old", source);
    if (!host.fits()) return ENAMETOOLONG;
    const Fd at(open_without_links(AT_FDCWD, host.get(), O_PATH));
    if (at) tree = Fd(sys_open_tree(at.get(), "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree) return errno == ENOENT && (flags & bind_flag::optional) != 0 ? 0 : errno;
  }
  std::uint64_t attributes = MOUNT_ATTR_NOSUID;
  if ((flags & bind_flag::read_only) != 0) attributes |= MOUNT_ATTR_RDONLY;
  if ((flags & bind_flag::devices) == 0) attributes |= MOUNT_ATTR_NODEV;
  if ((flags & bind_flag::no_exec) != 0) attributes |= MOUNT_ATTR_NOEXEC;
  if (sys_mount_setattr(tree.get(), AT_RECURSIVE, attributes) != 0) return errno;
  struct stat status {};
  if (::fstat(tree.get(), &status) != 0) return errno;
  return attach(tree.get(), place, S_ISDIR(status.st_mode));
}

int do_temporary(const Place& place, WireReader& setup) {
  char mode[16];
  char bytes[32];
  char inodes[32];
  std::snprintf(mode, sizeof mode, "%o", setup.u32());
  std::snprintf(bytes, sizeof bytes, "%llu", static_cast<unsigned long long>(setup.u64()));
  std::snprintf(inodes, sizeof inodes, "%llu", static_cast<unsigned long long>(setup.u64()));
  const Option options[] = {{"mode", mode}, {"size", bytes}, {"nr_inodes", inodes}};
  Fd mount;
  if (const int error = make_filesystem("tmpfs", options, 3, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, mount); error != 0)
    return error;
  return attach(mount.get(), place, true);
}

int do_simple(const Place& place, const char* type, const Option* options, std::size_t count) {
  Fd mount;
  const unsigned attributes =
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | (std::strcmp(type, "devpts") == 0 ? 0U : MOUNT_ATTR_NODEV);
  if (const int error = make_filesystem(type, options, count, attributes, mount); error != 0) return error;
  return attach(mount.get(), place, true);
}

int do_overlay(const Place& place, WireReader& setup) {
  const Path lower("/old", setup.text());
  const Path upper("/old", setup.text());
  const Path work("/old", setup.text());
  if (!lower.fits() || !upper.fits() || !work.fits()) return ENAMETOOLONG;
  // userxattr: the only form that works in a user namespace; metacopy and redirect_dir stay off with it
  // (Documentation/filesystems/overlayfs.rst).
  const Option options[] = {
      {"lowerdir", lower.get()}, {"upperdir", upper.get()}, {"workdir", work.get()}, {"userxattr", nullptr}};
  Fd mount;
  if (const int error = make_filesystem("overlay", options, 4, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, mount); error != 0)
    return error;
  return attach(mount.get(), place, true);
}

int do_mask(const Place& place) {
  struct stat status {};
  if (::fstatat(place.parent.get(), place.name, &status, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  Fd cover;
  if (S_ISDIR(status.st_mode)) {
    const Option options[] = {{"mode", "555"}, {"size", "0"}};
    const unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    if (const int error = make_filesystem("tmpfs", options, 2, attributes, cover); error != 0) return error;
  } else {
    cover = Fd(sys_open_tree(AT_FDCWD, "/old/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!cover) return errno;
  }
  return attach(cover.get(), place, S_ISDIR(status.st_mode));
}

int do_read_only(const Place& place) {
  const Fd at(open_without_links(place.parent.get(), place.name, O_PATH));
  if (!at) return errno == ENOENT ? 0 : errno;
  const Fd tree(sys_open_tree(at.get(), "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree) return errno;
  const std::uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  if (sys_mount_setattr(tree.get(), AT_RECURSIVE, attributes) != 0) return errno;
  return sys_move_mount(tree.get(), "", at.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 ? 0
                                                                                                              : errno;
}

int do_step(Step step, const Place& place, WireReader& setup) {
  static constexpr Option devpts[] = {{"newinstance", nullptr}, {"ptmxmode", "0666"}, {"mode", "0620"}};
  switch (step) {
    case Step::directory:
      return do_directory(place, setup);
    case Step::link:
      return do_link(place, setup);
    case Step::file:
      return do_file(place, setup);
    case Step::bind:
      return do_bind(place, setup);
    case Step::temporary:
      return do_temporary(place, setup);
    case Step::proc:
      return do_simple(place, "proc", nullptr, 0);
    case Step::terminals:
      return do_simple(place, "devpts", devpts, 3);
    case Step::queues:
      return do_simple(place, "mqueue", nullptr, 0);
    case Step::overlay:
      return do_overlay(place, setup);
    case Step::mask:
      return do_mask(place);
    case Step::read_only:
      return do_read_only(place);
  }
  return EINVAL;
}

}  // namespace

Failure enter_scratch_root() {
  const char* stage = "detach from the host's mounts";
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failure(stage, errno, "/");
  // A place that exists on every Linux; it is covered in our namespace only.
  const char* scratch = "/proc";
  if (::mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0)
    return failure(stage, errno, scratch);
  if (::chdir(scratch) != 0 || ::mkdir("old", 0755) != 0 || ::mkdir("new", 0755) != 0)
    return failure(stage, errno, scratch);
  if (::syscall(SYS_pivot_root, ".", "old") != 0) return failure(stage, errno, "pivot_root");
  if (::chdir("/") != 0) return failure(stage, errno, "/");
  if (::mount("tmpfs", "/new", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m") != 0)
    return failure(stage, errno, "/new");
  return done();
}

Failure build_root(WireReader& setup, unsigned count) {
  char buffer[4096];
  for (unsigned i = 0; i < count; ++i) {
    const Step step{setup.u8()};
    const std::string_view target = setup.text();
    Place place;
    int error = place_of(target, buffer, sizeof buffer, place);
    if (error == 0) error = do_step(step, place, setup);
    if (error == 0 && !setup.ok()) error = EBADMSG;
    if (error != 0) return failure(stage_root, error, target);
  }
  return done();
}

Failure leave_host_root() {
  const char* stage = "leave the host's root";
  if (::umount2("/old", MNT_DETACH) != 0) return failure(stage, errno, "umount the host");
  if (::chdir("/new") != 0) return failure(stage, errno, "/new");
  // pivot_root(".", "."): the old root lands on top of the new one and is detached (pivot_root(2), NOTES).
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return failure(stage, errno, "pivot_root");
  if (::umount2(".", MNT_DETACH) != 0) return failure(stage, errno, "umount the scratch root");
  if (::chdir("/") != 0) return failure(stage, errno, "/");
  // The root itself: everything the agent may write is a mount of its own.
  if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) != 0)
    return failure(stage, errno, "remount the root read-only");
  return done();
}

}  // namespace bailey::init
