// Any bytes as git's list of changes: what is accepted has a path and modes that fit its object names.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "review/raw_diff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::review;
  const auto parsed = parse_raw_diff({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  for (const auto& commit : *parsed)
    for (const auto& change : commit.changes) {
      if (change.path.empty() || change.before.empty() || change.path.find('\0') != std::string::npos) std::abort();
      if (change.after.is_there() == change.after.oid.is_zero()) std::abort();
    }
  return 0;
}
