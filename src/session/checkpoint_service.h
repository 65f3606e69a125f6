// `bailey __checkpoint`: a process of the supervisor's that reads the agent's workspace for a checkpoint, or brings one
// back through `bailey restore` in the sandbox, so that the supervisor's loop waits for neither.
//
//   save SESSION-DIRECTORY REASON NAME
//   undo SESSION-DIRECTORY NUMBER-OR-NAME      stdin: from `bailey restore`, stdout: to it
//   finish SESSION-DIRECTORY                   the same, for an undo that was cut off
//
// It writes one JSON object to descriptor 3 and ends with status 0 or 1:
//   {"number":3,"reason":"…","name":"…","dropped":[1],"notes":["…"],"operations":12,"left":0}   or
//   {"what":…,"why":…,"remedy":…}
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "json/value.h"
#include "workspace/checkpoint_store.h"

namespace bailey::session {

inline constexpr int checkpoint_report_fd = 3;
inline constexpr std::size_t checkpoint_report_bytes_max = 64 << 10;

[[nodiscard]] int checkpoint_service_main(std::span<const std::string> arguments);

[[nodiscard]] json::Value to_json(const workspace::SavedCheckpoint& saved);
// What the service wrote.
[[nodiscard]] Result<json::Value> read_checkpoint_report(int fd);

}  // namespace bailey::session
