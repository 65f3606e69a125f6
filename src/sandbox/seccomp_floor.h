// The floor: the seccomp filter that is always there, whatever profile the user brings.
//
// How it works: a constant BPF program (seccomp_floor.cc, built by bpf_assembler.h at compile time) that stands *in
// front of* the profile's program in one filter. What the floor refuses is decided before the profile is asked; what it
// does not refuse falls through to the profile. So no profile can loosen the floor, and one that forbids seccomp(2)
// can not stop the floor from being installed either.
//
// What it refuses: foreign architectures (the process is killed), x32 and numbers that nobody has reviewed (ENOSYS),
// namespaces, the mount API, io_uring, bpf, keys, userfaultfd, perf, modules and other administration, terminal
// injection, kernel TLS, socket families and protocols beyond those of everyday programs, seccomp notification
// listeners. Calls with a well-known fallback answer ENOSYS, others EPERM, sockets EAFNOSUPPORT or EPROTONOSUPPORT, as
// kernels without the feature do.
#pragma once

#include <linux/filter.h>

#include <span>

namespace bailey::sandbox {

// Static storage. Falls off its end where it has no objection: only good in front of another program.
[[nodiscard]] std::span<const sock_filter> floor_prefix();
// The floor alone: allows what it does not refuse.
[[nodiscard]] std::span<const sock_filter> floor_filter();

}  // namespace bailey::sandbox
