// Any text as a git config file: names have a section and a key, and nothing is read beyond the limits.
#include <cstdint>
#include <cstdlib>

#include "git/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::git;
  const auto entries = parse_config({reinterpret_cast<const char*>(data), size});
  if (!entries) return 0;
  if (entries->size() > config_entries_max + 1) std::abort();
  for (const auto& entry : *entries)
    if (entry.name.find('.') == std::string::npos || config_value(*entries, entry.name) == nullptr) std::abort();
  return 0;
}
