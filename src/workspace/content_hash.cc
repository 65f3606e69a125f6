#include "workspace/content_hash.h"

#include <sodium/crypto_hash_sha256.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "base/text.h"
#include "os/files.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

template <typename Use>
Result<HashedContent> read_through(int file, std::uint64_t bytes_max, const Use& use) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::vector<char> buffer(chunk_bytes);
  HashedContent result;
  while (result.bytes < bytes_max) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), bytes_max - result.bytes));
    const ssize_t count = ::pread(file, buffer.data(), wanted, static_cast<off_t>(result.bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read a file");
    if (count == 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    TRY_STATUS(use(bytes));
    result.bytes += bytes.size();
  }
  std::array<char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  result.hash = to_hex({digest.data(), digest.size()});
  return result;
}

}  // namespace

Result<HashedContent> hash_content(int file, std::uint64_t bytes_max) {
  return read_through(file, bytes_max, [](std::string_view) -> Status { return {}; });
}

Result<HashedContent> copy_content(int source, int target, std::uint64_t bytes_max) {
  return read_through(source, bytes_max, [target](std::string_view bytes) { return os::write_all(target, bytes); });
}

}  // namespace bailey::workspace
