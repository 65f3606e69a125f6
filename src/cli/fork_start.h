// `bailey run` in two processes from its first moment: the parent stays at the terminal, the child plans the session
// and becomes its supervisor.
//
// Why so early: what a process has read and planned is memory that a later fork would have to copy page by page, and
// that costs more than a third of a whole start. Until there is a session the child is an ordinary part of the command:
// it asks the user, prints what is wrong, and dies with the parent (PR_SET_PDEATHSIG).
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::cli {

enum class Stay { attached, detached };

struct Introduction {
  std::string session;
  std::string branch;
  Stay stay = Stay::attached;
  bool operator==(const Introduction&) const = default;
};
[[nodiscard]] std::string encode(const Introduction& introduction);
[[nodiscard]] Result<Introduction> decode_introduction(std::string_view text);

struct StartedApart {
  Introduction introduction;
  Fd connection;  // to the supervisor
};

// In the child, before the first trace of the session: the parent, its terminal and its signals are left behind, so
// that nothing half made stays when they go.
void leave_parent();

// `child` gets its end of the control connection and a way to introduce itself, once. It returns only when there will
// be no session, with the exit status of the command; then that status is the answer here.
using Introduce = std::function<void(const Introduction&)>;
[[nodiscard]] Result<std::variant<StartedApart, int>> start_apart(
    const std::function<int(Fd connection, const Introduce& introduce)>& child);

}  // namespace bailey::cli
