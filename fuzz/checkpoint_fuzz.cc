// A checkpoint's list as a damaged disk may hold it: what is accepted reads back as it is written, and leads nowhere.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/restore_stream.h"
#include "workspace/checkpoint_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  const auto checkpoint = workspace::parse_checkpoint({reinterpret_cast<const char*>(data), size});
  if (!checkpoint) return 0;
  for (const auto& layer : checkpoint->layers)
    for (const auto& [path, entry] : layer.entries)
      if (!is_plain_relative_path(path) || entry.mode > 0777) std::abort();
  const auto again = workspace::parse_checkpoint(workspace::encode(*checkpoint));
  if (!again || again->layers.size() != checkpoint->layers.size()) std::abort();
  return 0;
}
