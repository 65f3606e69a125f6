// What an agent reads when the gateway refuses: a short JSON body that a model can act on, and the same on one line.
//
// Every text is bounded and free of control characters, whatever the sandbox put into it. JSON escapes are json/'s.
#pragma once

#include <cstddef>
#include <string>

#include "gateway/authority.h"
#include "gateway/network_policy.h"

namespace bailey::gateway {

inline constexpr std::size_t refusal_text_bytes_max = 400;  // of one member, before JSON escapes

struct Refusal {
  std::string what;        // "connect to evil.example:443", "POST https://api.github.com/gists"
  std::string why;         // one sentence
  std::string rule;        // its id; "default" when no rule allows it; "gateway" for what no rule can allow
  std::string how_to_ask;  // "run: bailey request domain HOST"; empty when asking can't help
};

// Of a connection (method and path empty) or a request. A rule that blocks names no way to ask: a human decided.
[[nodiscard]] Refusal refusal_of(const Verdict& verdict, const Authority& authority, std::string_view method = {},
                                 std::string_view path = {});
// Of a host that is no name and can't be asked for: `why` from parse_host().
[[nodiscard]] Refusal refusal_of_text(std::string_view what, std::string_view why);

// {"error":"blocked_by_bailey","what":…,"why":…,"rule":…,"how_to_ask":…} and a newline. For status 403.
[[nodiscard]] std::string to_json_body(const Refusal& refusal);
// "bailey: connect to evil.example:443 refused: … (rule default); run: …", without a newline.
[[nodiscard]] std::string to_line(const Refusal& refusal);

}  // namespace bailey::gateway
