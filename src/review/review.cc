#include "review/review.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "review/collector.h"
#include "review/git_source.h"
#include "review/inspect.h"
#include "review/line_diff.h"
#include "review/path_name.h"

namespace bailey::review {
namespace {

constexpr std::uint64_t link_bytes_max = 4'096;  // PATH_MAX: longer ones can't be checked out
constexpr std::size_t aliases_max = 1'000;       // links whose targets are looked at

// One change to be read, and where its findings go.
struct Item {
  const RawChange* change = nullptr;
  Subject subject;
  FileChange* listed = nullptr;  // for the diffstat; nullptr in the history
};

class Inspector {
 public:
  Inspector(const git::GitRunner& runner, const git::HostRepository& quarantine, const CompiledRules& rules,
            const Limits& limits)
      : source_(runner, quarantine),
        limits_(limits),
        out_(rules, limits),
        steps_left_(limits.diff_steps_max),
        deadline_(std::chrono::steady_clock::now() + limits.time_max) {}

  Result<Review> run(const git::Oid& base, const git::Oid& tip) {
    review_.base = base;
    review_.tip = tip;
    auto commits = TRY(source_.commits(base, tip, limits_.commits_max));
    if (commits.size() > limits_.commits_max)
      note_unread("It has more than " + std::to_string(limits_.commits_max) +
                  " commits; the older ones were not looked at.");
    review_.commits = commits.size();
    if (!TRY(source_.is_ancestor(base, tip))) {
      review_.ancestry = Ancestry::rewritten;
      out_.add(Check::history_rewritten, tip_subject());
    }
    TRY_STATUS(inspect_result(base, tip));
    TRY_STATUS(inspect_commits(commits));
    TRY_STATUS(inspect_history(commits));
    total();
    out_.finish(review_);
    return std::move(review_);
  }

 private:
  [[nodiscard]] Subject tip_subject() const {
    Subject subject;
    subject.commit = review_.tip;
    return subject;
  }
  void note_unread(std::string words) {
    out_.add(Check::not_read, tip_subject(), {.words = words, .severity = Severity::high, .same = words});
  }

  Status inspect_result(const git::Oid& base, const git::Oid& tip) {
    changes_ = TRY(source_.changes(base, tip));
    review_.files = changes_.size();
    if (changes_.size() > limits_.changes_max) {
      note_unread(std::to_string(changes_.size()) + " files changed; only the first " +
                  std::to_string(limits_.changes_max) + " were looked at.");
      changes_.resize(limits_.changes_max);
    }
    std::vector<FileChange> listed(changes_.size());
    std::vector<Item> items;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const RawChange& change = changes_[i];
      Subject subject{change.path, comparable(change.path), tip, change.after.oid, Place::tip};
      inspect_path(out_, change, subject);
      inspect_kind(out_, change, subject);
      list(change, listed[i]);
      items.push_back({&change, std::move(subject), &listed[i]});
    }
    inspect_changes(out_, changes_, tip);
    TRY_STATUS(find_aliases(tip));
    TRY_STATUS(read_all(items, limits_.tip_bytes_max));
    review_.file_changes = std::move(listed);
    return {};
  }

  static void list(const RawChange& change, FileChange& listed) {
    listed.path = change.path;
    listed.old_path = change.old_path;
    const TreeEntry& before = change.before.front();
    listed.kind = !change.after.is_there()                     ? ChangeKind::deleted
                  : !before.is_there()                         ? ChangeKind::added
                  : !change.old_path.empty()                   ? ChangeKind::renamed
                  : before.is_file() != change.after.is_file() ? ChangeKind::type_changed
                                                               : ChangeKind::modified;
  }

  Status find_aliases(const git::Oid& tip) {
    auto links = source_.links(tip);
    if (!links) {
      note_unread("Its tree is too large to look for symbolic links in it.");
      return {};
    }
    if (links->size() > aliases_max) {
      note_unread("It has more than " + std::to_string(aliases_max) + " symbolic links.");
      links->resize(aliases_max);
    }
    std::vector<git::Oid> oids;
    for (const auto& [path, entry] : *links) oids.push_back(entry.oid);
    const auto sizes = TRY(source_.sizes(oids));
    std::erase_if(oids, [&](const git::Oid& oid) {
      const auto size = sizes.find(oid.hex());
      return size == sizes.end() || size->second > link_bytes_max;
    });
    const auto contents = TRY(source_.contents(oids));
    std::vector<TreeLink> found;
    for (const auto& [path, entry] : *links)
      if (const auto* target = contents.find(entry.oid)) found.push_back({path, std::string(*target)});
    inspect_aliases(out_, changes_, found, tip);
    return {};
  }

