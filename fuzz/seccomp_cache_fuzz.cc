// The compiled profile on disk: what is read back is written the same.
#include <cstdlib>
#include <string_view>

#include "sandbox/seccomp_cache_file.h"

using namespace bailey::sandbox;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Nothing random has the right digest: the digest is put right, so that what is behind it is reached.
  std::string text(bytes);
  text += sha256(text);
  const auto program = read_cache_file(text);
  if (program && read_cache_file(write_cache_file(*program))->code.size() != program->code.size()) std::abort();
  (void)read_cache_file(bytes);
  return 0;
}
