// The host's objects, as the sandbox gets to see them: read-only, each store at a place of its own.
//
// A repository may borrow objects from elsewhere (objects/info/alternates, or objects being a link). Mounting whatever
// such a line names would hand any directory to the agent, so a store outside the repository must belong to the same
// user and must hold nothing but what git keeps in one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "workspace/read_only.h"

namespace bailey::workspace {

// Notes for the user about stores outside the repository; fails for one that is none.
[[nodiscard]] Result<std::vector<std::string>> check_object_stores(const git::HostRepository& repository);

// Hands out places below object_store_prefix, the same one for the same store.
class ObjectStores {
 public:
  // `empty_file`: host path of an empty file, bound over the info/alternates of stores that have one: its paths do not
  // exist in the sandbox, and git complains about each on every command.
  explicit ObjectStores(std::string empty_file) : empty_file_(std::move(empty_file)) {}
  // Text of objects/info/alternates for a fresh repository that builds on this one.
  [[nodiscard]] std::string alternates_for(const git::HostRepository& repository);
  [[nodiscard]] const std::vector<ReadOnly>& mounts() const { return mounts_; }
  [[nodiscard]] bool needs_empty_file() const { return needs_empty_file_; }

 private:
  std::string place_of(const std::string& store);

  std::string empty_file_;
  bool needs_empty_file_ = false;
  std::size_t count_ = 0;
  std::vector<ReadOnly> mounts_;
};

}  // namespace bailey::workspace
