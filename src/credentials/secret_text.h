// A secret's value in memory: pages of its own, locked (mlock(2)) where the limit allows, left out of core dumps
// (MADV_DONTDUMP), wiped when it goes. Move-only; there is no way to print it but view().
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bailey::credentials {

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text);  // copies; the caller wipes what it copied from (wipe())
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText&& other) noexcept;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText();

  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] SecretText copy() const { return SecretText(view()); }

 private:
  char* data_ = nullptr;  // an anonymous mapping of whole pages
  std::size_t size_ = 0;
};

// Overwrites in a way that the compiler keeps (explicit_bzero(3)), the unused capacity included, and empties it.
void wipe(std::string& text);

}  // namespace bailey::credentials
