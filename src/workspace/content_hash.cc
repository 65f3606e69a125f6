#include "workspace/content_hash.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/text.h"
#include "os/files.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

template <typename Use>
Result<HashedContent> read_through(int file, std::uint64_t bytes_max, const Use& use) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return fail("hash a file", "OpenSSL");
  std::vector<char> buffer(chunk_bytes);
  HashedContent result;
  while (result.bytes < bytes_max) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), bytes_max - result.bytes));
    const ssize_t count = ::pread(file, buffer.data(), wanted, static_cast<off_t>(result.bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read a file");
    if (count == 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    if (EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1) return fail("hash a file", "OpenSSL");
    TRY_STATUS(use(bytes));
    result.bytes += bytes.size();
  }
  std::array<char, 32> digest{};
  if (EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) != 1)
    return fail("hash a file", "OpenSSL");
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