  Status inspect_commits(const std::vector<git::Oid>& commits) {
    const auto sizes = TRY(source_.sizes(commits));
    std::vector<git::Oid> group;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < commits.size(); ++i) {
      const auto size = sizes.find(commits[i].hex());
      if (size == sizes.end()) return fail("read commit " + commits[i].short_hex(), "the repository does not have it");
      if (size->second > limits_.text_bytes_max) {
        Subject subject;
        subject.commit = commits[i];
        inspect_unread(out_, subject, size->second, "a commit's text of that size is not read");
        continue;
      }
      group.push_back(commits[i]);
      bytes += size->second;
      if (bytes >= group_bytes_max) TRY_STATUS(read_commits(group, bytes));
    }
    return read_commits(group, bytes);
  }

  Status read_commits(std::vector<git::Oid>& group, std::uint64_t& bytes) {
    const auto contents = TRY(source_.contents(group));
    for (const auto& oid : group) {
      const auto* text = contents.find(oid);
      if (text == nullptr) return fail("read commit " + oid.short_hex(), "the repository does not have it");
      const auto commit = TRY(parse_commit(*text));
      Subject subject;
      subject.commit = oid;
      inspect_commit(out_, subject, commit);
      const std::string author(commit.author.name_and_email);
      if (authors_.insert(author).second && review_.authors.size() < limits_.listed_commits_max)
        review_.authors.push_back(author);
      if (review_.commit_list.size() >= limits_.listed_commits_max) continue;
      review_.commit_list.push_back({oid, author, std::string(commit.committer.name_and_email), commit.committer.time,
                                     std::string(commit.subject), commit.parents});
    }
    group.clear();
    bytes = 0;
    return {};
  }

  // What commits brought that the result does not show.
  Status inspect_history(const std::vector<git::Oid>& commits) {
    auto history = TRY(source_.changes_of(commits));
    std::set<std::pair<std::string_view, std::string_view>> in_tip;  // path, blob
    for (const auto& change : changes_) in_tip.emplace(change.path, change.after.oid.hex());
    std::set<std::string_view> paths;
    for (const auto& change : changes_)
      if (change.after.is_there()) paths.insert(change.path);
    std::set<std::string> seen;
    std::vector<Item> items;
    std::uint64_t count = 0;
    for (const auto& commit : history)
      for (const auto& change : commit.changes) {
        if (++count > limits_.changes_max) {
          note_unread("Its commits change more than " + std::to_string(limits_.changes_max) + " files in all.");
          return read_all(items, limits_.history_bytes_max);
        }
        if (!change.after.is_there()) continue;
        Subject subject{change.path, "", commit.commit, change.after.oid, Place::history};
        if (paths.insert(change.path).second) {
          subject.comparable = comparable(change.path);
          inspect_path(out_, change, subject);
        }
        const bool merge = change.before.size() > 1;
        if (!merge && in_tip.contains({change.path, change.after.oid.hex()})) continue;
        if (!seen.insert(change.path + '\0' + change.before.front().oid.hex() + change.after.oid.hex()).second)
          continue;
        if (subject.comparable.empty()) subject.comparable = comparable(change.path);
        items.push_back({&change, std::move(subject), nullptr});
      }
    return read_all(items, limits_.history_bytes_max);
  }

  // Reads what the items need, as much at a time as fits, and looks at it.
  Status read_all(const std::vector<Item>& items, std::uint64_t bytes_max) {
    std::vector<git::Oid> oids;
    for (const auto& item : items) {
      for (const auto& before : item.change->before)
        if (is_read(before)) oids.push_back(before.oid);
      if (is_read(item.change->after)) oids.push_back(item.change->after.oid);
    }
    sort_unique(oids);
    const auto sizes = TRY(source_.sizes(oids));
    Reading reading{items, sizes, bytes_max};
    for (std::size_t i = 0; i < items.size();) {
      const auto group = next_group(reading);
      const auto contents = TRY(source_.contents(group.wanted, group.bytes));
      for (; i < group.end; ++i) look_at(items[i], contents, sizes);
    }
    return {};
  }

  // Items up to `end`, whose objects are fetched together.
  struct Group {
    std::size_t end = 0;
    std::uint64_t bytes = 0;
    std::vector<git::Oid> wanted;
  };
  struct Reading {
    const std::vector<Item>& items;
    const GitSource::Sizes& sizes;
    std::uint64_t bytes_left;
    std::size_t next = 0;
  };
  [[nodiscard]] Group next_group(Reading& reading) const {
    Group group;
    for (; reading.next < reading.items.size() && group.bytes < group_bytes_max; ++reading.next)
      for (const auto& [oid, size] : needs_of(reading.items[reading.next], reading.sizes, reading.bytes_left > 0)) {
        group.wanted.push_back(oid);
        group.bytes += size;
        reading.bytes_left -= std::min(size, reading.bytes_left);
      }
    sort_unique(group.wanted);
    group.end = reading.next;
    return group;
  }

  static bool is_read(const TreeEntry& entry) { return entry.is_file() || entry.is_link(); }
  static void sort_unique(std::vector<git::Oid>& oids) {
    std::ranges::sort(oids);
    const auto [first, last] = std::ranges::unique(oids);
    oids.erase(first, last);
  }

