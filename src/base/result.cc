#include "base/result.h"

#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace bailey {

Error Error::within(std::string_view larger_action) && {
  what.insert(0, ": ").insert(0, larger_action);
  return std::move(*this);
}

Error Error::or_remedy(std::string_view text) && {
  if (remedy.empty()) remedy = text;
  return std::move(*this);
}

std::unexpected<Error> fail(std::string what, std::string why, std::string remedy) {
  return std::unexpected(Error{std::move(what), std::move(why), std::move(remedy), 0});
}

std::unexpected<Error> fail_errno(std::string what, std::string remedy) {
  return fail_errno(errno, std::move(what), std::move(remedy));
}

std::unexpected<Error> fail_errno(int code, std::string what, std::string remedy) {
  return std::unexpected(Error{std::move(what), std::generic_category().message(code), std::move(remedy), code});
}

std::string to_lines(const Error& error) {
  std::string lines = visible(error.what);
  if (!error.why.empty()) lines += ": " + visible(error.why);
  if (!error.remedy.empty()) lines += "\n  " + visible(error.remedy);
  return lines;
}

}  // namespace bailey
