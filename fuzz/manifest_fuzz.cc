// A manifest is refused, or names a program on PATH and files that stay below the home directory.
#include <cstdint>
#include <cstdlib>

#include "policy/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = bailey::policy::parse_manifest({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!manifest) return 0;
  if (manifest->command.empty() || manifest->binary.find('/') != std::string::npos) std::abort();
  for (const auto& file : manifest->home) {
    if (file.path.starts_with('/') || file.path == ".." || file.path.starts_with("../") ||
        file.path.find("/../") != std::string::npos || file.path.ends_with("/..")) {
      std::abort();
    }
  }
  return 0;
}
