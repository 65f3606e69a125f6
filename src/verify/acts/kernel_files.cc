// Files that are the kernel: /proc/sys, /sys, devices. They are opened for writing and never written.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "verify/acts/groups.h"
#include "verify/acts/scratch.h"

namespace bailey::verify {
namespace {

ActResult open_file(const char* path, int flags) {
  const int fd = ::open(path, flags | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return refused(errno, "open %s", path);
  ::close(fd);
  return succeeded("opened %s", path);
}

ActResult core_pattern(const Arguments&) { return open_file("/proc/sys/kernel/core_pattern", O_WRONLY); }
ActResult module_loader(const Arguments&) { return open_file("/proc/sys/kernel/modprobe", O_WRONLY); }
ActResult system_request(const Arguments&) { return open_file("/proc/sysrq-trigger", O_WRONLY); }
ActResult kernel_core(const Arguments&) { return open_file("/proc/kcore", O_RDONLY); }
ActResult irq_affinity(const Arguments&) { return open_file("/proc/irq/default_smp_affinity", O_WRONLY); }
ActResult huge_pages(const Arguments&) { return open_file("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY); }
ActResult uevent(const Arguments&) { return open_file("/sys/class/mem/null/uevent", O_WRONLY); }
ActResult physical_memory(const Arguments&) { return open_file("/dev/mem", O_RDONLY); }
ActResult kernel_messages(const Arguments&) { return open_file("/dev/kmsg", O_WRONLY); }

ActResult write_below(const char* directory_file) {
  const int fd = ::open(directory_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return refused(errno, "create %s", directory_file);
  ::close(fd);
  ::unlink(directory_file);
  return succeeded("created %s", directory_file);
}

ActResult write_usr(const Arguments&) { return write_below("/usr/bailey-probe"); }
ActResult write_etc(const Arguments&) { return write_below("/etc/bailey-probe"); }

ActResult make_node(mode_t type, dev_t device, const char* what) {
  const Scratch scratch;
  if (!scratch) return unavailable("no writable /tmp");
  if (::mknod(scratch.file(), type | 0600, device) != 0) return refused(errno, "%s", what);
  return open_file(scratch.file(), O_RDONLY);  // a node on a nodev mount is no node
}

ActResult make_character_device(const Arguments&) { return make_node(S_IFCHR, makedev(1, 5), "mknod(2) of /dev/zero"); }

ActResult make_block_device(const Arguments&) {
  struct stat root {};
  if (::stat("/", &root) == 0 && major(root.st_dev) != 0)
    return make_node(S_IFBLK, root.st_dev, "mknod(2) of the disk that / is on");
  return make_node(S_IFBLK, makedev(8, 0), "mknod(2) of the first SCSI disk");
}

constexpr const char* row = "Scenario 2: files of the kernel";
constexpr Act acts[] = {
    {"write-usr", 2, row, Layer::mount_namespace, Control::outside_root, "", "replaces a system program", write_usr},
    {"write-etc", 2, row, Layer::mount_namespace, Control::outside_root, "", "changes the system's configuration",
     write_etc},
    {"core-pattern", 1, row, Layer::mount_namespace, Control::outside_root, "",
     "has the kernel run a program on the host", core_pattern},
    {"modprobe-path", 1, row, Layer::mount_namespace, Control::outside_root, "", "the same through the module loader",
     module_loader},
    {"sysrq", 1, row, Layer::mount_namespace, Control::outside_root, "", "kills processes or stops the machine",
     system_request},
    {"kcore", 2, row, Layer::mount_namespace, Control::outside_root, "", "reads the kernel's memory", kernel_core},
    {"proc-irq", 9, row, Layer::mount_namespace, Control::outside_root, "", "changes how interrupts are handled",
     irq_affinity},
    {"sys-kernel", 9, row, Layer::mount_namespace, Control::outside_root, "", "changes a setting of the kernel",
     huge_pages},
    {"sys-uevent", 1, row, Layer::mount_namespace, Control::outside_root, "", "makes udev on the host act", uevent},
    {"dev-mem", 1, row, Layer::mount_namespace, Control::outside_root, "", "reads physical memory", physical_memory},
    {"dev-kmsg", 7, row, Layer::mount_namespace, Control::outside_root, "", "writes lines into the kernel's log",
     kernel_messages},
    {"mknod-char", 1, row, Layer::capabilities, Control::outside_root, "", "makes a device of its choice",
     make_character_device},
    {"mknod-block", 1, row, Layer::capabilities, Control::outside_root, "", "makes the host's disk", make_block_device},
};

}  // namespace

std::span<const Act> kernel_file_acts() { return acts; }

}  // namespace bailey::verify
