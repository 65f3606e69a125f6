#include "sandbox/rootfs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "os/files.h"

namespace bailey::sandbox {
namespace {

using init::Step;
namespace flag = init::bind_flag;

constexpr std::uint64_t tmp_bytes_max = std::uint64_t{4} << 30;
constexpr std::uint64_t run_bytes = std::uint64_t{16} << 20;

// What programs read from /etc and what holds nothing of the user's or the machine's secrets. Everything else of the
// host's /etc stays out: shadow, ssh, sudoers, ssl/private, gitconfig, npmrc, apt credentials …
constexpr const char* etc_shared[] = {"alternatives",
                                      "bash.bashrc",
                                      "bash_completion.d",
                                      "ca-certificates",
                                      "ca-certificates.conf",
                                      "debian_version",
                                      "default/locale",
                                      "ethertypes",
                                      "fonts",
                                      "gai.conf",
                                      "gdb",
                                      "host.conf",
                                      "inputrc",
                                      "java-11-openjdk",
                                      "java-17-openjdk",
                                      "java-21-openjdk",
                                      "ld.so.cache",
                                      "ld.so.conf",
                                      "ld.so.conf.d",
                                      "localtime",
                                      "locale.alias",
                                      "locale.gen",
                                      "lsb-release",
                                      "magic",
                                      "magic.mime",
                                      "mailcap",
                                      "manpath.config",
                                      "mime.types",
                                      "networks",
                                      "nanorc",
                                      "os-release",
                                      "papersize",
                                      "perl",
                                      "pki/ca-trust",
                                      "pki/tls/certs",
                                      "profile",
                                      "profile.d",
                                      "protocols",
                                      "python3",
                                      "python3.11",
                                      "python3.12",
                                      "python3.13",
                                      "rpc",
                                      "services",
                                      "shells",
                                      "skel",
                                      "ssl/certs",
                                      "ssl/openssl.cnf",
                                      "terminfo",
                                      "timezone",
                                      "vim",
                                      "xattr.conf",
                                      "emacs",
                                      "maven"};

constexpr const char* dev_nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr const char* system_directories[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

constexpr const char* proc_masked[] = {
    "/proc/acpi",          "/proc/asound",     "/proc/kallsyms",    "/proc/kcore",       "/proc/keys",
    "/proc/key-users",     "/proc/kmsg",       "/proc/kpagecount",  "/proc/kpageflags",  "/proc/kpagecgroup",
    "/proc/latency_stats", "/proc/modules",    "/proc/sched_debug", "/proc/scsi",        "/proc/slabinfo",
    "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats", "/proc/vmallocinfo", "/proc/config.gz"};
constexpr const char* proc_read_only[] = {"/proc/bus", "/proc/driver", "/proc/fs", "/proc/irq", "/proc/sys"};

class Steps {
 public:
  explicit Steps(const HostFacts& host) : host_(host) {}

  void directory(std::string target, std::uint32_t mode = 0755) {
    add({.kind = Step::directory, .target = std::move(target), .mode = mode});
  }
  void link(std::string target, std::string destination) {
    add({.kind = Step::link, .target = std::move(target), .source = std::move(destination)});
  }
  void file(std::string target, std::string content, std::uint32_t mode = 0644) {
    add({.kind = Step::file, .target = std::move(target), .source = std::move(content), .mode = mode});
  }
  void temporary(std::string target, std::uint64_t bytes, std::uint32_t mode) {
    add({.kind = Step::temporary, .target = std::move(target), .mode = mode, .bytes = bytes});
  }
  void of_kind(Step kind, std::string target) { add({.kind = kind, .target = std::move(target)}); }
  void bind(std::string source, std::string target, std::uint32_t flags) {
    add({.kind = Step::bind, .target = std::move(target), .source = std::move(source), .flags = flags});
  }
  // A host path at its own place, links included: /bin -> usr/bin stays a link.
  void mirror(const std::string& path) {
    switch (host_.kind(path)) {
      case PathKind::absent:
        return;
      case PathKind::link:
        return link(path, host_.link_target(path));
      default:
        return bind(path, path, flag::read_only | flag::optional);
    }
  }
  // As mirror, but a link is followed on the host: for single files that point elsewhere (/etc/localtime).
  void mirror_content(const std::string& path) {
    const std::string real = host_.resolved(path);
    if (real.empty()) return;
    if (host_.kind(path) == PathKind::link && real.starts_with("/usr/")) return link(path, host_.link_target(path));
    // A small file is copied: that costs less than a mount, which has to be taken down again.
    if (auto content = host_.small_content(real)) return file(path, std::move(*content));
    bind(real, path, flag::read_only | flag::optional);
  }
  void add(MountStep step) { steps_.push_back(std::move(step)); }
  [[nodiscard]] std::vector<MountStep> take() { return std::move(steps_); }

 private:
  const HostFacts& host_;
  std::vector<MountStep> steps_;
};

void add_system(Steps& steps) {
  steps.bind("/usr", "/usr", flag::read_only);
  for (const char* path : system_directories) steps.mirror(path);
}

void add_etc(Steps& steps, const RootfsInput& input) {
  steps.directory("/etc");
  for (const char* name : etc_shared) steps.mirror_content(std::string("/etc/") + name);
  steps.file("/etc/passwd",
             "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
             "agent:x:1000:1000:agent:/home/agent:" +
                 input.agent_shell +
                 "\n"
                 "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
  steps.file("/etc/group", "root:x:0:\ntty:x:5:\nagent:x:1000:\nnogroup:x:65534:\n");
  steps.file("/etc/hosts", "127.0.0.1 localhost bailey\n::1 localhost ip6-localhost ip6-loopback\n");
  steps.file("/etc/hostname", "bailey\n");
  steps.file("/etc/resolv.conf", input.trust.empty()
                                     ? "# This session has no network.\n"
                                     : "# Answered by the session's gateway.\nnameserver 127.0.0.1\noptions edns0\n");
  steps.file("/etc/nsswitch.conf",
             "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n"
             "protocols: files\nnetworks: files\n");
  if (!input.git_config.empty()) steps.file("/etc/gitconfig", input.git_config);
  // The same for every session: a machine must not be recognisable by it (machine-id(5)).
  steps.file("/etc/machine-id", "00000000000000000000000000000000\n", 0444);
}

void add_devices(Steps& steps, const RootfsInput& input) {
  steps.temporary("/dev", run_bytes, 0755);
  for (const char* name : dev_nodes) {
    const std::string path = std::string("/dev/") + name;
    steps.bind(path, path, flag::devices);
  }
  for (const auto& path : input.devices) steps.bind(path, path, flag::devices);
  steps.link("/dev/fd", "/proc/self/fd");
  steps.link("/dev/stdin", "/proc/self/fd/0");
  steps.link("/dev/stdout", "/proc/self/fd/1");
  steps.link("/dev/stderr", "/proc/self/fd/2");
  steps.of_kind(Step::terminals, "/dev/pts");
  steps.link("/dev/ptmx", "pts/ptmx");
  steps.temporary("/dev/shm", std::min(tmp_bytes_max, input.memory_bytes / 2), 01777);
  steps.of_kind(Step::queues, "/dev/mqueue");
}

void add_kernel(Steps& steps) {
  steps.of_kind(Step::proc, "/proc");
  for (const char* path : proc_masked) steps.of_kind(Step::mask, path);
  for (const char* path : proc_read_only) steps.of_kind(Step::read_only, path);
  steps.directory("/sys");
  // nproc, lscpu, JVMs and build tools count processors here.
  for (const char* path : {"/sys/devices/system/cpu", "/sys/devices/system/node"})
    steps.bind(path, path, flag::read_only | flag::optional | flag::no_exec);
}

// The session's CA where programs look that are not told by variables, beside the host's in the same file.
void add_trust(Steps& steps, const HostFacts& host, const std::string& trust) {
  steps.bind(trust, trust_path, flag::read_only);
  const std::pair<const char*, const char*> places[] = {{"/etc/ssl/certs/ca-certificates.crt", "bundle.pem"},
                                                        {"/etc/ssl/certs/java/cacerts", "cacerts"}};
  for (const auto& [path, name] : places)
    if (host.kind(path) == PathKind::file) steps.bind(os::join(trust, name), path, flag::read_only);
}

void add_places(Steps& steps, const RootfsInput& input) {
  steps.temporary("/tmp", std::min(tmp_bytes_max, input.memory_bytes / 2), 01777);
  steps.temporary("/run", run_bytes, 0755);
  steps.directory("/var");
  steps.temporary("/var/tmp", std::min(tmp_bytes_max, input.memory_bytes / 2), 01777);
  steps.link("/var/run", "/run");
  steps.bind(input.session_home, agent_home, 0);
  steps.bind(input.helpers, std::string(helper_directory) + "/bin", flag::read_only);
  if (!input.guest_socket.empty()) steps.bind(input.guest_socket, std::string(helper_directory) + "/guest.sock", 0);
  if (!input.workspace.empty()) steps.bind(input.workspace, workspace_path, 0);
  for (const auto& overlay : input.overlays) steps.add(overlay);
}

}  // namespace

std::vector<MountStep> rootfs_steps(const HostFacts& host, const RootfsInput& input, const Toolchains& toolchains) {
  Steps steps(host);
  add_system(steps);
  add_etc(steps, input);
  add_devices(steps, input);
  add_kernel(steps);
  add_places(steps, input);
  if (!input.trust.empty()) add_trust(steps, host, input.trust);
  for (const auto& mount : toolchains.mounts) steps.bind(mount.host, mount.sandbox, flag::read_only);
  for (const auto& mount : input.read_only) steps.bind(mount.host, mount.sandbox, flag::read_only);
  return steps.take();
}

std::vector<FileRule> rootfs_rules(const RootfsInput& input) {
  std::vector<FileRule> rules = {{FileAccess::read_exec, "/"},
                                 {FileAccess::read_write, workspace_path},
                                 {FileAccess::read_write, agent_home},
                                 {FileAccess::read_write, "/tmp"},
                                 {FileAccess::read_write, "/var/tmp"},
                                 {FileAccess::read_write, "/dev/shm"},
                                 {FileAccess::read_write, "/dev/mqueue"},
                                 {FileAccess::device, "/dev/pts"},
                                 {FileAccess::read_write, "/proc"}};
  for (const char* name : dev_nodes) rules.push_back({FileAccess::device, std::string("/dev/") + name});
  for (const auto& path : input.devices) rules.push_back({FileAccess::device, path});
  // connect(2) to a socket file needs no right that Landlock knows; the guest's socket is reachable through "/".
  return rules;
}

HostFacts host_facts(std::string home, std::string path_variable) {
  HostFacts facts;
  facts.kind = [](const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return PathKind::absent;
    if (S_ISDIR(status.st_mode)) return PathKind::directory;
    if (S_ISLNK(status.st_mode)) return PathKind::link;
    return S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? PathKind::device : PathKind::file;
  };
  facts.link_target = [](const std::string& path) {
    char target[PATH_MAX];
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    return std::string(target, size > 0 ? static_cast<std::size_t>(size) : 0);
  };
  facts.resolved = [](const std::string& path) { return os::real_path(path).value_or(""); };
  facts.small_content = [](const std::string& path) -> std::optional<std::string> {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & S_IROTH) == 0 ||
        static_cast<std::size_t>(status.st_size) > small_file_bytes_max)
      return std::nullopt;
    auto content = os::read_file(path, small_file_bytes_max);
    return content ? std::optional(std::move(*content)) : std::nullopt;
  };
  facts.home = std::move(home);
  facts.path_variable = std::move(path_variable);
  return facts;
}

}  // namespace bailey::sandbox
