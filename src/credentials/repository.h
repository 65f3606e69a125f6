// Which repository a token is for, and what it may do there.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace bailey::credentials {

struct Repository {
  std::string owner;
  std::string name;
};
using Permissions = std::vector<std::pair<std::string, std::string>>;  // {"contents", "write"}

// From the session's origin: its host and path. The API must be of the same site: api.github.com is github.com's, any
// other that of its own host.
[[nodiscard]] Result<Repository> repository_for(std::string_view api, std::string_view host, std::string_view path);

}  // namespace bailey::credentials
