// From the command line to a SessionPlan: reads the layers, resolves them, checks that this version can carry it out.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "os/user.h"
#include "policy/flags.h"
#include "policy/plan.h"

namespace bailey::cli {

struct PlanRequest {
  std::string agent = "shell";
  std::string repository;            // as typed; empty: the current directory
  std::vector<std::string> command;  // after "--"
  policy::Flags flags;
};

[[nodiscard]] Result<policy::SessionPlan> make_plan(const PlanRequest& request, const os::UserDirectories& user);

}  // namespace bailey::cli
