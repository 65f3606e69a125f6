// Unpacks gzip, deflate (RFC 1952, 1950, 1951) and zstd (RFC 8878) as they stream by, to look at what is in them.
// Nothing is kept.
//
// A bomb costs time and no memory: what comes out is handed on in pieces, and ends at unpacked_bytes_max; a window is
// never larger than 8 MB, which is all that zstd may ask for in HTTP (RFC 9659).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace bailey::gateway {

inline constexpr std::uint64_t unpacked_bytes_max = std::uint64_t{256} << 20;  // of one body

class Unpacker {
 public:
  // Gets what was unpacked and says whether to go on.
  using Take = std::function<bool(std::string_view)>;

  Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  virtual ~Unpacker() = default;

  // Members of gzip, and frames of zstd, follow one another; an error is whatever is not of the format.
  [[nodiscard]] virtual Status feed(std::string_view bytes, const Take& take) = 0;
  // An error: it is not whole.
  [[nodiscard]] virtual Status finish() const = 0;
};

enum class Packing { gzip, deflate, zstd };  // deflate: with or without zlib's header, as servers take both
[[nodiscard]] std::unique_ptr<Unpacker> make_unpacker(Packing packing);

}  // namespace bailey::gateway
