// One line of what the host says to `bailey restore`.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/restore_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  const auto operation = parse_restore_line({reinterpret_cast<const char*>(data), size});
  if (!operation) return 0;
  if (operation->path.size() > restore_path_bytes_max || operation->mode > 0777) std::abort();
  const auto text = encode(*operation);
  const auto again = parse_restore_line(text.substr(0, text.find('\n')));
  if (!again || !(*again == *operation)) std::abort();
  return 0;
}
