#include "review/git_source.h"

#include <optional>

#include "base/text.h"

namespace bailey::review {
namespace {

constexpr std::uint64_t batch_line_bytes = 96;  // "<oid> <type> <size>" and what surrounds it
// Inexact renames are looked for among at most this many files a side: git compares each with each.
constexpr const char* rename_limit = "-l50";

// gitglossary: every repository knows the empty tree without having it.
std::string_view empty_tree(git::ObjectFormat format) {
  return format == git::ObjectFormat::sha1 ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
                                           : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
}

std::string lines_of(const std::vector<git::Oid>& oids) {
  std::string text;
  for (const auto& oid : oids) text += oid.hex() + '\n';
  return text;
}

}  // namespace

Result<std::string> GitSource::ask(std::vector<std::string> arguments, std::string_view input,
                                   std::uint64_t bytes) const {
  git::Invocation invocation;
  invocation.git_dir = repository_.git_dir;
  invocation.arguments = std::move(arguments);
  invocation.reach.read_only = repository_.object_stores;
  invocation.output_bytes_expected = bytes;
  return runner_.output_of(invocation, input);
}

Result<std::vector<git::Oid>> GitSource::commits(const git::Oid& base, const git::Oid& tip,
                                                 std::uint64_t count_max) const {
  std::string input = tip.hex() + '\n';
  if (!base.is_zero()) input += '^' + base.hex() + '\n';
  const auto answer = TRY(
      ask({"rev-list", "--topo-order", "--reverse", "--max-count=" + std::to_string(count_max + 1), "--stdin"}, input));
  std::vector<git::Oid> commits;
  for (const auto line : split(answer, '\n')) {
    if (line.empty()) continue;
    const auto oid = git::Oid::parse(line);
    if (!oid || oid->is_zero()) return fail("list the branch's commits", "git names something that is no commit");
    commits.push_back(*oid);
  }
  return commits;
}

Result<bool> GitSource::is_ancestor(const git::Oid& base, const git::Oid& tip) const {
  if (base.is_zero() || base == tip) return true;
  const auto answer = TRY(ask({"rev-list", "--max-count=1", "--stdin"}, base.hex() + "\n^" + tip.hex() + '\n'));
  return answer.empty();
}

Result<std::vector<RawChange>> GitSource::changes(const git::Oid& base, const git::Oid& tip) const {
  const std::string from = base.is_zero() ? std::string(empty_tree(repository_.format)) : base.hex();
  const auto answer = TRY(ask({"diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv",
                               "--ignore-submodules=none", "-M", rename_limit, from, tip.hex()}));
  auto parsed = TRY(parse_raw_diff(answer));
  if (parsed.empty()) return std::vector<RawChange>();
  if (parsed.size() != 1) return fail("compare the branch", "git names commits where it was asked for changes");
  return std::move(parsed.front().changes);
}

Result<std::vector<CommitChanges>> GitSource::changes_of(const std::vector<git::Oid>& commits) const {
  const auto answer = TRY(ask({"diff-tree", "--stdin", "-r", "-z", "--raw", "-c", "--root", "--no-renames",
                               "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"},
                              lines_of(commits)));
  return parse_raw_diff(answer);
}

namespace {

// "<mode> SP <type> SP <oid> TAB <path>" of `git ls-tree -z`.
struct Listed {
  std::string_view path;
  TreeEntry entry;
};
std::optional<Listed> listed_of(std::string_view record) {
  const auto tab = record.find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  const auto words = split(record.substr(0, tab), ' ');
  if (words.size() != 3 || words[0].size() != 6) return std::nullopt;
  const auto oid = git::Oid::parse(words[2]);
  if (!oid) return std::nullopt;
  std::uint32_t mode = 0;
  for (const char c : words[0]) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return Listed{record.substr(tab + 1), {mode, *oid}};
}

}  // namespace

Result<TreeEntry> GitSource::top_entry(const git::Oid& commit, const std::string& name) const {
  const auto answer = TRY(ask({"--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit.hex(), "--", name}));
  for (const auto record : split(answer, '\0')) {
    const auto listed = listed_of(record);
    if (listed && listed->path == name) return listed->entry;
  }
  return TreeEntry{};
}

Result<std::vector<std::pair<std::string, TreeEntry>>> GitSource::links(const git::Oid& commit) const {
  const auto answer = TRY(ask({"ls-tree", "-r", "-z", "--full-tree", commit.hex()}));
  std::vector<std::pair<std::string, TreeEntry>> found;
  for (const auto record : split(answer, '\0')) {
    if (!record.starts_with("120000 ")) continue;
    const auto listed = listed_of(record);
    if (listed && found.size() < links_max) found.emplace_back(listed->path, listed->entry);
  }
  return found;
}

Result<GitSource::Sizes> GitSource::sizes(const std::vector<git::Oid>& oids) const {
  Sizes sizes;
  if (oids.empty()) return sizes;
  const auto answer = TRY(ask({"cat-file", "--batch-check", "--buffer"}, lines_of(oids)));
  for (const auto& info : TRY(parse_batch_check(answer)))
    if (!info.type.empty()) sizes.emplace(info.oid.hex(), info.bytes);
  return sizes;
}

Result<GitSource::Contents> GitSource::contents(const std::vector<git::Oid>& oids, std::uint64_t bytes) const {
  Contents contents;
  if (oids.empty()) return contents;
  bytes += oids.size() * batch_line_bytes;
  contents.answer_ =
      std::make_unique<const std::string>(TRY(ask({"cat-file", "--batch", "--buffer"}, lines_of(oids), bytes)));
  for (const auto& object : TRY(parse_batch(*contents.answer_)))
    if (!object.info.type.empty()) contents.by_oid_.emplace(object.info.oid.hex(), object.content);
  return contents;
}

}  // namespace bailey::review
