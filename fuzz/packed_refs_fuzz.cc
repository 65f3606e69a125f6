// Any text as packed-refs: every name that comes out is one that can't lead out of the repository, and a single look-up
// agrees with the list.
#include <cstdint>
#include <cstdlib>

#include "git/ref_files.h"
#include "git/ref_name.h"
#include "git/refs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::git;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_loose_ref(text, ObjectFormat::sha1);
  (void)parse_loose_ref(text, ObjectFormat::sha256);
  const auto refs = parse_packed_refs(text, ObjectFormat::sha1);
  if (!refs) return 0;
  for (std::size_t i = 0; i < refs->size(); ++i) {
    const Ref& ref = (*refs)[i];
    if (!check_ref_name(ref.name) || ref.oid.is_zero() || ref.name.find("..") != std::string::npos) std::abort();
    if (i != 0 && (*refs)[i - 1].name > ref.name) std::abort();
    const auto found = find_packed(text, ref.name, ObjectFormat::sha1);
    if (!found || found->is_zero()) std::abort();
  }
  return 0;
}
