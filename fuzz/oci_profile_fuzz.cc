// A user's seccomp profile: whatever it says, the floor in front of its program decides as it does alone.
#include <cstdlib>
#include <cstring>

#include "sandbox/bpf_assembler.h"
#include "sandbox/bpf_evaluator.h"
#include "sandbox/seccomp_compile.h"
#include "sandbox/seccomp_floor.h"

using namespace bailey::sandbox;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto profile = parse_oci_profile({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!profile) return 0;
  const auto program = compile_oci_profile(*profile);
  if (!program) return 0;
  const auto joined = with_floor(program->code);
  if (!joined) std::abort();
  for (int number = 0; number < 480; ++number) {
    seccomp_data call{};
    call.nr = number;
    call.arch = native_audit_arch;
    const auto floor = evaluate(floor_filter(), call);
    const auto both = evaluate(*joined, call);
    if (!floor || !both) std::abort();
    if (*floor != SECCOMP_RET_ALLOW && *both != *floor) std::abort();
  }
  return 0;
}
