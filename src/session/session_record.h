// session.json: what is known about a session, by its supervisor and by whoever asks later.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"

namespace bailey::session {

enum class SessionStatus {
  starting,
  running,
  exited,       // the command ended by itself
  stopped,      // by the user or a limit
  interrupted,  // the supervisor is gone without having said anything else; never written, derived by the registry
  failed        // bailey could not start or save it: last_error says why
};
[[nodiscard]] std::string_view to_string(SessionStatus status);
[[nodiscard]] std::optional<SessionStatus> session_status_of(std::string_view word);

struct SessionLimits {
  double cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t pids = 0;
  std::uint64_t disk_bytes = 0;
  std::string enforced_by;  // "cgroup v2", "cgroup v1", "rlimits"
  bool operator==(const SessionLimits&) const = default;
};

// A process that can be told from a later one with the same number.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  // proc(5), stat field 22: clock ticks since boot
  bool operator==(const ProcessIdentity&) const = default;
};
// Of a running process; fails when there is none (ESRCH).
[[nodiscard]] Result<ProcessIdentity> identity_of(pid_t pid);
[[nodiscard]] bool is_running(const ProcessIdentity& process);

struct SessionRecord {
  std::string name;
  std::string agent;
  std::string repository;  // absolute path on the host; any bytes
  std::string branch;
  std::string base_commit;  // hexadecimal; empty: there was none
  std::string network;
  std::string workspace_mode;
  SessionStatus status = SessionStatus::starting;
  std::optional<int> exit_status;  // of the command, as in shells
  bool unlanded_work = false;      // commits or files that are in no branch of the host repository yet
  std::string last_error;
  std::vector<std::string> degraded;  // weaker than the default, by name, because the user asked for it
  SessionLimits limits;
  ProcessIdentity supervisor;
  WallTime created{};
  std::optional<WallTime> ended;
  bool operator==(const SessionRecord&) const = default;
};

[[nodiscard]] json::Value to_json(const SessionRecord& record);
// Keys that are not known are ignored: a later version may have written them.
[[nodiscard]] Result<SessionRecord> session_record_of(const json::Value& value);

}  // namespace bailey::session
