#include "git/publish_report.h"

#include <algorithm>

#include "json/write.h"

namespace bailey::git {
namespace {

constexpr std::size_t text_bytes_max = 300;
std::string cut(const std::string& text) { return text.substr(0, text_bytes_max); }

json::Array refs_of(const PublishReport& report) {
  json::Array refs;
  const auto& changes = report.summary.changes;
  for (std::size_t i = 0; i < std::min(changes.size(), reported_refs_max); ++i) {
    json::Object ref{{"ref", cut(changes[i].ref)},
                     {"old", changes[i].old_oid.hex()},
                     {"new", changes[i].new_oid.hex()},
                     {"kind", name_of(changes[i].kind)}};
    if (i < report.outcome.refusals.size())
      ref.emplace_back("outcome", report.outcome.refusals[i].empty() ? "ok" : cut(report.outcome.refusals[i]));
    refs.emplace_back(std::move(ref));
  }
  return refs;
}

}  // namespace

std::string_view name_of(PublishEnd end) {
  switch (end) {
    case PublishEnd::refused:
      return "refused";
    case PublishEnd::denied:
      return "denied";
    case PublishEnd::held:
      return "held";
    case PublishEnd::published:
      return "pushed";
    case PublishEnd::failed:
      return "failed";
    case PublishEnd::fetched:
      return "fetched";
  }
  return "refused";
}

std::string to_line(const PublishReport& report) {
  const auto& changes = report.summary.changes;
  const auto count = [&](ChangeKind kind) {
    return std::count_if(changes.begin(), changes.end(), [&](const RefChange& change) { return change.kind == kind; });
  };
  return json::write(json::Object{{"op", report.op},
                                  {"remote", cut(report.remote)},
                                  {"label", cut(report.label)},
                                  {"end", name_of(report.end)},
                                  {"rule", cut(report.rule)},
                                  {"reason", cut(report.reason)},
                                  {"by", cut(report.by)},
                                  {"commits", report.summary.commits},
                                  {"files", report.summary.files},
                                  {"bytes", report.summary.bytes},
                                  {"objects", report.summary.objects},
                                  {"force", count(ChangeKind::force)},
                                  {"delete", count(ChangeKind::remove)},
                                  {"ref_count", changes.size()},
                                  {"refs", refs_of(report)}}) +
         '\n';
}

}  // namespace bailey::git
