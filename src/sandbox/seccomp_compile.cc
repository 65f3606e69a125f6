#include "sandbox/seccomp_compile.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "os/files.h"
#include "os/kernel_abi.h"
#include "sandbox/seccomp_floor.h"
#include "sandbox/seccomp_install.h"

namespace bailey::sandbox {
namespace {

constexpr std::string_view what = "compile the seccomp profile";
constexpr uint32_t binary_tree = 2;  // SCMP_FLTATR_CTL_OPTIMIZE: ten comparisons instead of three hundred
constexpr int unknown_call = __NR_SCMP_ERROR;

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

std::uint32_t action_of(OciAction action, unsigned error) {
  switch (action) {
    case OciAction::allow:
      return SCMP_ACT_ALLOW;
    case OciAction::fail_with_errno:
      return SCMP_ACT_ERRNO(error);
    case OciAction::kill_thread:
      return SCMP_ACT_KILL_THREAD;
    case OciAction::kill_process:
      return SCMP_ACT_KILL_PROCESS;
    case OciAction::trap:
      return SCMP_ACT_TRAP;
    case OciAction::log:
      return SCMP_ACT_LOG;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_compare operator_of(OciOperator op) {
  switch (op) {
    case OciOperator::not_equal:
      return SCMP_CMP_NE;
    case OciOperator::less:
      return SCMP_CMP_LT;
    case OciOperator::less_or_equal:
      return SCMP_CMP_LE;
    case OciOperator::equal:
      return SCMP_CMP_EQ;
    case OciOperator::greater_or_equal:
      return SCMP_CMP_GE;
    case OciOperator::greater:
      return SCMP_CMP_GT;
    case OciOperator::masked_equal:
      return SCMP_CMP_MASKED_EQ;
  }
  return SCMP_CMP_EQ;
}

// Our own table goes first: libseccomp 2.5.4 stops at Linux 5.17 or so. Its negative numbers stand for calls that this
// architecture does not have.
int number_of(const std::string& name) {
  for (const os::abi::NamedCall& call : os::abi::new_calls)
    if (name == call.name) return call.number;
  const int number = seccomp_syscall_resolve_name(name.c_str());
  return number < 0 ? unknown_call : number;
}

bool is_looser(OciAction a, OciAction b) {
  const auto allows = [](OciAction action) { return action == OciAction::allow || action == OciAction::log; };
  return allows(a) && !allows(b);
}

// A call of another architecture (open on aarch64) can be refused by nobody and needs no refusal.
bool exists_elsewhere(const std::string& name) { return seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR; }

Status add_rule(scmp_filter_ctx context, const OciProfile& profile, const OciRule& rule, SeccompProgram& program) {
  std::vector<scmp_arg_cmp> comparisons;
  comparisons.reserve(rule.arguments.size());
  for (const OciArgument& argument : rule.arguments)
    comparisons.push_back({argument.index, operator_of(argument.op), argument.value, argument.value_two});
  const std::uint32_t action = action_of(rule.action, rule.error);
  if (action == action_of(profile.default_action, profile.default_error)) return {};  // libseccomp refuses these
  for (const std::string& name : rule.names) {
    const int number = number_of(name);
    if (number == unknown_call) {
      if (is_looser(profile.default_action, rule.action) && !exists_elsewhere(name))
        return fail(std::string(what), "it refuses '" + visible(name) + "', which is unknown here",
                    "correct the name, or remove it: an ignored refusal would allow the call");
      if (std::find(program.ignored.begin(), program.ignored.end(), name) == program.ignored.end())
        program.ignored.push_back(name);
      continue;
    }
    const int error = seccomp_rule_add_array(context, action, number, static_cast<unsigned>(comparisons.size()),
                                             comparisons.empty() ? nullptr : comparisons.data());
    if (error < 0)
      return fail(std::string(what), "libseccomp refuses the rule for '" + visible(name) + "': " + ::strerror(-error),
                  "look for rules of the same call that contradict each other");
  }
  return {};
}

Result<std::vector<sock_filter>> export_code(scmp_filter_ctx context) {
  const Fd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) return fail_errno(std::string(what));
  if (const int error = seccomp_export_bpf(context, file.get()); error < 0)
    return fail_errno(-error, std::string(what));
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail_errno(std::string(what));
  const std::string bytes = TRY(os::read_all(file.get()));
  std::vector<sock_filter> code(bytes.size() / sizeof(sock_filter));
  std::memcpy(code.data(), bytes.data(), code.size() * sizeof(sock_filter));
  return code;
}

}  // namespace

Result<SeccompProgram> compile_oci_profile(const OciProfile& profile) {
  const Context context(seccomp_init(action_of(profile.default_action, profile.default_error)), &seccomp_release);
  if (context == nullptr) return fail(std::string(what), "libseccomp refuses the default action");
  if (const int error = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, binary_tree); error < 0)
    return fail_errno(-error, std::string(what));
  SeccompProgram program;
  for (const OciRule& rule : profile.rules) TRY_STATUS(add_rule(context.get(), profile, rule, program));
  program.code = TRY(export_code(context.get()));
  TRY(with_floor(program.code));  // too long is found here, not at the start of a session
  return program;
}

Result<std::vector<sock_filter>> with_floor(std::span<const sock_filter> profile) {
  const std::span<const sock_filter> floor = floor_prefix();
  if (profile.empty() || floor.size() + profile.size() > filter_instructions_max)
    return fail(std::string(what), "its program of " + std::to_string(profile.size()) + " instructions is too long",
                "use fewer rules: the kernel takes 4096 instructions with bailey's own");
  std::vector<sock_filter> joined(floor.begin(), floor.end());
  joined.insert(joined.end(), profile.begin(), profile.end());
  return joined;
}

std::string libseccomp_version() {
  const scmp_version* version = seccomp_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->micro);
}

}  // namespace bailey::sandbox
