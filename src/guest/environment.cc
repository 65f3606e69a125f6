#include "guest/environment.h"

#include <cstdlib>

#include "guest/text.h"

namespace bailey::guest {
namespace {
// One line: it may go into a commit message's trailers.
std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : visible(value);
}
}  // namespace

Session session_from_environment() {
  return {value_of("BAILEY_SESSION"), value_of("BAILEY_BRANCH"), value_of("BAILEY_NETWORK"),
          value_of("BAILEY_AUDIT_HEAD"), value_of("BAILEY_NO_PUSH") == "1" ? Session::Push::no : Session::Push::yes};
}

}  // namespace bailey::guest
