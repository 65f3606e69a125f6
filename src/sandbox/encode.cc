#include "init/wire.h"
#include "sandbox/launch.h"

namespace bailey::sandbox {
namespace {

using init::Step;

void encode_step(init::WireWriter& out, const MountStep& step, int given) {
  out.u8(static_cast<std::uint8_t>(step.kind));
  out.text(step.target);
  switch (step.kind) {
    case Step::directory:
      out.u32(step.mode);
      break;
    case Step::link:
      out.text(step.source);
      break;
    case Step::file:
      out.u32(step.mode);
      out.text(step.source);
      break;
    case Step::bind:
      out.u32(step.flags);
      out.text(step.source);
      out.u32(static_cast<std::uint32_t>(given + 1));
      break;
    case Step::temporary:
      out.u32(step.mode);
      out.u64(step.bytes);
      out.u64(step.bytes / 4096 + 1024);  // inodes: a page each, and some for small trees
      break;
    case Step::overlay:
      out.text(step.source);
      out.text(step.upper);
      out.text(step.work);
      break;
    case Step::proc:
    case Step::terminals:
    case Step::queues:
    case Step::mask:
    case Step::read_only:
      break;
  }
}

}  // namespace

std::string encode_setup(const SandboxPlan& plan, const std::vector<int>& given) {
  init::WireWriter out;
  out.u32(plan.left_out);
  out.u32(agent_uid);
  out.u32(agent_gid);
  out.text(plan.host_name);
  out.u32(static_cast<std::uint32_t>(plan.gateway ? init::Network::gateway : init::Network::none));
  out.text(plan.gateway ? plan.gateway->rules : "");
  const bool masked = (plan.left_out & init::without::proc_masks) == 0;
  const auto wanted = [masked](const MountStep& step) {
    return masked || (step.kind != Step::mask && step.kind != Step::read_only);
  };
  std::uint32_t count = 0;
  for (const auto& step : plan.steps) count += wanted(step) ? 1U : 0U;
  out.u32(count);
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    if (wanted(plan.steps[i])) encode_step(out, plan.steps[i], i < given.size() ? given[i] : -1);
  const bool limited = (plan.left_out & init::without::resource_limits) == 0;
  out.u32(limited ? static_cast<std::uint32_t>(plan.resource_limits.size()) : 0);
  if (limited)
    for (const auto& limit : plan.resource_limits) {
      out.u32(static_cast<std::uint32_t>(limit.resource));
      out.u64(limit.value);
    }
  out.u32(plan.landlock_abi_min);
  out.u32(static_cast<std::uint32_t>(plan.files.size()));
  for (const auto& rule : plan.files) {
    out.u8(static_cast<std::uint8_t>(rule.access));
    out.text(rule.path);
  }
  out.text(plan.seccomp_program);
  return out.bytes();
}

}  // namespace bailey::sandbox