  using Needs = std::vector<std::pair<git::Oid, std::uint64_t>>;
  [[nodiscard]] Needs needs_of(const Item& item, const GitSource::Sizes& sizes, bool within_limit) const {
    Needs needs;
    if (!within_limit || std::chrono::steady_clock::now() > deadline_) return needs;
    const auto add = [&](const TreeEntry& entry) {
      if (!is_read(entry)) return;
      const auto size = sizes.find(entry.oid.hex());
      if (size == sizes.end() || size->second > (entry.is_link() ? link_bytes_max : limits_.text_bytes_max)) return;
      needs.emplace_back(entry.oid, size->second);
    };
    add(item.change->after);
    // The old side alone is of use when the new one is read, or when there is none (for the diffstat).
    if (needs.empty() && item.change->after.is_there()) return needs;
    for (const auto& before : item.change->before) add(before);
    return needs;
  }

  void look_at(const Item& item, const GitSource::Contents& contents, const GitSource::Sizes& sizes) {
    const TreeEntry& entry = item.change->after;
    std::vector<std::string_view> before;
    for (const auto& old : item.change->before) {
      const auto* text = old.is_file() ? contents.find(old.oid) : nullptr;
      if (text != nullptr) before.push_back(*text);
      else if (item.change->before.size() > 1) before.emplace_back();
    }
    if (!entry.is_there()) return look_at_deleted(item, before);
    if (!is_read(entry)) return;
    const auto* after = contents.find(entry.oid);
    if (after == nullptr) {
      const auto size = sizes.find(entry.oid.hex());
      if (item.listed != nullptr) item.listed->content = FileChange::Content::not_read;
      if (size == sizes.end()) inspect_unread(out_, item.subject, 0, "the repository does not have it");
      else if (size->second > limits_.text_bytes_max)
        inspect_unread(out_, item.subject, size->second, "files of that size are not read");
      else inspect_unread(out_, item.subject, size->second, "the branch has more than a review reads");
      return;
    }
    if (entry.is_link()) return inspect_link(out_, item.subject, *after);
    look_at_file(item, before, *after);
  }

  void look_at_deleted(const Item& item, const std::vector<std::string_view>& before) const {
    if (item.listed == nullptr || before.empty()) return;
    if (before.front().find('\0') != std::string_view::npos) item.listed->content = FileChange::Content::binary;
    else item.listed->deletions = AddedText::whole(before.front()).insertions();
  }

  void look_at_file(const Item& item, const std::vector<std::string_view>& before, std::string_view after) {
    const ContentKind kind = inspect_content(out_, item.subject, after);
    if (kind == ContentKind::binary || kind == ContentKind::unknown) {
      if (item.listed != nullptr) item.listed->content = FileChange::Content::binary;
      if (kind == ContentKind::binary) return;
    }
    AddedText added = AddedText::between(before, after, steps_left_);
    if (kind == ContentKind::unknown) added = AddedText::readable_part(std::move(added));
    if (item.listed != nullptr && kind == ContentKind::text) {
      item.listed->insertions = added.insertions();
      item.listed->deletions = added.removed().size();
    }
    if (item.change->before.size() > 1 && added.insertions() > 0)
      out_.add(Check::merge_adds_lines, item.subject,
               {.line = added.line_at(0), .words = std::to_string(added.insertions()) + " lines."});
    if (!added.text().empty()) {
      inspect_text(out_, item.subject, added);
      if (kind == ContentKind::text) inspect_hidden(out_, item.subject, added);
    }
    if (item.subject.place == Place::history) return;
    const Versions versions{before.empty() ? std::string_view() : before.front(), after};
    inspect_manifest(out_, item.subject, versions);
    inspect_lock(out_, item.subject, versions, added);
    inspect_tests(out_, item.subject, added);
  }

  void total() {
    for (const auto& change : review_.file_changes) {
      review_.insertions += change.insertions;
      review_.deletions += change.deletions;
    }
    if (review_.file_changes.size() > limits_.listed_files_max) review_.file_changes.resize(limits_.listed_files_max);
  }

  GitSource source_;
  const Limits& limits_;
  Collector out_;
  Review review_;
  std::vector<RawChange> changes_;  // base against tip
  std::set<std::string> authors_;
  std::uint64_t steps_left_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

std::uint64_t Review::count(Severity at_least) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(findings, [at_least](const Finding& finding) { return finding.severity >= at_least; }));
}

bool Review::has_auto_executing() const {
  return std::ranges::any_of(findings,
                             [](const Finding& finding) { return finding.auto_executing == AutoExecuting::yes; });
}

Result<Review> review(const git::GitRunner& runner, const git::HostRepository& quarantine, const git::Oid& base,
                      const git::Oid& tip, const RuleSet& rules, const Limits& limits) {
  if (tip.is_zero()) return fail("review the branch", "it has no commit yet");
  auto result = Inspector(runner, quarantine, rules.compiled(), limits).run(base, tip);
  if (!result) return std::unexpected(std::move(result).error().within("review the branch"));
  return result;
}

}  // namespace bailey::review
