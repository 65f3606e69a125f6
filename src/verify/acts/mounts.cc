// The mount API, old and new: whoever can mount can uncover what the sandbox hides.
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <cerrno>

#include "verify/acts/groups.h"
#include "verify/acts/scratch.h"

namespace bailey::verify {
namespace {

constexpr unsigned at_recursive = 0x8000;  // AT_RECURSIVE, linux/fcntl.h: with it, submounts are no obstacle
constexpr int not_a_mount[] = {EINVAL, EBUSY};

ActResult mount_tmpfs(const Arguments&) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  const ActResult result = from_call(::mount("none", scratch.path(), "tmpfs", 0, nullptr), "mount(2) of a tmpfs");
  if (result.outcome == Outcome::succeeded) ::umount2(scratch.path(), MNT_DETACH);
  return result;
}

ActResult bind_root(const Arguments&) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  const ActResult result =
      from_call(::mount("/", scratch.path(), nullptr, MS_BIND | MS_REC, nullptr), "mount(2) --rbind of /");
  if (result.outcome == Outcome::succeeded) ::umount2(scratch.path(), MNT_DETACH);
  return result;
}

ActResult remount_writable(const Arguments&) {
  const Scratch scratch;  // no mount, so nothing can change: EINVAL comes after every permission check
  if (!scratch) return unavailable("no writable /tmp");
  return from_useless_call(::mount(nullptr, scratch.path(), nullptr, MS_REMOUNT | MS_BIND, nullptr), not_a_mount,
                           "mount(2) -o remount");
}

ActResult unmount(const Arguments&) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  return from_useless_call(::umount2(scratch.path(), MNT_DETACH), not_a_mount, "umount2(2)");
}

ActResult pivot_root(const Arguments&) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  return from_useless_call(::syscall(SYS_pivot_root, scratch.path(), scratch.path()), not_a_mount, "pivot_root(2)");
}

ActResult change_root(const Arguments&) { return from_call(::chroot("/"), "chroot(2)"); }

ActResult fsopen(const Arguments&) {
  return from_call(::syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), "fsopen(2) of tmpfs");
}

ActResult open_tree(const Arguments&) {
  return from_call(::syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | at_recursive),
                   "open_tree(2) with OPEN_TREE_CLONE");
}

ActResult move_mount(const Arguments&) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  return from_useless_call(::syscall(SYS_move_mount, AT_FDCWD, scratch.path(), AT_FDCWD, scratch.path(), 0),
                           not_a_mount, "move_mount(2)");
}

ActResult mount_setattr(const Arguments&) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  mount_attr attributes{};
  attributes.attr_clr = MOUNT_ATTR_RDONLY;
  return from_useless_call(::syscall(SYS_mount_setattr, AT_FDCWD, scratch.path(), 0, &attributes, sizeof attributes),
                           not_a_mount, "mount_setattr(2)");
}

constexpr const char* row = "Kernel: mount API (fsopen, open_tree, move_mount)";
constexpr Act acts[] = {
    {"mount-tmpfs", 1, row, Layer::seccomp, Control::fresh_namespaces, "", "mounts over what the sandbox shows",
     mount_tmpfs},
    {"mount-bind", 2, row, Layer::seccomp, Control::fresh_namespaces, "", "shows hidden parts of the tree elsewhere",
     bind_root},
    {"mount-remount", 2, row, Layer::seccomp, Control::fresh_namespaces, "", "makes read-only system files writable",
     remount_writable},
    {"umount", 2, row, Layer::seccomp, Control::fresh_namespaces, "", "takes a mask away from what is under it",
     unmount},
    {"pivot-root", 1, row, Layer::seccomp, Control::fresh_namespaces, "", "changes the root file system", pivot_root},
    {"chroot", 1, row, Layer::seccomp, Control::fresh_namespaces, "", "walks out of a root with a second chroot",
     change_root},
    {"fsopen", 9, row, Layer::seccomp, Control::fresh_namespaces, "", "makes a file system by the new mount API",
     fsopen},
    {"open-tree", 9, row, Layer::seccomp, Control::fresh_namespaces, "", "clones a mount tree without its masks",
     open_tree},
    {"move-mount", 9, row, Layer::seccomp, Control::fresh_namespaces, "", "moves a mask away", move_mount},
    {"mount-setattr", 9, row, Layer::seccomp, Control::fresh_namespaces, "", "clears the read-only flag of a mount",
     mount_setattr},
};

}  // namespace

std::span<const Act> mount_acts() { return acts; }

}  // namespace bailey::verify
