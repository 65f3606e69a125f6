// What `bailey verify` found: a value, printed by render.h.
#pragma once

#include <string>
#include <vector>

#include "json/value.h"

namespace bailey::verify {

// The words of Outcome, and two more that only a run of an act can have.
enum class Verdict {
  succeeded,
  refused,
  unavailable,
  timed_out,  // still running after its time limit
  broken,     // it could not be started, died, or said nothing that we understand
};
[[nodiscard]] std::string_view to_string(Verdict verdict);

// One run of one act.
struct Trial {
  Verdict verdict = Verdict::broken;
  int error = 0;  // errno(3) when refused
  std::string detail;
};

enum class ControlState {
  shown,       // the same act succeeded where the layer is off
  needs_root,  // nobody but root can do it outside either; run as root to see it
  impossible,  // this machine can't do it anywhere: the reason is in the trial
  failed,      // it was refused where it should work: the row proves nothing
};
[[nodiscard]] std::string_view to_string(ControlState state);

// Was the refusal told to the session's log?
enum class Logged { yes, no, nobody_to_log };  // nobody_to_log: the kernel refused it, without a gateway

enum class RowState { holds, not_applicable, failed };

struct Row {
  int scenario = 0;  // of the threat model; 0: what must work inside
  std::string act;
  std::string catalogue;
  std::string layer;
  Trial inside;
  std::string control_kind;
  ControlState control_state = ControlState::failed;
  Trial control;
  RowState state = RowState::failed;
  Logged logged = Logged::nobody_to_log;
};

struct Report {
  std::vector<Row> rows;
  // The session's network mode: "proxy". What was not tried of its gateway is said in the output.
  std::string network;
  std::string limits_enforced_by;  // "cgroup-v2", "rlimits", ...
  int landlock_abi = 0;

  [[nodiscard]] bool ok() const;
};

}  // namespace bailey::verify
