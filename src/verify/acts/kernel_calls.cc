// System calls with a history of kernel bugs that an agent has no use for.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/fanotify.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

ActResult io_uring(const Arguments&) {
  unsigned parameters[30] = {};  // struct io_uring_params
  return from_call(::syscall(SYS_io_uring_setup, 1, parameters), "io_uring_setup(2)");
}

ActResult io_uring_enter(const Arguments&) {
  constexpr int reached[] = {EBADF};
  return from_useless_call(::syscall(SYS_io_uring_enter, -1, 1, 0, 0, nullptr, 0), reached, "io_uring_enter(2)");
}

ActResult keyring(const Arguments&) {
  return from_call(::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1),
                   "keyctl(KEYCTL_GET_KEYRING_ID)");
}

ActResult add_key(const Arguments&) {
  return from_call(::syscall(SYS_add_key, "user", "bailey-probe", "x", 1, KEY_SPEC_PROCESS_KEYRING), "add_key(2)");
}

ActResult userfaultfd(const Arguments&) {
  constexpr int user_mode_only = 1;  // UFFD_USER_MODE_ONLY: allowed to everybody whatever the sysctl says
  return from_call(::syscall(SYS_userfaultfd, O_CLOEXEC | user_mode_only), "userfaultfd(2)");
}

ActResult bpf(const Arguments&) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  return from_call(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes), "bpf(BPF_MAP_CREATE)");
}

ActResult perf(const Arguments&) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return from_call(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0), "perf_event_open(2)");
}

ActResult open_by_handle(const Arguments&) {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
  auto* handle = reinterpret_cast<file_handle*>(room);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount_id = 0;
  if (::name_to_handle_at(AT_FDCWD, "/", handle, &mount_id, 0) != 0)
    return unavailable("the root file system has no file handles");
  const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return from_call(::open_by_handle_at(root, handle, O_RDONLY | O_CLOEXEC), "open_by_handle_at(2)");
}

ActResult vmsplice(const Arguments&) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return unavailable("no pipe");
  char byte = 'x';
  const iovec part{&byte, 1};
  return from_call(::vmsplice(ends[1], &part, 1, 0), "vmsplice(2)");
}

ActResult kcmp(const Arguments&) { return from_call(::syscall(SYS_kcmp, ::getpid(), ::getpid(), 1, 0, 0), "kcmp(2)"); }

ActResult executable_reads(const Arguments&) {
  return from_call(::personality(READ_IMPLIES_EXEC), "personality(READ_IMPLIES_EXEC)");
}

ActResult fanotify(const Arguments&) {
  return from_call(::fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_REPORT_FID, O_RDONLY), "fanotify_init(2)");
}

constexpr const char* uring = "Kernel: io_uring";
constexpr const char* keys = "Kernel: keyctl";
constexpr const char* surface = "Kernel: attack surface";
constexpr Act acts[] = {
    {"io-uring-setup", 9, uring, Layer::seccomp, Control::outside_user, "",
     "makes calls from a ring that no filter sees", io_uring},
    {"io-uring-enter", 9, uring, Layer::seccomp, Control::outside_user, "",
     "submits to a ring that came from elsewhere", io_uring_enter},
    {"keyctl", 9, keys, Layer::seccomp, Control::outside_user, "", "reaches keyrings, which have no namespace",
     keyring},
    {"add-key", 9, keys, Layer::seccomp, Control::outside_user, "", "stores data in kernel memory", add_key},
    {"userfaultfd", 9, "Kernel: userfaultfd", Layer::seccomp, Control::outside_user, "",
     "stops the kernel in the middle of a copy to win races", userfaultfd},
    {"bpf", 9, "Kernel: bpf", Layer::seccomp, Control::outside_root, "", "loads programs into the kernel", bpf},
    {"perf-event-open", 9, "Kernel: perf", Layer::seccomp, Control::outside_user, "", "measures other processes", perf},
    {"open-by-handle-at", 2, "Kernel: open_by_handle_at", Layer::seccomp, Control::outside_root, "",
     "opens any file of a file system by number, past every mount", open_by_handle},
    {"vmsplice", 9, surface, Layer::seccomp, Control::outside_user, "", "gives kernel pipes pages of its own",
     vmsplice},
    {"kcmp", 9, surface, Layer::seccomp, Control::outside_user, "", "learns the order of kernel addresses", kcmp},
    {"personality", 9, surface, Layer::seccomp, Control::outside_user, "", "switches off non-executable memory",
     executable_reads},
    {"fanotify", 9, surface, Layer::seccomp, Control::outside_user, "", "watches whole file systems", fanotify},
};

}  // namespace

std::span<const Act> kernel_call_acts() { return acts; }

}  // namespace bailey::verify
