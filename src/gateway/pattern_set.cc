#include "gateway/pattern_set.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace bailey::gateway {
namespace {

constexpr std::size_t piece_bytes = 5;
constexpr std::size_t stride = pattern_bytes_min - piece_bytes + 1;  // places between two looks
constexpr std::uint64_t piece_mask = (std::uint64_t{1} << (8 * piece_bytes)) - 1;
constexpr std::uint64_t fold_bits = 0x2020202020ULL;
constexpr std::uint64_t hash_factor = 0x9E3779B97F4A7C15ULL;
constexpr std::size_t bits_a_piece = 64;
constexpr std::size_t bitmap_bits_min = std::size_t{1} << 12;
constexpr std::size_t bitmap_bits_max = std::size_t{1} << 22;  // 512 KiB: stays in the cache
constexpr std::size_t anchors_tried_max = 64;
constexpr unsigned bits_shift = 28;  // of the hash: below what chooses the word, above what changes little

// Letters of both cases come to the same; so do a few other bytes, which only costs a comparison.
std::uint64_t piece_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, piece_bytes);
  return word | fold_bits;
}

std::uint64_t wide_piece_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & piece_mask) | fold_bits;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_same(std::string_view a, std::string_view b, Letters letters) {
  if (letters == Letters::as_they_are) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::size_t different_bytes(std::string_view window) {
  std::array<std::uint64_t, 4> seen{};
  for (const char c : window) {
    const auto byte = static_cast<unsigned char>(lower(c));
    seen[byte / 64U] |= std::uint64_t{1} << (byte % 64U);
  }
  std::size_t count = 0;
  for (const std::uint64_t word : seen) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

// Two bits of one word of the bitmap: few pieces that are none have both.
std::uint64_t bits_of(std::uint64_t hash) {
  return std::uint64_t{1} << (hash & 63U) | std::uint64_t{1} << (hash >> 6U & 63U);
}

// Towards the end, where names and other common beginnings are over.
std::size_t anchor_of(std::string_view pattern) {
  const std::size_t last = pattern.size() - pattern_bytes_min;
  std::size_t best = last;
  std::size_t best_count = 0;
  for (std::size_t back = 0; back <= std::min(last, anchors_tried_max); ++back) {
    const std::size_t count = different_bytes(pattern.substr(last - back, pattern_bytes_min));
    if (count > best_count) {
      best = last - back;
      best_count = count;
    }
  }
  return best;
}

}  // namespace

PatternSet::~PatternSet() { credentials::wipe(collected_); }

bool PatternSet::add(std::string_view pattern, Letters letters, std::uint32_t tag) {
  if (pattern.size() < pattern_bytes_min) return false;
  if (collected_.capacity() - collected_.size() < pattern.size()) {
    std::string larger;
    larger.reserve(std::max<std::size_t>(4096, 2 * (collected_.size() + pattern.size())));
    larger.append(collected_);
    collected_.swap(larger);
    credentials::wipe(larger);
  }
  patterns_.push_back(
      {static_cast<std::uint32_t>(collected_.size()), static_cast<std::uint32_t>(pattern.size()), letters, tag});
  collected_.append(pattern);
  bytes_max_ = std::max(bytes_max_, pattern.size());
  return true;
}

std::string_view PatternSet::bytes(std::size_t number) const {
  return text_.view().substr(patterns_[number].begin, patterns_[number].size);
}

void PatternSet::seal() {
  text_ = credentials::SecretText(collected_);
  credentials::wipe(collected_);
  const std::size_t pieces = patterns_.size() * stride;
  const std::size_t bits = std::clamp(std::bit_ceil(pieces * bits_a_piece), bitmap_bits_min, bitmap_bits_max);
  const std::size_t buckets = std::bit_ceil(std::max<std::size_t>(pieces, 2));
  bitmap_.assign(bits / 64, 0);
  buckets_.assign(buckets, 0);
  bitmap_shift_ = 64U - static_cast<unsigned>(std::countr_zero(bits / 64));
  bucket_shift_ = 64U - static_cast<unsigned>(std::countr_zero(buckets));
  pieces_.reserve(pieces);
  for (std::uint32_t number = 0; number < patterns_.size(); ++number) add_pieces(number);
}

void PatternSet::add_pieces(std::uint32_t number) {
  const std::string_view pattern = bytes(number);
  const std::size_t anchor = anchor_of(pattern);
  for (std::size_t i = 0; i < stride; ++i) {
    const std::uint64_t piece = piece_at(pattern.data() + anchor + i);
    const std::uint64_t hash = piece * hash_factor;
    bitmap_[hash >> bitmap_shift_] |= bits_of(hash >> bits_shift);
    std::uint32_t& bucket = buckets_[hash >> bucket_shift_];
    pieces_.push_back({piece, number, static_cast<std::uint32_t>(anchor + i), bucket});
    bucket = static_cast<std::uint32_t>(pieces_.size());
  }
}

std::optional<PatternSet::Hit> PatternSet::confirm(std::string_view text, std::size_t at, std::size_t from,
                                                   std::uint64_t piece, std::uint64_t hash, Letters wanted) const {
  for (std::uint32_t next = buckets_[hash >> bucket_shift_]; next != 0; next = pieces_[next - 1].next) {
    const Piece& candidate = pieces_[next - 1];
    if (candidate.bytes != piece || at < from + candidate.offset) continue;
    const std::size_t begin = at - candidate.offset;
    const Pattern& pattern = patterns_[candidate.pattern];
    if (text.size() - begin < pattern.size) continue;
    const Letters letters = wanted == Letters::any_case ? wanted : pattern.letters;
    if (is_same(text.substr(begin, pattern.size), bytes(candidate.pattern), letters))
      return Hit{begin, pattern.size, candidate.pattern};
  }
  return std::nullopt;
}

std::optional<PatternSet::Hit> PatternSet::find(std::string_view text, std::size_t from, Letters wanted) const {
  if (patterns_.empty() || text.size() < from + pattern_bytes_min) return std::nullopt;
  const std::uint64_t* const bitmap = bitmap_.data();
  const std::size_t wide_end = text.size() - (sizeof(std::uint64_t) - 1);
  std::size_t at = from;
  for (; at < wide_end; at += stride) {
    const std::uint64_t piece = wide_piece_at(text.data() + at);
    const std::uint64_t hash = piece * hash_factor;
    const std::uint64_t bits = bits_of(hash >> bits_shift);
    if ((bitmap[hash >> bitmap_shift_] & bits) != bits) continue;
    if (auto hit = confirm(text, at, from, piece, hash, wanted)) return hit;
  }
  for (; at + piece_bytes <= text.size(); at += stride) {
    const std::uint64_t piece = piece_at(text.data() + at);
    if (auto hit = confirm(text, at, from, piece, piece * hash_factor, wanted)) return hit;
  }
  return std::nullopt;
}

}  // namespace bailey::gateway
