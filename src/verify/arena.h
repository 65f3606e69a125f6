// The sandbox that is attacked: what `bailey run` launches for the same plan, plus the probe. A sandbox that an act
// brought down is launched anew.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sandbox/launch.h"
#include "sandbox/limits.h"
#include "verify/trial.h"
#include "verify/verify.h"

namespace bailey::verify {

class Arena {
 public:
  // `left_out`: init::without bits. Leaving out the limits leaves out the cgroup as well.
  [[nodiscard]] static Result<Arena> open(const Subject& subject, const Options& options, const Fixture& fixture,
                                          std::string name, std::uint32_t left_out,
                                          std::optional<sandbox::GatewayNetwork> network = {});
  // An act that ends the sandbox, or can't be started in it, is a broken Trial; an error is an interruption, or a
  // sandbox that does not start any more.
  [[nodiscard]] Result<Trial> run(std::string_view act, const std::vector<std::string>& arguments,
                                  Surroundings& around);

  // With `network`: the sockets that a gateway accepts on.
  [[nodiscard]] const std::vector<Fd>& listeners() { return sandbox_->listeners(); }
  [[nodiscard]] int counters() const { return sandbox_ ? sandbox_->counters() : -1; }
  [[nodiscard]] int landlock_abi() const { return sandbox_->landlock_abi(); }
  [[nodiscard]] std::string_view limits_enforced_by() const { return sandbox::to_string(choice_.form); }

 private:
  Arena() = default;
  [[nodiscard]] Status start();

  sandbox::SandboxPlan plan_;
  sandbox::CgroupChoice choice_;
  sandbox::LimitValues limits_;
  std::string name_;
  std::string init_program_;
  sandbox::Cgroup cgroup_;  // outlives the sandbox in it
  std::optional<sandbox::Sandbox> sandbox_;
  std::uint32_t next_id_ = 1;
};

}  // namespace bailey::verify
