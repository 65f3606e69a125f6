// What supervisor and init say to each other, over one SOCK_SEQPACKET pair.
//
// Start: the supervisor clones init into its namespaces with the setup in a sealed memfd (number setup_fd) and the
// socket (number control_fd). init builds the sandbox stage by stage and answers `ready`, or `failed` with the stage
// and errno. From then on it is PID 1 of the sandbox: it starts commands on request, reports their ends and reaps
// orphans. When the socket closes, init exits and the kernel kills everything in the pid namespace.
//
// Nothing that the agent controls ever reaches this socket: init passes on numbers, never bytes from a process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bailey::init {

inline constexpr int control_fd = 3;
inline constexpr int setup_fd = 4;
inline constexpr std::size_t message_bytes_max = 4096;
inline constexpr std::size_t setup_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t argv_count_max = 65536;
inline constexpr int commands_max = 64;  // running at once: the agent and its `exec`s

// Steps that fill the new root, in order. Targets are absolute paths in the new root.
enum class Step : std::uint8_t {
  directory = 1,   // target, u32 mode
  link = 2,        // target, text destination
  file = 3,        // target, u32 mode, text content
  bind = 4,        // target, u32 BindFlags, text source, u32 fd+1 of an open_tree(2) clone made by the supervisor, or 0
  temporary = 5,   // target, u32 mode, u64 bytes, u64 inodes: tmpfs(5)
  proc = 6,        // target
  terminals = 7,   // target: devpts, a new instance
  queues = 8,      // target: mqueue
  overlay = 9,     // target, text lower, text upper, text work: overlayfs with userxattr
  mask = 10,       // target: hidden by /dev/null (file) or an empty read-only tmpfs (directory); skipped if absent
  read_only = 11,  // target: bound onto itself read-only; skipped if absent
};

// What the network namespace is connected to.
enum class Network : std::uint32_t {
  none = 0,     // `lo` alone
  gateway = 1,  // text rules: every connection ends at one of Listener
};

// Sockets that init makes in the network namespace and hands to the supervisor, in this order. Ports below 1024 can't
// be taken by the agent first: it has no capability for them. The last one is no listener but a netlink(7) socket of
// the namespace, through which the supervisor reads what the rules refused (sandbox/refused_traffic.h).
enum class Listener : std::uint32_t { tcp4, tcp6, dns4, dns6, dnstcp4, dnstcp6, proxy, socks, counters };
inline constexpr std::uint32_t listeners_count = 9;
inline constexpr std::uint16_t transparent_port = 700;
inline constexpr std::uint16_t dns_port = 53;
inline constexpr std::uint16_t proxy_port = 3128;
inline constexpr std::uint16_t socks_port = 1080;
// The source of connections that are on their way to the gateway; one each, on `lo`.
inline constexpr const char* source_address4 = "198.18.0.1";
inline constexpr const char* source_address6 = "fd62:6169:6c65:7900::1";

namespace bind_flag {
inline constexpr std::uint32_t read_only = 1;
inline constexpr std::uint32_t devices = 2;   // device nodes work here
inline constexpr std::uint32_t optional = 4;  // a missing source is no error
inline constexpr std::uint32_t no_exec = 8;
}  // namespace bind_flag

// Layers that `bailey verify` can leave out, one at a time, for its positive controls. Never set by `run`.
namespace without {
inline constexpr std::uint32_t seccomp = 1;
inline constexpr std::uint32_t landlock = 2;
inline constexpr std::uint32_t second_user_namespace = 4;
inline constexpr std::uint32_t capability_drop = 8;
inline constexpr std::uint32_t proc_masks = 16;
inline constexpr std::uint32_t resource_limits = 32;
inline constexpr std::uint32_t network_namespace = 64;
inline constexpr std::uint32_t pid_namespace = 128;
}  // namespace without

enum class Request : std::uint8_t {
  start = 1,   // u32 id, u8 terminal, u16 rows, u16 cols as u32s; descriptor: sealed memfd with cwd, argv, environment;
               // without a terminal three more: stdin, stdout, stderr
  signal = 2,  // u32 id, u32 signal: to the command's process group
  kill_rest = 3,  // everything but init: SIGTERM, a short grace, SIGKILL; answered by `quiet`
};

enum class Event : std::uint8_t {
  ready = 1,      // u32 Landlock ABI in force
  failed = 2,     // u32 errno, text stage, text detail; init exits after it
  started = 3,    // u32 id, u32 pid in the sandbox; with a terminal: its master descriptor
  refused = 4,    // u32 id, u32 errno: the command could not be executed
  ended = 5,      // u32 id, u32 wait status
  quiet = 6,      // no process but init is left
  listeners = 7,  // before ready, with Network::gateway: u32 bit set of Listener, and their descriptors in order
};

}  // namespace bailey::init
