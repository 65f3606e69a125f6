#include "gateway/inflater.h"

#include <array>

namespace bailey::gateway {
namespace {

constexpr int window_bits = 15;
constexpr int gzip_bits = window_bits + 16;
constexpr std::size_t piece_bytes = std::size_t{64} << 10;

}  // namespace

Inflater::~Inflater() {
  if (stream_) ::inflateEnd(stream_.get());
}

Status Inflater::begin(char first) {
  stream_ = std::make_unique<z_stream>();
  // zlib's header begins with the method in the low half of its first byte; a deflate block never does (RFC 1950).
  const bool has_header = (static_cast<unsigned char>(first) & 0x0FU) == Z_DEFLATED;
  const int bits = format_ == Format::gzip ? gzip_bits : has_header ? window_bits : -window_bits;
  if (::inflateInit2(stream_.get(), bits) == Z_OK) return {};
  stream_.reset();
  return fail("unpack", "out of memory");
}

Status Inflater::feed(std::string_view bytes, const std::function<bool(std::string_view)>& take) {
  if (bytes.empty()) return {};
  if (!stream_) TRY_STATUS(begin(bytes.front()));
  std::array<char, piece_bytes> piece;
  z_stream& stream = *stream_;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib only reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    if (is_between_members_) {
      if (stream.avail_in == 0) return {};
      if (format_ != Format::gzip || ::inflateReset(&stream) != Z_OK) return fail("unpack", "more than it should hold");
      is_between_members_ = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece_bytes;
    const int result = ::inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = piece_bytes - stream.avail_out;
    total_bytes_ += made;
    if (total_bytes_ > inflated_bytes_max) return fail("unpack", "it unpacks to too much");
    if (made > 0 && !take({piece.data(), made})) return {};
    if (result == Z_STREAM_END) is_between_members_ = true;
    else if (result == Z_BUF_ERROR) return {};  // all of the input is used up
    else if (result != Z_OK) return fail("unpack", "it is not what it says it is");
    else if (stream.avail_in == 0 && stream.avail_out > 0) return {};
  }
}

Status Inflater::finish() const {
  if (!stream_ || is_between_members_) return {};
  return fail("unpack", "it ends too early");
}

}  // namespace bailey::gateway
