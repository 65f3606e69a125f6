#include "credentials/secret_text.h"

#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero(3)
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace bailey::credentials {
namespace {

std::size_t pages_for(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

SecretText::SecretText(std::string_view text) : size_(text.size()) {
  if (text.empty()) return;
  const auto bytes = pages_for(text.size());
  void* const pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) std::abort();  // as a failed new would
  (void)::madvise(pages, bytes, MADV_DONTDUMP);
  (void)::mlock(pages, bytes);  // RLIMIT_MEMLOCK may be nothing: then it can be swapped out
  data_ = static_cast<char*>(pages);
  ::memcpy(data_, text.data(), text.size());
}

SecretText::SecretText(SecretText&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SecretText::~SecretText() {
  if (data_ == nullptr) return;
  ::explicit_bzero(data_, size_);
  (void)::munmap(data_, pages_for(size_));
}

void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace bailey::credentials
