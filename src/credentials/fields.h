// Lists of texts as netstrings ("5:hello,5:world,"): what passes between the supervisor and bailey-minter, and what is
// sealed on disk. No text is escaped, so the only copies of a secret in it are the message itself, which its owner
// wipes, and what is read out of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "credentials/secret_text.h"

namespace bailey::credentials {

inline constexpr std::size_t field_bytes_max = std::size_t{256} << 10;
inline constexpr std::size_t field_list_max = 256;

class FieldWriter {
 public:
  FieldWriter() = default;
  FieldWriter(const FieldWriter&) = delete;
  FieldWriter& operator=(const FieldWriter&) = delete;
  ~FieldWriter() { wipe(out_); }

  FieldWriter& add(std::string_view text);
  FieldWriter& add_number(std::int64_t number);
  FieldWriter& add_list(const std::vector<std::string>& list);
  [[nodiscard]] std::string_view view() const { return out_; }

 private:
  std::string out_;
};

// Reads in the order of writing. After the first mistake everything is empty and finish() says so.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  std::string_view next();
  std::string text() { return std::string(next()); }
  SecretText secret() { return SecretText(next()); }
  std::int64_t number();
  std::vector<std::string> list();
  // An error for whatever was malformed, out of its range or left over.
  [[nodiscard]] Status finish(std::string_view what) const;
  [[nodiscard]] bool failed() const { return failed_; }
  void refuse() { failed_ = true; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace bailey::credentials
