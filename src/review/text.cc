#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "review/hidden_text.h"
#include "review/render.h"

namespace bailey::review {
namespace {

constexpr std::size_t subject_bytes_max = 100;
constexpr std::size_t path_bytes_max = 200;
constexpr int bar_width = 40;

// One line, bounded; a code point that is cut shows as bytes.
std::string line_of(std::string_view text, std::size_t bytes_max) {
  std::string shown = revealed(text.substr(0, bytes_max));
  return text.size() > bytes_max ? shown + "…" : shown;
}

class Writer {
 public:
  Writer(const Review& review, const TextOptions& options) : review_(review), options_(options) {}

  std::string run() {
    head();
    commits();
    files();
    findings();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string in(std::string_view colour, std::string_view text) const {
    return options_.colour == Colour::no ? std::string(text) : fmt::format("\033[{}m{}\033[0m", colour, text);
  }
  void line(const std::string& text = {}) { out_ += text + '\n'; }

  static std::string count(std::uint64_t number, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
  }

  void head() {
    line(in("1", fmt::format("{}: {}, {} changed, +{} -{}", line_of(options_.session, path_bytes_max),
                             count(review_.commits, "commit", "commits"), count(review_.files, "file", "files"),
                             review_.insertions, review_.deletions)));
    const std::string base = review_.base.is_zero() ? "nothing" : review_.base.short_hex();
    line(fmt::format("branch {}, from {} to {}", line_of(options_.branch, path_bytes_max), base,
                     review_.tip.short_hex()));
    std::string authors;
    for (const auto& author : review_.authors) {
      if (authors.size() > 2 * path_bytes_max) {
        authors += ", …";
        break;
      }
      authors += (authors.empty() ? "" : ", ") + line_of(author, subject_bytes_max);
    }
    if (!authors.empty()) line((review_.authors.size() == 1 ? "author " : "authors ") + authors);
  }

  void commits() {
    if (review_.commit_list.empty()) return;
    line();
    const std::size_t shown = std::min(review_.commit_list.size(), options_.commits_max);
    for (std::size_t i = review_.commit_list.size(); i > review_.commit_list.size() - shown; --i) {
      const auto& commit = review_.commit_list[i - 1];
      line("  " + in("33", commit.id.short_hex()) + " " + line_of(commit.subject, subject_bytes_max) +
           (commit.parents > 1 ? " (merge)" : ""));
    }
    if (review_.commits > shown) line(fmt::format("  and {} older", review_.commits - shown));
  }

  static std::string bar(std::uint64_t insertions, std::uint64_t deletions) {
    const std::uint64_t all = insertions + deletions;
    const std::uint64_t most = bar_width;
    const auto scaled = [&](std::uint64_t part) { return all <= most ? part : (part * most + all - 1) / all; };
    return std::string(scaled(insertions), '+') + std::string(scaled(deletions), '-');
  }

  void files() {
    if (review_.file_changes.empty()) return;
    line();
    const std::size_t shown = std::min(review_.file_changes.size(), options_.files_max);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& change = review_.file_changes[i];
      std::string path = line_of(change.path, path_bytes_max);
      if (!change.old_path.empty()) path = line_of(change.old_path, path_bytes_max) + " => " + path;
      std::string what = bar(change.insertions, change.deletions);
      if (change.content == FileChange::Content::binary) what = "binary";
      if (change.content == FileChange::Content::not_read) what = "not read";
      line(fmt::format("  {} | {} {}{}", path, change.insertions + change.deletions, what,
                       change.kind == ChangeKind::deleted ? " (deleted)"
                       : change.kind == ChangeKind::added ? " (new)"
                                                          : ""));
    }
    if (review_.files > shown) line(fmt::format("  and {} more", review_.files - shown));
  }

  void findings() {
    line();
    if (review_.findings.empty()) {
      line("No findings. That is no proof: read the diff before you take it.");
      return;
    }
    static constexpr Severity order[] = {Severity::critical, Severity::high, Severity::warning, Severity::notice};
    std::string summary;
    for (const auto severity : order) {
      const auto found = std::ranges::count(review_.findings, severity, &Finding::severity);
      if (found > 0) summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", found, to_string(severity));
    }
    line(in("1", "Findings: " + summary));
    for (const auto& finding : review_.findings) show(finding);
    if (review_.findings_left_out > 0) line(fmt::format("\nand {} more that are not kept", review_.findings_left_out));
    if (review_.has_auto_executing())
      line("\n[runs by itself]: a tool runs or obeys it when the directory is entered, opened, built or tested.");
  }

  void show(const Finding& finding) {
    static constexpr std::string_view colours[] = {"36", "33", "31", "1;31"};
    std::string where =
        finding.path.empty() ? "commit " + finding.commit.short_hex() : line_of(finding.path, path_bytes_max);
    if (finding.line > 0) where += fmt::format(":{}", finding.line);
    if (finding.place == Place::history && !finding.path.empty()) where += " in commit " + finding.commit.short_hex();
    line();
    line(in(colours[static_cast<std::size_t>(finding.severity)], to_string(finding.severity)) + "  " + in("1", where) +
         "  " + finding.rule_id + (finding.auto_executing == AutoExecuting::yes ? "  [runs by itself]" : ""));
    line("    " + line_of(finding.why, 1'000));
    if (!finding.excerpt.empty()) line("    > " + finding.excerpt);
    if (finding.more > 0) line(fmt::format("    and in {} more of this file", count(finding.more, "place", "places")));
    line("    look: " + line_of(finding.how_to_look_closer, 400));
  }

  const Review& review_;
  const TextOptions& options_;
  std::string out_;
};

}  // namespace

std::string to_text(const Review& review, const TextOptions& options) { return Writer(review, options).run(); }

}  // namespace bailey::review
