// The server's answers to a push, as bytes: report-status and side-band lines (gitprotocol-pack(5), "Report Status").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/push_request.h"

namespace bailey::git {

inline constexpr std::size_t answer_lines_max = 40;
inline constexpr std::size_t answer_line_bytes_max = 400;

struct PushAnswer {
  std::string unpack = "ok";       // or why the pack was refused
  std::string refusal;             // for every ref; empty: ok
  std::vector<std::string> lines;  // for the agent to read; shown as "remote: bailey: …"
};
// What goes to the guest, in the framing that it asked for. Text is made visible and cut to the limits.
[[nodiscard]] std::string encode(const PushAnswer& answer, const PushRequest& request);

// What git receive-pack reported.
struct GitReport {
  std::string unpack;                // "ok" or a reason
  std::string ref_refusal = "none";  // empty: ok
  [[nodiscard]] bool ok() const { return unpack == "ok" && ref_refusal.empty(); }
};
[[nodiscard]] Result<GitReport> parse_git_report(std::string_view bytes, std::string_view ref);

}  // namespace bailey::git
