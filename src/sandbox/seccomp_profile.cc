#include "sandbox/seccomp_profile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/text.h"
#include "os/files.h"
#include "os/kernel_abi.h"
#include "sandbox/bpf_assembler.h"
#include "sandbox/seccomp_cache_file.h"
#include "sandbox/seccomp_default.h"

namespace bailey::sandbox {
namespace {

constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;

// Only a file that nobody but this user can have written.
Result<SeccompProgram> read_cached(const std::string& path) {
  const Fd file = TRY(os::open_file(path, O_RDONLY | O_NOFOLLOW));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno("read '" + path + "'");
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & writable_by_others) != 0)
    return fail("read '" + path + "'", "others could have written it");
  const std::string bytes = TRY(os::read_all(file.get(), seccomp_cache_bytes_max));
  return read_cache_file(bytes);
}

}  // namespace

std::span<const sock_filter> default_profile() { return {seccomp_default, seccomp_default_size}; }

std::string seccomp_cache_path(std::string_view text, const std::string& cache_directory) {
  std::string made_from = "bailey " BAILEY_VERSION ", libseccomp " + libseccomp_version() + ", calls to " +
                          std::to_string(os::abi::nr_last_reviewed) + ", architecture " +
                          std::to_string(native_audit_arch) + "\n";
  made_from += text;
  return os::join(os::join(cache_directory, "seccomp"), to_hex(sha256(made_from)) + ".bpf");
}

Result<SeccompProgram> cached_profile(std::string_view text, std::string_view name,
                                      const std::string& cache_directory) {
  if (text.size() > oci_profile_bytes_max)
    return fail("read the seccomp profile '" + visible(name) + "'", "it is larger than 1 MiB");
  const std::string path = seccomp_cache_path(text, cache_directory);
  if (auto cached = read_cached(path)) return cached;
  const OciProfile profile = TRY(parse_oci_profile(text, name));
  SeccompProgram program = TRY(compile_oci_profile(profile));
  if (os::make_directories(std::string(os::directory_name(path))))
    // A cache that can't be written is no error: the next start compiles again.
    (void)os::write_file_atomic(path, write_cache_file(program));
  return program;
}

}  // namespace bailey::sandbox
