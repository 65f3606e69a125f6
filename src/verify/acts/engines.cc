// Container engines and what a privileged container would have: whoever reaches one is root on the host.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <initializer_list>

#include "verify/acts/connect.h"
#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr const char* engine_sockets[] = {
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/snapd.socket",
    "/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/var/run/libvirt/libvirt-sock",
};

ActResult engine_socket(const Arguments& arguments) {
  if (const char* path = arguments.text(0)) {
    const int fd = connect_unix(path);
    return fd < 0 ? refused(errno, "connect to %s", path) : succeeded("connected to %s", path);
  }
  int error = ENOENT;
  for (const char* path : engine_sockets) {
    const int fd = connect_unix(path);
    if (fd >= 0) return succeeded("connected to %s", path);
    if (errno != ENOENT) error = errno;
  }
  char user[64];
  for (const char* name : {"podman/podman.sock", "docker.sock", "bus", "systemd/private"}) {
    std::snprintf(user, sizeof user, "/run/user/%u/%s", ::getuid(), name);
    const int fd = connect_unix(user);
    if (fd >= 0) return succeeded("connected to %s", user);
  }
  return refused(error, "none of the known engine sockets answers");
}

ActResult open_disk(const Arguments&) {
  DIR* devices = ::opendir("/dev");
  if (devices == nullptr) return refused(errno, "open /dev");
  int error = ENOENT;
  while (const dirent* entry = ::readdir(devices)) {
    struct stat status {};
    if (::fstatat(::dirfd(devices), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISBLK(status.st_mode)) continue;
    const int fd = ::openat(::dirfd(devices), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
      ::close(fd);
      const ActResult result = succeeded("opened /dev/%s", entry->d_name);
      ::closedir(devices);
      return result;
    }
    if (errno != ENXIO && errno != ENOMEDIUM) error = errno;
  }
  ::closedir(devices);
  return refused(error, "no disk of the host can be opened");
}

// Version 1's release_agent is a program that the kernel runs as root when a cgroup empties (CVE-2022-0492).
ActResult release_agent(const Arguments&) {
  int error = ENOENT;
  for (const char* controller : {"rdma", "memory", "pids", "cpu", "cpuset", "devices", "freezer", "systemd"}) {
    char path[64];
    std::snprintf(path, sizeof path, "/sys/fs/cgroup/%s/release_agent", controller);
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);  // opened, never written
    if (fd >= 0) return succeeded("%s is writable", path);
    if (errno != ENOENT) error = errno;
  }
  return refused(error, "no release_agent is writable");
}

ActResult leave_cgroup(const Arguments&) {
  int error = ENOENT;
  for (const char* path : {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/pids/cgroup.procs",
                           "/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs"}) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) return succeeded("%s is writable", path);
    if (errno != ENOENT) error = errno;
  }
  return refused(error, "no cgroup outside is writable");
}

constexpr const char* row = "Scenario 1: container socket or privileged container";
constexpr Act acts[] = {
    {"engine-socket", 1, row, Layer::mount_namespace, Control::outside_listener, "[PATH]",
     "asks a container engine or system bus for a root shell", engine_socket},
    {"host-disk", 1, row, Layer::mount_namespace, Control::outside_root, "", "reads the host's disk as a device",
     open_disk},
    {"release-agent", 1, row, Layer::mount_namespace, Control::outside_root, "",
     "has the kernel run a program on the host", release_agent},
    {"leave-cgroup", 8, row, Layer::mount_namespace, Control::outside_root, "", "moves out of its limits",
     leave_cgroup},
};

}  // namespace

std::span<const Act> engine_acts() { return acts; }

}  // namespace bailey::verify
