// What a branch brings, and what in it deserves a look before it is taken or published.
//
// How the room works. Everything is read from git objects of a quarantine: `git rev-list`, `git diff-tree --raw` and
// `git cat-file --batch` through git/runner.h, nothing else. Lines are compared here, by our own code, so that no
// attribute, filter, textconv, external diff, mailmap or configuration of anybody's takes part, and nothing of the tree
// is ever executed or written to disk. Rules are data (rules.h, policy/review.toml). Four inspections look at each
// change: its path, its kind (mode, link, submodule, binary), its added lines, and what its manifest declares; commits
// are looked at too. First the result (base against tip), then what only the history holds: text that one commit added
// and a later one removed is still in the objects.
//
// What it relies on. That the objects are well-formed (the quarantine's fsck) is not relied on: every answer of git's
// is parsed strictly. A limit that is reached is a finding ("not read"), never silence.
//
// What it can't do: a finding is a reason to look, no findings are no proof. See docs/review.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"
#include "git/runner.h"
#include "json/value.h"
#include "review/severity.h"

namespace bailey::review {

class RuleSet;  // rules.h; load_rules() in rule_files.h makes one

// Does some tool run or obey the file when somebody merely enters, opens, lists, tests or builds the directory? Such
// findings are decided one by one, or by rule, before the branch lands.
enum class AutoExecuting { no, yes };
// Where what was found is: in the tip's files, or only in an older commit of the branch.
enum class Place { tip, history };

struct Finding {
  std::string rule_id;  // "ci-workflow"; "user/…", "administrator/…" or "project/…" for rules of these files
  Severity severity = Severity::notice;
  std::string path;        // as the tree has it, any bytes: visible() before showing. Empty: about a commit
  std::uint32_t line = 0;  // from 1, in the file as `commit` has it; 0: the whole file
  git::Oid commit;         // the tip, or the commit that brought it when it is in the history only
  git::Oid blob;           // content that was judged; zero: none (deleted, or about a commit)
  Place place = Place::tip;
  std::string why;                 // one or two sentences, ours
  std::string how_to_look_closer;  // a command for the user's repository, or what to compare
  AutoExecuting auto_executing = AutoExecuting::no;
  std::string excerpt;     // of the line: bounded, control characters made visible, secrets masked
  std::uint32_t more = 0;  // further places of the same rule in the same file
};

struct CommitSummary {
  git::Oid id;
  std::string author;     // "Name <email>", as in the object; visible() before showing
  std::string committer;  // the same
  std::int64_t time = 0;  // of the committer, seconds since 1970
  std::string subject;
  std::uint32_t parents = 0;
};

enum class ChangeKind { added, modified, deleted, renamed, type_changed };
struct FileChange {
  ChangeKind kind = ChangeKind::modified;
  std::string path;
  std::string old_path;          // renamed only
  std::uint64_t insertions = 0;  // lines; 0 for binary files
  std::uint64_t deletions = 0;
  enum class Content { text, binary, not_read } content = Content::text;
};

// Is the base an ancestor of the tip? `rewritten`: taking the tip drops commits that the base has.
enum class Ancestry { forward, rewritten };

struct Review {
  git::Oid base;  // zero: the branch started with nothing
  git::Oid tip;
  Ancestry ancestry = Ancestry::forward;
  std::uint64_t commits = 0;
  std::uint64_t files = 0;
  std::uint64_t insertions = 0;
  std::uint64_t deletions = 0;
  std::vector<std::string> authors;        // each once, in the order of their first commit
  std::vector<CommitSummary> commit_list;  // oldest first, at most Limits::listed_commits_max
  std::vector<FileChange> file_changes;    // by path, at most Limits::listed_files_max
  std::vector<Finding> findings;           // by severity, then path and line
  std::uint64_t findings_left_out = 0;     // beyond Limits::findings_max, the least severe ones

  [[nodiscard]] std::uint64_t count(Severity at_least) const;
  [[nodiscard]] bool has_auto_executing() const;
};

struct Limits {
  std::uint64_t commits_max = 20'000;
  std::uint64_t changes_max = 200'000;                         // of one file in one commit, in all
  std::uint64_t text_bytes_max = std::uint64_t{4} << 20;       // of one file; larger ones are not read
  std::uint64_t tip_bytes_max = std::uint64_t{384} << 20;      // read for the result, both sides
  std::uint64_t history_bytes_max = std::uint64_t{384} << 20;  // read for the history besides
  std::uint64_t diff_steps_max = 200'000'000;                  // line_diff.h; then moved lines count as equal
  std::uint64_t findings_max = 2'000;
  std::uint64_t findings_per_rule_max = 200;  // the others are counted in one more finding
  std::uint64_t listed_commits_max = 20'000;
  std::uint64_t listed_files_max = 20'000;
  std::chrono::milliseconds time_max{120'000};  // of the inspections; what is left then is not read
};

// `base`: what the user has (where the branch started, or the remote's tip); zero: nothing. `tip`: not zero. Both in
// the quarantine or its stores. Errors: git can't read the objects, or its answers make no sense; then nothing is known
// of the branch, and nobody should take it.
[[nodiscard]] Result<Review> review(const git::GitRunner& runner, const git::HostRepository& quarantine,
                                    const git::Oid& base, const git::Oid& tip, const RuleSet& rules,
                                    const Limits& limits = {});

// `text` in which everything that looks like a secret is replaced by "[secret, N bytes]".
[[nodiscard]] std::string masked(std::string_view text, const RuleSet& rules);

[[nodiscard]] json::Value to_json(const Finding& finding);
[[nodiscard]] json::Value to_json(const Review& review);

}  // namespace bailey::review
