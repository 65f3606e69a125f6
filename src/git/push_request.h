// What a guest asks for with `git push`, and whether it gets it: parsed and decided without I/O (gitprotocol-pack(5),
// "Reference Update Request and Packfile Transfer").
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/oid.h"

namespace bailey::git {

inline constexpr std::size_t push_commands_max =
    256;  // more than one is refused; this many are still named in the answer
inline constexpr std::size_t push_shallows_max = 100'000;
inline constexpr std::size_t push_capabilities_bytes_max = 4096;
inline constexpr std::size_t push_lines_max = push_commands_max + push_shallows_max;

struct PushCommand {
  Oid old_oid;
  Oid new_oid;
  std::string ref;  // not yet checked: any bytes but NUL and newline
};

enum class Reporting { none, report_status };
enum class Framing { plain, side_band };

struct PushRequest {
  std::vector<PushCommand> commands;
  std::vector<Oid> shallows;
  std::vector<std::string> capabilities;
  bool has_certificate = false;  // push-cert: refused, and its lines are not read further

  [[nodiscard]] Reporting reporting() const;
  [[nodiscard]] Framing framing() const;
};

// `lines`: the payloads up to the flush packet. Errors mean that the peer does not speak the protocol.
[[nodiscard]] Result<PushRequest> parse_push_request(std::span<const std::string> lines, ObjectFormat format,
                                                     std::size_t commands_max = push_commands_max);

struct PushFacts {
  std::string branch;  // the session's, short
  ObjectFormat format = ObjectFormat::sha1;
  Oid current;                     // of the branch in the quarantine
  std::vector<Oid> known_shallow;  // boundaries of the host's own shallow clone
};

enum class PushVerdict { allow, deny };
struct PushDecision {
  PushVerdict verdict = PushVerdict::deny;
  std::string reason;               // short, for the status line of each ref and the log
  std::vector<std::string> advice;  // what the agent may do instead, one line each
};
[[nodiscard]] PushDecision decide_push(const PushRequest& request, const PushFacts& facts);
// What was not offered to the client, whatever it pushes: signatures, options, atomic pushes, another object format.
[[nodiscard]] std::optional<PushDecision> refuse_capabilities(const PushRequest& request, ObjectFormat format);

// "PACK", version, number of objects: gitformat-pack(5).
inline constexpr std::size_t pack_header_bytes = 12;
[[nodiscard]] Result<std::uint32_t> pack_object_count(std::string_view header);

// The capability list we advertise.
[[nodiscard]] std::string push_capabilities(ObjectFormat format);

}  // namespace bailey::git
