// The answers of `git cat-file --batch-check` and `--batch` (git-cat-file(1), "BATCH OUTPUT"), taken apart strictly.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/oid.h"

namespace bailey::review {

struct ObjectInfo {
  git::Oid oid;
  std::string_view type;  // "blob", "commit", "tree", "tag"; empty: there is no such object
  std::uint64_t bytes = 0;
};
struct ObjectContent {
  ObjectInfo info;
  std::string_view content;  // lies in the answer
};

// In the order of the request. The caller compares the names.
[[nodiscard]] Result<std::vector<ObjectInfo>> parse_batch_check(std::string_view answer);
[[nodiscard]] Result<std::vector<ObjectContent>> parse_batch(std::string_view answer);

}  // namespace bailey::review
