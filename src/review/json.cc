#include "review/review.h"

namespace bailey::review {
namespace {

std::string_view word_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return "added";
    case ChangeKind::deleted:
      return "deleted";
    case ChangeKind::renamed:
      return "renamed";
    case ChangeKind::type_changed:
      return "type-changed";
    case ChangeKind::modified:
      break;
  }
  return "modified";
}

json::Value to_json(const CommitSummary& commit) {
  json::Value value;
  value.set("commit", commit.id.hex());
  value.set("author", commit.author);
  value.set("committer", commit.committer);
  value.set("time", commit.time);
  value.set("subject", commit.subject);
  value.set("parents", commit.parents);
  return value;
}

json::Value to_json(const FileChange& change) {
  json::Value value;
  value.set("path", change.path);
  value.set("change", word_of(change.kind));
  if (!change.old_path.empty()) value.set("old_path", change.old_path);
  value.set("insertions", change.insertions);
  value.set("deletions", change.deletions);
  value.set("content", change.content == FileChange::Content::text     ? "text"
                       : change.content == FileChange::Content::binary ? "binary"
                                                                       : "not read");
  return value;
}

template <typename T>
json::Value list(const std::vector<T>& entries) {
  json::Array array;
  array.reserve(entries.size());
  for (const auto& entry : entries) array.push_back(to_json(entry));
  return array;
}

}  // namespace

json::Value to_json(const Finding& finding) {
  json::Value value;
  value.set("rule", finding.rule_id);
  value.set("severity", to_string(finding.severity));
  value.set("path", finding.path);
  value.set("line", finding.line);
  value.set("commit", finding.commit.hex());
  value.set("blob", finding.blob.hex());
  value.set("place", finding.place == Place::tip ? "tip" : "history");
  value.set("auto_executing", finding.auto_executing == AutoExecuting::yes);
  value.set("why", finding.why);
  value.set("look", finding.how_to_look_closer);
  value.set("excerpt", finding.excerpt);
  value.set("more", finding.more);
  return value;
}

json::Value to_json(const Review& review) {
  json::Value value;
  value.set("base", review.base.hex());
  value.set("tip", review.tip.hex());
  value.set("rewritten", review.ancestry == Ancestry::rewritten);
  value.set("commits", review.commits);
  value.set("files", review.files);
  value.set("insertions", review.insertions);
  value.set("deletions", review.deletions);
  json::Array authors;
  for (const auto& author : review.authors) authors.emplace_back(author);
  value.set("authors", std::move(authors));
  json::Value counts;
  for (const auto word : severity_words) {
    std::uint64_t count = 0;
    for (const auto& finding : review.findings) count += to_string(finding.severity) == word ? 1 : 0;
    counts.set(std::string(word), count);
  }
  value.set("counts", std::move(counts));
  value.set("findings", list(review.findings));
  value.set("findings_left_out", review.findings_left_out);
  value.set("commit_list", list(review.commit_list));
  value.set("file_changes", list(review.file_changes));
  return value;
}

}  // namespace bailey::review
