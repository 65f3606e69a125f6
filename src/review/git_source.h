// What a review asks git: the commits of a branch, what each changed, and objects. Four commands, all plumbing, all on
// a bare repository of ours (git/runner.h); answers are bounded and parsed strictly (raw_diff.h, batch.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "git/runner.h"
#include "review/batch.h"
#include "review/raw_diff.h"

namespace bailey::review {

inline constexpr std::uint64_t group_bytes_max = std::uint64_t{16} << 20;  // of objects fetched by one git process

class GitSource {
 public:
  GitSource(const git::GitRunner& runner, const git::HostRepository& repository)
      : runner_(runner), repository_(repository) {}

  // Commits of `tip` that `base` lacks, oldest first; the newest `count_max` + 1 when there are more.
  [[nodiscard]] Result<std::vector<git::Oid>> commits(const git::Oid& base, const git::Oid& tip,
                                                      std::uint64_t count_max) const;
  [[nodiscard]] Result<bool> is_ancestor(const git::Oid& base, const git::Oid& tip) const;
  // Between two commits; `base` zero: everything is new.
  [[nodiscard]] Result<std::vector<RawChange>> changes(const git::Oid& base, const git::Oid& tip) const;
  // Of each commit against its parents; of a merge only what differs from every parent.
  [[nodiscard]] Result<std::vector<CommitChanges>> changes_of(const std::vector<git::Oid>& commits) const;
  // What `tip` has at a path of its top directory; an entry with mode 0: nothing.
  [[nodiscard]] Result<TreeEntry> top_entry(const git::Oid& commit, const std::string& name) const;
  // Symbolic links of a commit's tree: path and entry, at most `links_max`.
  [[nodiscard]] Result<std::vector<std::pair<std::string, TreeEntry>>> links(const git::Oid& commit) const;

  // Sizes; an object that is not there is left out.
  using Sizes = std::unordered_map<std::string, std::uint64_t>;
  [[nodiscard]] Result<Sizes> sizes(const std::vector<git::Oid>& oids) const;
  // Contents; the caller keeps the sum below what it wants to hold. Missing ones are left out.
  class Contents {
   public:
    [[nodiscard]] const std::string_view* find(const git::Oid& oid) const {
      const auto found = by_oid_.find(oid.hex());
      return found == by_oid_.end() ? nullptr : &found->second;
    }

   private:
    friend class GitSource;
    std::unique_ptr<const std::string> answer_;  // the views below lie in it
    std::unordered_map<std::string, std::string_view> by_oid_;
  };
  // `bytes`: of all contents together, where that is known; room is made for them at once.
  [[nodiscard]] Result<Contents> contents(const std::vector<git::Oid>& oids, std::uint64_t bytes = 0) const;

  static constexpr std::size_t links_max = 10'000;

 private:
  [[nodiscard]] Result<std::string> ask(std::vector<std::string> arguments, std::string_view input = {},
                                        std::uint64_t bytes = 0) const;

  const git::GitRunner& runner_;
  const git::HostRepository& repository_;
};

}  // namespace bailey::review
