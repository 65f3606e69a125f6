// Descriptor 3 of a service process that serves a remote: lines of JSON to and from the supervisor.
//   to it:   {"ask":{…approval::Request…}}        then at last the report (publish_report.h)
//   from it: {"waiting":{"id":42}}                 the request is in the queue; bailey approvals approve 42
//            {"answer":{"state":"approved","scope":"once","by":"terminal"}}
// A supervisor that closes it without an answer has died or does not ask anybody: the push stays held.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "approval/request.h"
#include "base/result.h"

namespace bailey::git {

inline constexpr std::size_t supervisor_line_bytes_max = 4096;

// What the supervisor says.
struct SupervisorLine {
  std::optional<std::uint64_t> waiting;
  std::optional<approval::Answer> answer;
};
[[nodiscard]] Result<SupervisorLine> parse_supervisor_line(std::string_view line);
[[nodiscard]] std::string waiting_line(std::uint64_t id);
[[nodiscard]] std::string answer_line(const approval::Answer& answer);
[[nodiscard]] std::string ask_line(const approval::Request& request);

enum class WaitEnd { answered, client_gone, supervisor_gone };
struct Waited {
  WaitEnd end = WaitEnd::supervisor_gone;
  approval::Answer answer;
};
struct WaitHandlers {
  std::function<void(std::uint64_t id)> on_waiting;
  std::function<bool()> keep_alive;  // now and then; false: the client is gone
};
// Until an answer comes or one side is gone. `client`: the guest's socket, looked at only for being closed.
[[nodiscard]] Result<Waited> ask_and_wait(int supervisor, int client, const approval::Request& request,
                                          const WaitHandlers& handlers);

}  // namespace bailey::git
