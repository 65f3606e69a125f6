#include "audit/verify.h"

#include <array>

#include "audit/segments.h"
#include "base/text.h"

namespace bailey::audit {
namespace {

using namespace std::string_view_literals;
constexpr std::array kind_names = {"not_an_event"sv,  "wrong_number"sv,    "broken_chain"sv, "wrong_hash"sv,
                                   "other_session"sv, "bad_signature"sv,   "foreign_key"sv,  "unsigned_start"sv,
                                   "torn_inside"sv,   "missing_segment"sv, "truncated"sv,    "other_head"sv,
                                   "bad_head"sv,      "missing_head"sv,    "unsigned_end"sv, "missing_anchor"sv};
static_assert(kind_names.size() == static_cast<std::size_t>(ProblemKind::missing_anchor) + 1);

Status verify_segment(Verifier& verifier, const Segment& segment) {
  LineReader reader(segment.fd.get(), 0, segment.bytes);
  while (true) {
    const auto piece = TRY(reader.next());
    if (piece.kind == LineReader::Kind::none) return {};
    if (piece.kind == LineReader::Kind::line) {
      if (!verifier.feed(piece.text)) return {};
    } else {
      verifier.torn(reader.bytes_from_piece());
      return {};
    }
  }
}

std::string location(const Problem& problem) {
  return problem.line == 0 ? problem.file : problem.file + ":" + std::to_string(problem.line);
}

}  // namespace

std::string_view to_string(ProblemKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Result<VerifyReport> verify(const std::string& session_dir, const VerifyOptions& options) {
  const LogView view = TRY(open_view(session_dir));
  Verifier verifier(options);
  verifier.set_head(view.head);
  std::size_t expected = 0;
  for (const auto& segment : view.segments) {
    if (!verifier.start_file(segment_name(segment.index))) break;
    if (segment.index != expected++) {
      verifier.missing_segment(segment_name(expected - 1));
      break;
    }
    TRY_STATUS(verify_segment(verifier, segment));
  }
  return verifier.finish();
}

json::Value to_json(const VerifyReport& report) {
  json::Value value;
  value.set("intact", report.is_intact());
  value.set("session", report.session);
  value.set("events", report.events);
  value.set("checkpoints", report.checkpoints);
  value.set("unsigned_events", report.unsigned_events);
  value.set("torn_bytes", report.torn_bytes);
  value.set("recovered", report.recovered);
  value.set("dropped", report.dropped);
  value.set("head", report.head);
  value.set("last_ts", report.last_ts);
  json::Value problem;
  if (report.problem) {
    problem.set("kind", to_string(report.problem->kind));
    problem.set("file", report.problem->file);
    problem.set("line", report.problem->line);
    problem.set("why", report.problem->why);
  }
  value.set("problem", std::move(problem));
  return value;
}

std::string to_text(const VerifyReport& report) {
  std::string text;
  const auto count = [&text](std::uint64_t number, std::string_view what) {
    if (number > 0) text.append("\n  ").append(std::to_string(number)).append(what);
  };
  if (report.problem) {
    text.append(visible(location(*report.problem))).append(": ").append(visible(report.problem->why));
    text.append(" (").append(to_string(report.problem->kind)).append(")");
    text.append("\n  ").append(std::to_string(report.events)).append(" events before it are intact");
  } else {
    text = "intact: " + std::to_string(report.events) + " events, " + std::to_string(report.checkpoints) +
           " signed checkpoints, head " + report.head;
    count(report.unsigned_events, " events at the end are not signed yet: the session runs, or was killed");
    count(report.torn_bytes, " bytes of a torn event at the end: a kill or a power loss; the next command repairs it");
  }
  count(report.recovered, " torn ends were repaired, their bytes kept in 'recovered' events");
  count(report.dropped, " events were dropped because the log was full");
  return text;
}

}  // namespace bailey::audit
