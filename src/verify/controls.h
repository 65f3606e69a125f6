// The same act outside of the sandbox, as Act::control wants it.
#pragma once

#include "sandbox/plan.h"
#include "verify/cases.h"
#include "verify/judge.h"
#include "verify/trial.h"

namespace bailey::verify {

class Controls {
 public:
  // `ids`: the ordinary user that stands in for root.
  [[nodiscard]] static Result<Controls> open(const std::string& helpers, const sandbox::HostIds& ids);

  struct Shown {
    Trial trial;
    ControlState state = ControlState::failed;
  };
  // Of every kind but without_layer. What only root can show is not even tried as somebody else, unless `inside` says
  // that it could not be tried there either.
  [[nodiscard]] Result<Shown> run(const Case& entry, const Trial& inside, Surroundings& around) const;

 private:
  enum class Who { invoker, ordinary_user };
  [[nodiscard]] os::Command command(const Case& entry, Who who) const;

  std::string probe_;
  Fd probe_fd_;  // as root: somebody else can't walk to the probe
  sandbox::HostIds ids_;
  Privilege privilege_ = Privilege::user;
};

}  // namespace bailey::verify
