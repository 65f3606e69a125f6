// A repository given as a URL: `bailey run claude https://host/owner/repo`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::cli {

struct SourceUrl {
  std::string url;   // as typed
  std::string host;  // in lower case
  std::uint16_t port = 443;
  std::string name;  // the last part of its path without ".git": what the session is named after
};

// nullopt: a path. An error: a URL of a kind that no session can clone, with what to do instead.
[[nodiscard]] Result<std::optional<SourceUrl>> parse_source(std::string_view text);

}  // namespace bailey::cli
