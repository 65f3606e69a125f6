// An OCI profile compiled to BPF for this architecture, by libseccomp. Supervisor side only: init gets raw bytes.
#pragma once

#include <linux/filter.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/seccomp_oci.h"

namespace bailey::sandbox {

struct SeccompProgram {
  std::vector<sock_filter> code;
  // Names in the profile that neither libseccomp nor os/kernel_abi.h knows, or that this architecture does not have.
  // In an allow-list they stay refused. Each once, in the profile's order.
  std::vector<std::string> ignored;
};

// The profile's filter alone. Fails when a name that a profile *refuses* is unknown (ignoring it would allow the call),
// when rules contradict each other and when the program is longer than the kernel takes.
[[nodiscard]] Result<SeccompProgram> compile_oci_profile(const OciProfile& profile);

// floor_prefix() in front of a profile's program: one filter that no profile can loosen.
[[nodiscard]] Result<std::vector<sock_filter>> with_floor(std::span<const sock_filter> profile);

// "2.5.4": part of a cache key.
[[nodiscard]] std::string libseccomp_version();

}  // namespace bailey::sandbox
