// Unpacks gzip and deflate (RFC 1952, 1950, 1951) as they stream by, to look at what is in them. Nothing is kept.
//
// A bomb costs time and no memory: what comes out is handed on in pieces, and ends at inflated_bytes_max.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace bailey::gateway {

inline constexpr std::uint64_t inflated_bytes_max = std::uint64_t{256} << 20;  // of one body

class Inflater {
 public:
  enum class Format { gzip, deflate };  // deflate: with or without zlib's header, as servers take both
  explicit Inflater(Format format) : format_(format) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  // `take` gets what was unpacked and says whether to go on. Members of gzip follow one another; an error is whatever
  // is not of the format.
  [[nodiscard]] Status feed(std::string_view bytes, const std::function<bool(std::string_view)>& take);
  // An error: it is not whole.
  [[nodiscard]] Status finish() const;

 private:
  [[nodiscard]] Status begin(char first);

  Format format_;
  std::unique_ptr<z_stream> stream_;
  std::uint64_t total_bytes_ = 0;
  bool is_between_members_ = false;
};

}  // namespace bailey::gateway
