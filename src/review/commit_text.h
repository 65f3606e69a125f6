// A commit object's bytes (gitformat: headers, an empty line, the message), taken apart. Nothing of it is decoded: an
// encoding header or a mailmap changes nothing here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::review {

struct Identity {
  std::string_view name_and_email;  // "Name <email>"
  std::string_view email;           // empty when there is none
  std::int64_t time = 0;            // seconds since 1970; 0 when it is not a number
};

struct CommitText {
  Identity author;
  Identity committer;
  std::uint32_t parents = 0;
  // Headers other than tree, parent, author, committer, encoding and signatures: text that `git log` does not show.
  std::vector<std::string_view> other_headers;
  std::string_view message;
  std::string_view subject;  // first line that is not blank
};

// All views lie in `bytes`. Errors: no author or no committer; everything odd besides is taken as it is.
[[nodiscard]] Result<CommitText> parse_commit(std::string_view bytes);

}  // namespace bailey::review
