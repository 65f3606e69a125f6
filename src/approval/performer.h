// Who carries out what was approved when nobody waits for it any more: the asker went away, or the supervisor was
// killed. One function a kind of request; main wires them (cli/performers.h), the supervisor runs them in a process of
// their own, `bailey approvals approve` in its own when there is no supervisor.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "approval/entry.h"

namespace bailey::approval {

struct PerformContext {
  std::string session;
  std::string session_directory;
  std::function<void(std::string_view line)> say;  // for the user: how it went, in a line or two
};

// `action` is Request::action of an approved entry, as it was asked. An error is kept with the request, which can then
// be approved again.
using Performer = std::function<Status(const json::Value& action, const PerformContext& context)>;
using Performers = std::map<std::string, Performer, std::less<>>;  // by Request::kind

// The approved entry `id` of a session: looked up, checked, carried out. Its file is left as it is.
[[nodiscard]] Status perform_stored(const Performers& performers, const std::string& session_directory,
                                    std::uint64_t id, std::function<void(std::string_view)> say);
// The same for an entry at hand.
[[nodiscard]] Status perform(const Performers& performers, const std::string& session_directory, const Entry& entry,
                             std::function<void(std::string_view)> say);

}  // namespace bailey::approval
