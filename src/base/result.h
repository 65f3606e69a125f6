// Errors as values, for trusted processes. A Result carries either a value or an Error that says what was being done,
// why it failed and what the reader can do about it; context is added on the way up (style rule 4).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace bailey {

struct Error {
  std::string what;    // what was being done: "open '/a/b'"
  std::string why;     // why it failed: the errno's text or a reason
  std::string remedy;  // what to do about it; may be empty
  int code = 0;        // errno(3) where the kernel refused, else 0

  // Puts the larger action in front: "prepare the workspace: open '/a/b'".
  [[nodiscard]] Error within(std::string_view larger_action) &&;
  // Keeps an earlier remedy: whoever was closest to the failure knows best.
  [[nodiscard]] Error or_remedy(std::string_view text) &&;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] std::unexpected<Error> fail(std::string what, std::string why, std::string remedy = {});
// Reads errno at the time of the call.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string what, std::string remedy = {});
[[nodiscard]] std::unexpected<Error> fail_errno(int code, std::string what, std::string remedy = {});

// At most three lines, without a trailing newline: what: why / remedy. Control characters are made visible.
[[nodiscard]] std::string to_lines(const Error& error);

}  // namespace bailey

// Evaluates to the value, or returns the error from the enclosing function. GNU statement expression: both of our
// compilers have it, and it keeps the happy path readable without exceptions.
#define TRY(expression)                                                       \
  __extension__({                                                             \
    auto try_result_ = (expression);                                          \
    if (!try_result_) return std::unexpected(std::move(try_result_).error()); \
    std::move(*try_result_);                                                  \
  })
#define TRY_STATUS(expression)                                                                                 \
  do {                                                                                                         \
    if (auto try_result_ = (expression); !try_result_) return std::unexpected(std::move(try_result_).error()); \
  } while (false)
