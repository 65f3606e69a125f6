// The keep's placeholders and values found again, wherever they come by and however they are written.
//
// How it works. Of each text at most probe_bytes_max bytes are looked for, those in which value and placeholder differ
// most: what is common to many (the header of a web token, the lines around a key) is not in them. They are looked for
// as they are, in base64 (at each of three places in a group, both alphabets) and hex. Beside the bytes as
// they are, a second view is searched, in which escapes of URLs and JSON are undone and line ends left out. Names are
// searched without regard to case and to where their labels end, and for base32 too.
//
// What it cannot do. Whoever encrypts, reverses or cuts a text into pieces shorter than the probe is not seen. What is
// cut that way is a placeholder, which is worth nothing elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "credentials/keep.h"
#include "gateway/pattern_set.h"

namespace bailey::gateway {

inline constexpr std::size_t probe_bytes_max = 32;

struct Sighting {
  enum class What { placeholder, value };
  std::uint32_t secret = 0;  // its number in the keep
  What what = What::placeholder;
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

enum class LookFor { anything, values };

class CanarySet {
 public:
  explicit CanarySet(const credentials::Keep& keep);
  // In both views; `text` is whole.
  [[nodiscard]] std::optional<Sighting> find(std::string_view text, LookFor what = LookFor::anything) const;
  // A host name in any form, with or without dots: labels are put together.
  [[nodiscard]] std::optional<Sighting> find_in_name(std::string_view name) const;
  [[nodiscard]] const PatternSet& patterns(LookFor what) const { return what == LookFor::values ? values_ : anything_; }
  [[nodiscard]] Sighting sighting(LookFor what, std::size_t number) const;

 private:
  PatternSet anything_;
  PatternSet values_;
  PatternSet in_names_;  // what is only looked for in names: base32, and texts without their dots
};

// Undoes %41, \u0041, \/ and drops CR, LF, \n and \r, across pieces.
class Unescaper {
 public:
  // Appends to `out`.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);
  [[nodiscard]] bool is_pending() const { return !pending_.empty(); }

 private:
  enum class Step { more, taken, broken };
  [[nodiscard]] Step judge(std::string& out) const;
  std::string pending_;  // the beginning of an escape
};

// One body as it streams by.
class Canary {
 public:
  // Borrowed, and it outlives this.
  explicit Canary(const CanarySet& set, LookFor what = LookFor::anything) : set_(set), what_(what) {}
  [[nodiscard]] std::optional<Sighting> feed(std::string_view bytes);

 private:
  struct View {
    std::string tail;  // what a pattern may have begun in
  };
  [[nodiscard]] std::optional<Sighting> search(View& view, std::string_view bytes) const;

  const CanarySet& set_;
  LookFor what_;
  View raw_;
  View plain_;
  Unescaper unescaper_;
  std::string unescaped_;
};

// The bytes of `text` in base64 that do not depend on what stands before and after, when `lead` bytes (0 to 2) come
// before it in its group.
[[nodiscard]] std::string base64_within(std::string_view text, std::size_t lead);
[[nodiscard]] std::string to_url_alphabet(std::string base64);
// The part of `text` that tells it from other texts: probe_bytes_max bytes, where it differs most from `other`.
[[nodiscard]] std::string_view probe_of(std::string_view text, std::string_view other);

}  // namespace bailey::gateway
