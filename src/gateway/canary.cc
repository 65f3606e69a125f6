#include "gateway/canary.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t base64_leads = 3;
constexpr std::size_t base32_leads = 5;
constexpr std::size_t unescapings_max = 3;
constexpr std::size_t viewed_bytes_max = std::size_t{32} << 10;

// Digits of `bits` bits each that lie wholly within `text`, when `lead` bytes come before it.
std::string digits_within(std::string_view text, std::size_t lead, std::size_t bits, std::string_view alphabet) {
  const std::size_t begin = (8 * lead + bits - 1) / bits;
  const std::size_t end = 8 * (lead + text.size()) / bits;
  std::string result;
  if (end <= begin) return result;
  result.reserve(end - begin);
  for (std::size_t digit = begin; digit < end; ++digit) {
    unsigned value = 0;
    for (std::size_t bit = digit * bits - 8 * lead; bit < (digit + 1) * bits - 8 * lead; ++bit)
      value = value << 1U | ((static_cast<unsigned char>(text[bit / 8]) >> (7 - bit % 8)) & 1U);
    result += alphabet[value];
  }
  return result;
}

std::uint32_t tag_of(std::size_t secret, Sighting::What what) {
  return static_cast<std::uint32_t>(secret * 2 + (what == Sighting::What::value ? 1 : 0));
}

Sighting sighting_of(std::uint32_t tag) {
  return {tag / 2, tag % 2 == 0 ? Sighting::What::placeholder : Sighting::What::value};
}

void add(PatternSet& set, std::string form, Letters letters, std::uint32_t tag) {
  set.add(form, letters, tag);
  credentials::wipe(form);
}

void add_forms(PatternSet& set, std::string_view text, std::uint32_t tag, Letters letters) {
  set.add(text, letters, tag);
  add(set, to_hex(text), Letters::any_case, tag);
  for (std::size_t lead = 0; lead < base64_leads; ++lead) {
    std::string form = base64_within(text, lead);
    std::string other = to_url_alphabet(form);
    if (other != form) add(set, other, Letters::as_they_are, tag);
    credentials::wipe(other);
    add(set, std::move(form), Letters::as_they_are, tag);
  }
}

void add_forms_of_names(PatternSet& set, std::string_view text, std::uint32_t tag) {
  if (text.find('.') != std::string_view::npos) {
    std::string joined(text);
    std::erase(joined, '.');
    add(set, std::move(joined), Letters::any_case, tag);
  }
  for (std::size_t lead = 0; lead < base32_leads; ++lead)
    add(set, digits_within(text, lead, 5, base32_digits), Letters::any_case, tag);
}

struct Pair {
  std::string_view value;  // empty: no secret
  std::string_view placeholder;
};

