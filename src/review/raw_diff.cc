#include "review/raw_diff.h"

#include <optional>

namespace bailey::review {
namespace {

std::unexpected<Error> malformed(const char* why) {
  return fail("read git's list of changes", why, "the branch can't be reviewed: don't take it");
}

class Reader {
 public:
  explicit Reader(std::string_view answer) : rest_(answer) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  // Up to the next NUL, which must be there.
  std::optional<std::string_view> token() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const auto found = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return found;
  }

 private:
  std::string_view rest_;
};

std::optional<std::string_view> word(std::string_view& text) {
  const auto end = text.find(' ');
  if (end == std::string_view::npos) return std::nullopt;
  const auto found = text.substr(0, end);
  text.remove_prefix(end + 1);
  return found;
}

std::optional<std::uint32_t> mode_of(std::string_view digits) {
  if (digits.size() != 6) return std::nullopt;
  std::uint32_t mode = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

// ":modes oids status": as many old modes as colons, then the new one; the same for the object names.
std::optional<RawChange> change_of(std::string_view text, std::string_view& status) {
  std::size_t parents = 0;
  while (text.starts_with(':')) {
    ++parents;
    text.remove_prefix(1);
  }
  if (parents == 0 || parents > merge_parents_max) return std::nullopt;
  RawChange change;
  change.before.resize(parents);
  const auto entry = [&](std::size_t at) -> TreeEntry& { return at < parents ? change.before[at] : change.after; };
  for (std::size_t i = 0; i <= parents; ++i) {
    const auto digits = word(text);
    const auto mode = digits ? mode_of(*digits) : std::nullopt;
    if (!mode) return std::nullopt;
    entry(i).mode = *mode;
  }
  for (std::size_t i = 0; i <= parents; ++i) {
    const auto hex = word(text);
    const auto oid = hex ? git::Oid::parse(*hex) : std::nullopt;
    if (!oid || oid->is_zero() != (entry(i).mode == 0)) return std::nullopt;
    entry(i).oid = *oid;
  }
  status = text;
  if (status.empty()) return std::nullopt;
  return change;
}

}  // namespace

Result<std::vector<CommitChanges>> parse_raw_diff(std::string_view answer) {
  std::vector<CommitChanges> all;
  Reader reader(answer);
  while (!reader.at_end()) {
    const auto text = reader.token();
    if (!text) return malformed("it ends in the middle of a record");
    if (!text->starts_with(':')) {
      const auto commit = git::Oid::parse(*text);
      if (!commit || commit->is_zero()) return malformed("a record is neither a change nor a commit");
      if (!all.empty() && all.front().commit.is_zero()) return malformed("a commit after a change without one");
      all.push_back({*commit, {}});
      continue;
    }
    std::string_view status;
    auto change = change_of(*text, status);
    if (!change) return malformed("a change that is not in git's format");
    const bool renamed = status.front() == 'R' || status.front() == 'C';
    if (renamed && change->before.size() != 1) return malformed("a merge with a rename");
    auto path = reader.token();
    if (path && renamed) {
      change->old_path = *path;
      path = reader.token();
    }
    if (!path || path->empty()) return malformed("a change without a path");
    change->path = *path;
    if (all.empty()) all.emplace_back();
    all.back().changes.push_back(std::move(*change));
  }
  return all;
}

}  // namespace bailey::review
