#include "policy/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bailey::policy {
namespace {

constexpr std::string_view units = "kmgt";
constexpr std::size_t shown_bytes_max = 40;
constexpr std::size_t cpus_places_max = 3;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Error> refuse(std::string_view kind, std::string_view text, std::string why, std::string remedy) {
  return fail(fmt::format("{} '{}'", kind, text.substr(0, shown_bytes_max)), std::move(why), std::move(remedy));
}

Result<std::uint64_t> digits_of(std::string_view kind, std::string_view digits, std::string_view remedy) {
  if (!all_digits(digits)) return refuse(kind, digits, "not a number", std::string(remedy));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{}) return refuse(kind, digits, "too large", std::string(remedy));
  return value;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  static constexpr std::string_view remedy = "write a whole number and k, m, g or t, like 512m or 8g";
  auto digits = text;
  unsigned shift = 0;
  if (!text.empty()) {
    const auto letter = static_cast<char>(text.back() | 0x20);
    if (const auto unit = units.find(letter); unit != std::string_view::npos) {
      digits.remove_suffix(1);
      shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
  }
  if (!all_digits(digits)) return refuse("size", text, "not a size", std::string(remedy));
  const auto value = TRY(digits_of("size", digits, remedy));
  if (value > size_bytes_max >> shift) return refuse("size", text, "too large", std::string(remedy));
  return value << shift;
}

std::string format_size(std::uint64_t bytes) {
  auto text = std::to_string(bytes);
  if (bytes == 0) return text;
  for (const auto unit : units) {
    if (bytes % 1024 != 0) break;
    bytes /= 1024;
    text = std::to_string(bytes) + unit;
  }
  return text;
}

Result<std::uint64_t> parse_count(std::string_view text) { return digits_of("number", text, "write a whole number"); }

Result<double> parse_cpus(std::string_view text) {
  static constexpr std::string_view remedy = "write a number of processors, like 2 or 0.5";
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto places = point == std::string_view::npos ? "0" : text.substr(point + 1);
  if (!all_digits(whole) || !all_digits(places) || places.size() > cpus_places_max) {
    return refuse("number of processors", text, "not a number of processors", std::string(remedy));
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return refuse("number of processors", text, "too large", std::string(remedy));
  }
  return value;
}

}  // namespace bailey::policy
