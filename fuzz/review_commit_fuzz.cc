// Any bytes as a commit object: all views lie in it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "review/commit_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::review;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto commit = parse_commit(input);
  if (!commit) return 0;
  const auto check = [input](std::string_view view) {
    if (!view.empty() && (view.data() < input.data() || view.data() + view.size() > input.data() + input.size()))
      std::abort();
  };
  check(commit->author.name_and_email);
  check(commit->committer.email);
  check(commit->message);
  check(commit->subject);
  for (const auto header : commit->other_headers) check(header);
  return 0;
}
