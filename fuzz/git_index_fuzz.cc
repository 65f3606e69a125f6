// Git's index as an attacker may have written it: any bytes, either object format.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "workspace/git_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto format : {git::ObjectFormat::sha1, git::ObjectFormat::sha256}) {
    std::size_t visited = 0;
    const auto summary = workspace::parse_index(bytes, format, [&](const workspace::IndexEntry& entry) {
      ++visited;
      if (entry.path.empty() || entry.path.size() > workspace::index_path_bytes_max) std::abort();
      if (entry.path.find('\0') != std::string_view::npos) std::abort();
    });
    if (summary && visited > summary->entries) std::abort();
  }
  return 0;
}
