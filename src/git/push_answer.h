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
  std::vector<std::string> refusals =
      {};  // for each ref by itself, in the order of the request; counts beside `refusal`
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
// The same for a push of several refs whose names are ours: `ref_refusal` is that of the first refused one.
[[nodiscard]] Result<GitReport> parse_git_report_of_many(std::string_view bytes, std::size_t refs);

// One line for the client's terminal, while it waits; empty when it did not ask for side-band lines.
[[nodiscard]] std::string progress_line(std::string_view text, const PushRequest& request);

}  // namespace bailey::git
