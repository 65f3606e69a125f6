// What the gateway saw, told to whoever keeps the log. Values only; the supervisor turns them into audit events.
#pragma once

#include <cstdint>
#include <string>

namespace bailey::gateway {

enum class Seen {
  dns_name,      // a name was asked for the first time (allowed or not)
  connection,    // a tunnel has ended, or a connection was refused
  http_request,  // an inspected request has ended, or was refused
  limit,         // a limit was reached
  // Of the keep's secrets (keep_index.h); Observation::secret says which.
  secret_used,       // it was put into a request
  secret_misplaced,  // its placeholder, or it itself, was somewhere else: refused
  secret_pinned,     // another credential on a host that it belongs to: refused
  secret_echoed,     // a response held it: it was taken out, or the response was cut
};
[[nodiscard]] constexpr bool is_about_secret(Seen what) { return what >= Seen::secret_used; }

struct Observation {
  Seen what = Seen::connection;
  bool allowed = false;
  bool asks = false;   // refused by a rule that lets a human decide
  std::string rule;    // id of the rule, "default" if none
  std::string reason;  // why it was refused or ended early; empty otherwise
  std::string host;    // escaped already where it was not a valid name
  std::uint16_t port = 0;
  std::string learned_from;     // to_string(LearnedFrom)
  std::string method;           // inspected only
  std::string path;             // inspected only; without the query, at most 512 bytes
  std::string protocol;         // "tls", "http/1.1", "h2", "websocket", "tcp"; DNS: the type asked for
  int status = 0;               // HTTP status, 0 without
  std::uint64_t bytes_out = 0;  // from the sandbox
  std::uint64_t bytes_in = 0;
  std::uint64_t ms = 0;
  std::uint64_t count = 1;  // how many of the same this stands for
  std::string secret = {};  // its id, never more
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void seen(Observation observation) = 0;
};

}  // namespace bailey::gateway
