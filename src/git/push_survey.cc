#include "git/push_survey.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/text.h"
#include "git/remote_refs.h"

namespace bailey::git {
namespace {

constexpr std::size_t viewed_files_max = 200;
constexpr std::uint64_t viewed_lines_max = 5'000;
// Larger blobs are not read for the sake of a line count.
constexpr std::string_view large_blob_setting = "core.bigFileThreshold=1m";

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  text = trim(text);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class Survey {
 public:
  Survey(const GitRunner& runner, const HostRepository& quarantine, std::string_view remote)
      : runner_(runner), quarantine_(quarantine), published_("--glob=" + namespace_prefix(remote) + "*") {}

  Result<PushSummary> run(std::span<const PushCommand> commands) {
    for (const auto& command : commands)
      summary_.changes.push_back({command.ref, command.old_oid, command.new_oid, ChangeKind::create, {}, 0});
    TRY_STATUS(learn_types());
    TRY_STATUS(learn_kinds());
    TRY_STATUS(learn_commits());
    TRY_STATUS(learn_files());
    TRY_STATUS(learn_view());
    return std::move(summary_);
  }

 private:
  Invocation invocation(std::vector<std::string> arguments) const {
    Invocation call{
        .git_dir = quarantine_.git_dir, .arguments = std::move(arguments), .object_directory = {}, .reach = {}};
    call.reach.read_only = quarantine_.object_stores;
    return call;
  }
  Result<std::string> git(std::vector<std::string> arguments, std::string_view input = {}) const {
    return runner_.output_of(invocation(std::move(arguments)), input);
  }

  Status learn_types() {
    std::set<std::string> oids;
    for (const auto& change : summary_.changes) {
      if (!change.new_oid.is_zero()) oids.insert(change.new_oid.hex());
      if (!change.old_oid.is_zero()) oids.insert(change.old_oid.hex());
    }
    std::string input;
    for (const auto& oid : oids) input += oid + '\n';
    const auto output = TRY(git({"cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer"}, input));
    for (const auto line : split(output, '\n'))
      if (const auto space = line.find(' '); space != std::string_view::npos)
        types_.emplace(line.substr(0, space), line.substr(space + 1));
    for (auto& change : summary_.changes)
      if (!change.new_oid.is_zero()) change.type = type_of(change.new_oid);
    return {};
  }
  std::string type_of(const Oid& oid) const {
    const auto found = types_.find(oid.hex());
    return found == types_.end() || found->second == "missing" ? std::string() : found->second;
  }

  // By ancestry: what the client called it does not matter.
  Status learn_kinds() {
    std::size_t looked_at = 0;
    for (auto& change : summary_.changes) {
      if (change.new_oid.is_zero()) {
        change.kind = ChangeKind::remove;
      } else if (!change.old_oid.is_zero()) {
        const bool comparable = change.ref.starts_with("refs/heads/") && type_of(change.old_oid) == "commit" &&
                                change.type == "commit" && ++looked_at <= surveyed_rewrites_max;
        change.kind = comparable && TRY(is_ancestor(change.old_oid, change.new_oid)) ? ChangeKind::fast_forward
                                                                                     : ChangeKind::force;
        if (comparable && change.kind == ChangeKind::force)
          change.lost_commits =
              number_in(TRY(git({"rev-list", "--count", change.old_oid.hex(), "--not", change.new_oid.hex()})));
      }
    }
    return {};
  }
  Result<bool> is_ancestor(const Oid& old_oid, const Oid& new_oid) const {
    const auto output = TRY(runner_.run(invocation({"merge-base", "--is-ancestor", old_oid.hex(), new_oid.hex()})));
    return output.exit_status == 0;
  }

  // Commits and tags; trees and blobs have no history.
  std::string new_tips() const {
    std::string input;
    for (const auto& change : summary_.changes)
      if (change.type == "commit" || change.type == "tag") input += change.new_oid.hex() + '\n';
    return input;
  }

  Status learn_commits() {
    const std::string tips = new_tips();
    if (tips.empty()) return {};
    // A tag of a tree can't be walked: then nothing is counted, and the change itself says what it is.
    const auto count = git({"rev-list", "--count", "--stdin", "--not", published_}, tips);
    if (!count) return {};
    summary_.commits = number_in(*count);
    if (summary_.commits == 0) return {};
    const auto log = TRY(git({"log", "-z", "--no-mailmap", "--no-color", "--no-decorate", "--format=%an <%ae>%n%s",
                              "--max-count=" + std::to_string(survey_subjects_max), "--stdin", "--not", published_},
                             tips));
    for (const auto record : split(log, '\0')) {
      const auto end = record.find('\n');
      if (end == std::string_view::npos) continue;
      const std::string author(record.substr(0, end));
      auto& authors = summary_.authors;
      if (authors.size() < survey_authors_max && std::find(authors.begin(), authors.end(), author) == authors.end())
        authors.push_back(author);
      summary_.subjects.emplace_back(record.substr(end + 1));
    }
    return {};
  }

  // What the remote has already of the new history: the merge base with the ref's old value, else the point where the
  // new commits begin; the empty tree when they begin at nothing.
  Result<std::string> base_of(const RefChange& change) {
    const std::string tip = change.new_oid.hex();
    if (!change.old_oid.is_zero()) {
      const auto base = TRY(runner_.run(invocation({"merge-base", change.old_oid.hex(), tip})));
      if (base.exit_status == 0) return std::string(trim(base.out));
    }
    const auto boundary = TRY(git({"rev-list", "--boundary", tip, "--not", published_}));
    const auto mark = boundary.find("\n-");
    if (mark != std::string::npos) return std::string(trim(std::string_view(boundary).substr(mark + 2, tip.size())));
    if (boundary.empty()) return tip;  // nothing new
    empty_tree_ = trim(TRY(git({"hash-object", "-t", "tree", "--stdin"})));
    return empty_tree_;
  }

  Status learn_files() {
    std::size_t looked_at = 0;
    std::set<std::string> paths;
    for (const auto& change : summary_.changes) {
      if (change.type != "commit" || ++looked_at > surveyed_diffs_max) continue;
      const auto base = TRY(base_of(change));
      const auto base_oid = Oid::parse(base);
      const bool has_base = base_oid && base != empty_tree_;
      summary_.ranges.push_back({has_base ? *base_oid : Oid(), change.new_oid});
      if (first_base_.empty()) {
        first_base_ = base;
        first_tip_ = change.new_oid.hex();
      }
      const auto diff = TRY(git({"-c", std::string(large_blob_setting), "diff-tree", "-r", "-z", "--numstat",
                                 "--no-renames", base, change.new_oid.hex()}));
      for (const auto record : split(diff, '\0')) take_file(record, paths);
    }
    summary_.paths.assign(paths.begin(), paths.end());
    return {};
  }

  // "12\t3\tpath"; "-\t-\tpath" of a binary file.
  void take_file(std::string_view record, std::set<std::string>& paths) {
    const auto first = record.find('\t');
    const auto second = record.find('\t', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return;
    if (++summary_.files <= viewed_files_max)
      summary_.view.append(record.substr(second + 1))
          .append(" | +")
          .append(record.substr(0, first))
          .append(" −")
          .append(record.substr(first + 1, second - first - 1)) += '\n';
    if (record.starts_with('-')) has_binary_ = true;
    summary_.insertions += number_in(record.substr(0, first));
    summary_.deletions += number_in(record.substr(first + 1, second - first - 1));
    if (paths.size() < survey_paths_max) paths.emplace(record.substr(second + 1));
  }

  // The list of files is there already; the lines themselves only where there are few, because it costs another look at
  // every file.
  Status learn_view() {
    const bool is_small = summary_.files <= viewed_files_max && !has_binary_ &&
                          summary_.insertions + summary_.deletions <= viewed_lines_max;
    if (summary_.files > viewed_files_max) summary_.view += "…\n";
    if (first_base_.empty() || first_base_ == first_tip_ || !is_small) return {};
    const auto diff = TRY(git({"-c", std::string(large_blob_setting), "diff-tree", "-r", "-p", "--no-color",
                               "--no-ext-diff", "--no-textconv", "--no-renames", first_base_, first_tip_}));
    summary_.view.append("\n").append(diff, 0, survey_view_bytes_max);
    if (summary_.view.size() > survey_view_bytes_max) {
      summary_.view.resize(survey_view_bytes_max);
      summary_.view += "\n…";
    }
    return {};
  }

  const GitRunner& runner_;
  const HostRepository& quarantine_;
  std::string published_;
  std::map<std::string, std::string> types_;
  std::string empty_tree_;
  std::string first_base_;
  std::string first_tip_;
  bool has_binary_ = false;
  PushSummary summary_;
};

}  // namespace

Result<PushSummary> survey_push(const GitRunner& runner, const HostRepository& quarantine, std::string_view remote,
                                std::span<const PushCommand> commands) {
  return Survey(runner, quarantine, remote).run(commands);
}

}  // namespace bailey::git
