// What the supervisor tells the programs inside through the environment. The agent can change it: it is information for
// it and for the commit message, never authority.
#pragma once

#include <string>

namespace bailey::guest {

struct Session {
  std::string name;                              // BAILEY_SESSION
  std::string branch;                            // BAILEY_BRANCH; empty: what the remote has
  std::string network;                           // BAILEY_NETWORK
  std::string audit_head;                        // BAILEY_AUDIT_HEAD
  enum class Push { yes, no } push = Push::yes;  // BAILEY_NO_PUSH=1: no
};
[[nodiscard]] Session session_from_environment();

inline constexpr const char* socket_path = "/run/bailey/guest.sock";  // BAILEY_GUEST_SOCKET names another

}  // namespace bailey::guest
