// mcp-secrets.env and other lines of NAME=value: whatever is in them, entries lie within the text and hold no line
// break.
#include <cstdint>
#include <cstdlib>

#include "credentials/named_values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::credentials;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto is_within = [&](std::string_view part) {
    return part.empty() || (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
  };
  if (const auto entries = parse_secrets_file(text, "f")) {
    if (entries->size() > secrets_file_entries_max) std::abort();
    for (const auto& [name, value] : *entries)
      if (name.empty() || !is_within(value) || value.find('\n') != std::string_view::npos) std::abort();
  }
  const auto name = text.substr(0, text.find('\n'));
  if (const auto value = find_named_value(text, name); value && !is_within(*value)) std::abort();
  return 0;
}