// An access key's id is no secret, but its placeholder has one place only.
std::array<Pair, 2> parts_of(const credentials::KeptSecret& secret) {
  const bool is_aws = std::ranges::any_of(
      secret.uses, [](const policy::SecretUse& use) { return use.form == policy::SecretForm::aws; });
  const std::string_view value = secret.value.view();
  const std::string_view placeholder = secret.placeholder;
  const auto colon = value.find(':');
  if (!is_aws || colon == std::string_view::npos) return {Pair{value, placeholder}, Pair{}};
  return {Pair{value.substr(colon + 1), placeholder.substr(colon + 1)}, Pair{{}, placeholder.substr(0, colon)}};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The value of `count` hexadecimal digits; -1 when they are none.
int hex_value(std::string_view digits, std::size_t count) {
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = hex_digit(digits[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

constexpr std::array<bool, 256> special_bytes = [] {
  std::array<bool, 256> special{};
  for (const char c : {'%', '\\', '\r', '\n'}) special[static_cast<unsigned char>(c)] = true;
  return special;
}();

bool is_special(char c) { return special_bytes[static_cast<unsigned char>(c)]; }

}  // namespace

std::string base64_within(std::string_view text, std::size_t lead) {
  return digits_within(text, lead, 6, base64_digits);
}

std::string to_url_alphabet(std::string base64) {
  std::ranges::replace(base64, '+', '-');
  std::ranges::replace(base64, '/', '_');
  return base64;
}

std::string_view probe_of(std::string_view text, std::string_view other) {
  if (text.size() <= probe_bytes_max) return text;
  const auto differs = [&](std::size_t at) { return at >= other.size() || text[at] != other[at] ? 1U : 0U; };
  std::size_t count = 0;
  for (std::size_t i = 0; i < probe_bytes_max; ++i) count += differs(i);
  std::size_t best = 0;
  std::size_t best_count = count;
  for (std::size_t begin = 1; begin + probe_bytes_max <= text.size(); ++begin) {
    count = count - differs(begin - 1) + differs(begin + probe_bytes_max - 1);
    if (count <= best_count) continue;
    best = begin;
    best_count = count;
  }
  return text.substr(best, probe_bytes_max);
}

CanarySet::CanarySet(const credentials::Keep& keep) {
  for (std::size_t i = 0; i < keep.secrets.size(); ++i) {
    for (const auto& [value, placeholder] : parts_of(keep.secrets[i])) {
      if (placeholder.empty()) continue;
      const std::string_view stand_in = probe_of(placeholder, value);
      const auto stand_in_tag = tag_of(i, Sighting::What::placeholder);
      add_forms(anything_, stand_in, stand_in_tag, Letters::any_case);
      add_forms_of_names(in_names_, stand_in, stand_in_tag);
      if (value.empty()) continue;
      const std::string_view probe = probe_of(value, placeholder);
      const auto tag = tag_of(i, Sighting::What::value);
      add_forms(anything_, probe, tag, Letters::as_they_are);
      add_forms(values_, probe, tag, Letters::as_they_are);
      add_forms_of_names(in_names_, probe, tag);
    }
  }
  anything_.seal();
  values_.seal();
  in_names_.seal();
}

Sighting CanarySet::sighting(LookFor what, std::size_t number) const { return sighting_of(patterns(what).tag(number)); }

std::optional<Sighting> CanarySet::find(std::string_view text, LookFor what) const {
  const PatternSet& set = patterns(what);
  if (const auto hit = set.find(text)) return sighting(what, hit->number);
  std::string plain(text);
  for (std::size_t i = 0; i < unescapings_max && std::ranges::any_of(plain, is_special); ++i) {
    std::string next;
    Unescaper unescaper;
    unescaper.feed(plain, next);
    unescaper.finish(next);
    plain = std::move(next);
    if (const auto hit = set.find(plain)) return sighting(what, hit->number);
  }
  return std::nullopt;
}

std::optional<Sighting> CanarySet::find_in_name(std::string_view name) const {
  std::string joined(name);
  std::erase(joined, '.');
  for (const std::string_view text : {name, std::string_view(joined)})
    for (const PatternSet* const set : {&anything_, &in_names_})
      if (const auto hit = set->find(text, 0, Letters::any_case)) return sighting_of(set->tag(hit->number));
  return std::nullopt;
}

Unescaper::Step Unescaper::judge(std::string& out) const {
  const std::string_view text = pending_;
  const bool is_hex = hex_digit(text.back()) >= 0;
  if (text[0] == '%') {
    if (!is_hex) return Step::broken;
    if (text.size() < 3) return Step::more;
    out += static_cast<char>(hex_value(text.substr(1), 2));
    return Step::taken;
  }
  if (text.size() == 2) {
    if (text[1] == 'u') return Step::more;
    if (text[1] != 'n' && text[1] != 'r') out += text[1];
    return Step::taken;
  }
  if (!is_hex) return Step::broken;
  if (text.size() < 6) return Step::more;
  const int value = hex_value(text.substr(2), 4);
  if (value < 128) out += static_cast<char>(value);
  else out += text;
  return Step::taken;
}

void Unescaper::feed(std::string_view bytes, std::string& out) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (pending_.empty()) {
      std::size_t end = at;
      while (end < bytes.size() && !is_special(bytes[end])) ++end;
      out.append(bytes.substr(at, end - at));
      at = end;
      if (at == bytes.size()) return;
      const char c = bytes[at++];
      if (c == '%' || c == '\\') pending_ = c;
      continue;
    }
    pending_ += bytes[at++];
    const Step step = judge(out);
    if (step == Step::more) continue;
    const std::string undone = std::exchange(pending_, {});
    if (step == Step::taken) continue;
    // No escape after all: its first byte stands for itself, the rest is looked at again (at most five bytes deep).
    out += undone[0];
    feed(std::string_view(undone).substr(1), out);
  }
}

void Unescaper::finish(std::string& out) {
  out += pending_;
  pending_.clear();
}

std::optional<Sighting> Canary::search(View& view, std::string_view bytes) const {
  const PatternSet& set = set_.patterns(what_);
  const std::size_t tail_bytes = set.bytes_max() > 0 ? set.bytes_max() - 1 : 0;
  const auto found = [&](std::string_view text) -> std::optional<Sighting> {
    if (const auto hit = set.find(text)) return set_.sighting(what_, hit->number);
    return std::nullopt;
  };
  // What begins in the bytes before and ends in these.
  const std::size_t first = std::min(bytes.size(), tail_bytes);
  view.tail.append(bytes.substr(0, first));
  if (const auto sighting = found(view.tail)) return sighting;
  if (first == bytes.size()) {
    if (view.tail.size() > tail_bytes) view.tail.erase(0, view.tail.size() - tail_bytes);
    return std::nullopt;
  }
  view.tail.assign(bytes.substr(bytes.size() - tail_bytes));
  return found(bytes);
}

std::optional<Sighting> Canary::feed(std::string_view bytes) {
  // In pieces: what is made of each stays in the cache.
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, viewed_bytes_max);
    bytes.remove_prefix(piece.size());
    const bool is_same_view =
        !unescaper_.is_pending() && raw_.tail == plain_.tail && std::ranges::none_of(piece, is_special);
    if (auto sighting = search(raw_, piece)) return sighting;
    if (is_same_view) {
      plain_.tail = raw_.tail;
      continue;
    }
    unescaped_.clear();
    unescaper_.feed(piece, unescaped_);
    if (auto sighting = search(plain_, unescaped_)) return sighting;
  }
  return std::nullopt;
}

}  // namespace bailey::gateway
