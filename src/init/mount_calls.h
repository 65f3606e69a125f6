// Thin wrappers of the mount system calls that glibc 2.36 lacks or that read badly.
#pragma once

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace bailey::init {

inline int sys_open_tree(int directory, const char* path, unsigned flags) {
  return static_cast<int>(::syscall(SYS_open_tree, directory, path, flags));
}
inline int sys_move_mount(int from, const char* from_path, int to, const char* to_path, unsigned flags) {
  return static_cast<int>(::syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}
inline int sys_fsopen(const char* type) { return static_cast<int>(::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)); }
inline int sys_fsconfig(int fs, unsigned command, const char* key, const char* value) {
  return static_cast<int>(::syscall(SYS_fsconfig, fs, command, key, value, 0));
}
inline int sys_fsmount(int fs, unsigned attributes) {
  return static_cast<int>(::syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes));
}
inline int sys_mount_setattr(int fd, unsigned flags, std::uint64_t set, std::uint64_t propagation = 0) {
  mount_attr attributes{};
  attributes.attr_set = set;
  attributes.propagation = propagation;
  return static_cast<int>(::syscall(SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, &attributes, sizeof attributes));
}

}  // namespace bailey::init
