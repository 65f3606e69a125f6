// A remote's URL: whatever it is, no password comes through, and cleaning twice changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "workspace/remote_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  const auto clean = workspace::without_credentials({reinterpret_cast<const char*>(data), size});
  if (!clean) return 0;
  if (has_control_characters(*clean) || clean->size() > size) std::abort();
  if (workspace::without_credentials(*clean) != clean) std::abort();
  const auto mark = clean->find("://");
  if (!clean->starts_with("http") || mark == std::string::npos) return 0;
  const auto authority = clean->substr(mark + 3, clean->find('/', mark + 3) - mark - 3);
  if (clean->starts_with("https://") && authority.find('@') != std::string::npos) std::abort();
  return 0;
}
