#include "git/push_answer.h"

#include <algorithm>

#include "base/text.h"
#include "git/pkt_line.h"

namespace bailey::git {
namespace {

std::string one_line(std::string_view text) { return visible(text.substr(0, answer_line_bytes_max)); }

std::string report_of(const PushAnswer& answer, const PushRequest& request) {
  std::string report;
  append_pkt(report, "unpack " + one_line(answer.unpack) + '\n');
  for (std::size_t i = 0; i < request.commands.size(); ++i) {
    const auto& command = request.commands[i];
    const auto& own = i < answer.refusals.size() && !answer.refusals[i].empty() ? answer.refusals[i] : answer.refusal;
    // The name goes back as it came: the client finds its own ref by it. It holds neither NUL nor newline.
    if (own.empty()) append_pkt(report, "ok " + command.ref + '\n');
    else append_pkt(report, "ng " + command.ref + ' ' + one_line(own) + '\n');
  }
  append_flush(report);
  return report;
}

}  // namespace

std::string encode(const PushAnswer& answer, const PushRequest& request) {
  const bool reported = request.reporting() == Reporting::report_status;
  if (request.framing() == Framing::plain) return reported ? report_of(answer, request) : std::string();
  std::string bytes;
  for (std::size_t i = 0; i < std::min(answer.lines.size(), answer_lines_max); ++i)
    append_band(bytes, Band::progress, "bailey: " + one_line(answer.lines[i]) + '\n');
  if (reported) append_band(bytes, Band::data, report_of(answer, request));
  append_flush(bytes);
  return bytes;
}

Result<GitReport> parse_git_report(std::string_view bytes, std::string_view ref) {
  GitReport report;
  while (true) {
    const auto pkt = TRY(parse_pkt(bytes));
    if (!pkt) return fail("git receive-pack", "its report is cut off");
    if (pkt->kind != PktKind::data) return report;
    bytes.remove_prefix(pkt->bytes);
    const auto line = trim(pkt->payload);
    if (line.starts_with("unpack ")) report.unpack = line.substr(7);
    else if (line == "ok " + std::string(ref)) report.ref_refusal.clear();
    else if (line.starts_with("ng " + std::string(ref) + ' ')) report.ref_refusal = line.substr(4 + ref.size());
    else return fail("git receive-pack", "its report is not understood");
  }
}

Result<GitReport> parse_git_report_of_many(std::string_view bytes, std::size_t refs) {
  GitReport report{.unpack = {}, .ref_refusal = {}};
  std::size_t accepted = 0;
  while (true) {
    const auto pkt = TRY(parse_pkt(bytes));
    if (!pkt) return fail("git receive-pack", "its report is cut off");
    if (pkt->kind != PktKind::data) break;
    bytes.remove_prefix(pkt->bytes);
    const auto line = trim(pkt->payload);
    if (line.starts_with("unpack ")) report.unpack = line.substr(7);
    else if (line.starts_with("ok ")) ++accepted;
    else if (line.starts_with("ng ")) report.ref_refusal = line.substr(std::min(line.find(' ', 3), line.size()));
    else return fail("git receive-pack", "its report is not understood");
  }
  if (accepted != refs && report.ref_refusal.empty()) report.ref_refusal = "not all of it was taken";
  return report;
}

std::string progress_line(std::string_view text, const PushRequest& request) {
  std::string bytes;
  if (request.framing() == Framing::side_band) append_band(bytes, Band::progress, "bailey: " + one_line(text) + '\n');
  return bytes;
}

}  // namespace bailey::git
