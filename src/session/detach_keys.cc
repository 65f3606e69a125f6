#include "session/detach_keys.h"

namespace bailey::session {

DetachKeys::Typed DetachKeys::feed(std::string_view typed) {
  constexpr char prefix = 'B' & 0x1f;
  Typed result;
  for (const char c : typed) {
    if (!prefixed_) {
      if (c == prefix) prefixed_ = true;
      else result.input += c;
      continue;
    }
    prefixed_ = false;
    if (c == 'd') {
      result.detach = true;
      return result;
    }
    result.input += prefix;
    if (c != prefix) result.input += c;
  }
  return result;
}

}  // namespace bailey::session
