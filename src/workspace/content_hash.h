// SHA-256 of a file's bytes, while they are copied or afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace bailey::workspace {

struct HashedContent {
  std::string hash;  // hexadecimal
  std::uint64_t bytes = 0;
};

// Both read from the beginning and stop at `bytes_max`: a file that grows while it is read ends there.
[[nodiscard]] Result<HashedContent> hash_content(int file, std::uint64_t bytes_max);
[[nodiscard]] Result<HashedContent> copy_content(int source, int target, std::uint64_t bytes_max);

}  // namespace bailey::workspace
