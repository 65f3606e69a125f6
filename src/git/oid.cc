#include "git/oid.h"

#include <algorithm>

namespace bailey::git {
namespace {
bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
}  // namespace

std::optional<Oid> Oid::parse(std::string_view hex, ObjectFormat format) {
  if (hex.size() != hex_digits(format) || !std::all_of(hex.begin(), hex.end(), is_lower_hex)) return std::nullopt;
  if (hex.find_first_not_of('0') == std::string_view::npos) return Oid();
  return Oid(hex);
}

std::optional<Oid> Oid::parse(std::string_view hex) {
  return parse(hex, hex.size() == hex_digits(ObjectFormat::sha256) ? ObjectFormat::sha256 : ObjectFormat::sha1);
}

std::string Oid::hex(ObjectFormat format) const { return is_zero() ? std::string(hex_digits(format), '0') : hex_; }

}  // namespace bailey::git
