#include "gateway/unpacker.h"

#include <zlib.h>
#include <zstd.h>

#include <array>

#include "base/release.h"

namespace bailey::gateway {
namespace {

constexpr int window_bits = 15;
constexpr int gzip_bits = window_bits + 16;
constexpr std::size_t piece_bytes = std::size_t{64} << 10;
constexpr int zstd_window_bits_max = 23;

std::unexpected<Error> too_much() { return fail("unpack", "it unpacks to too much"); }
std::unexpected<Error> not_of_it() { return fail("unpack", "it is not what it says it is"); }
std::unexpected<Error> too_early() { return fail("unpack", "it ends too early"); }

class Inflater final : public Unpacker {
 public:
  explicit Inflater(Packing packing) : packing_(packing) {}
  ~Inflater() override;
  [[nodiscard]] Status feed(std::string_view bytes, const Take& take) override;
  [[nodiscard]] Status finish() const override;

 private:
  [[nodiscard]] Status begin(char first);

  Packing packing_;
  std::unique_ptr<z_stream> stream_;
  std::uint64_t total_bytes_ = 0;
  bool is_between_members_ = false;
};

Inflater::~Inflater() {
  if (stream_) ::inflateEnd(stream_.get());
}

Status Inflater::begin(char first) {
  stream_ = std::make_unique<z_stream>();
  // zlib's header begins with the method in the low half of its first byte; a deflate block never does (RFC 1950).
  const bool has_header = (static_cast<unsigned char>(first) & 0x0FU) == Z_DEFLATED;
  const int bits = packing_ == Packing::gzip ? gzip_bits : has_header ? window_bits : -window_bits;
  if (::inflateInit2(stream_.get(), bits) == Z_OK) return {};
  stream_.reset();
  return fail("unpack", "out of memory");
}

Status Inflater::feed(std::string_view bytes, const Take& take) {
  if (bytes.empty()) return {};
  if (!stream_) TRY_STATUS(begin(bytes.front()));
  std::array<char, piece_bytes> piece;
  z_stream& stream = *stream_;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib only reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    if (is_between_members_) {
      if (stream.avail_in == 0) return {};
      if (packing_ != Packing::gzip || ::inflateReset(&stream) != Z_OK)
        return fail("unpack", "more than it should hold");
      is_between_members_ = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece_bytes;
    const int result = ::inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = piece_bytes - stream.avail_out;
    total_bytes_ += made;
    if (total_bytes_ > unpacked_bytes_max) return too_much();
    if (made > 0 && !take({piece.data(), made})) return {};
    if (result == Z_STREAM_END) is_between_members_ = true;
    else if (result == Z_BUF_ERROR) return {};  // all of the input is used up
    else if (result != Z_OK) return not_of_it();
    else if (stream.avail_in == 0 && stream.avail_out > 0) return {};
  }
}

Status Inflater::finish() const {
  if (!stream_ || is_between_members_) return {};
  return too_early();
}

class ZstdUnpacker final : public Unpacker {
 public:
  [[nodiscard]] Status feed(std::string_view bytes, const Take& take) override;
  [[nodiscard]] Status finish() const override {
    if (left_ == 0) return {};
    return too_early();
  }

 private:
  std::unique_ptr<ZSTD_DStream, Release<ZSTD_freeDStream>> stream_;
  std::uint64_t total_bytes_ = 0;
  std::size_t left_ = 0;  // 0: between two frames
};

Status ZstdUnpacker::feed(std::string_view bytes, const Take& take) {
  if (!stream_) {
    stream_.reset(::ZSTD_createDStream());
    if (!stream_ || ::ZSTD_isError(::ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, zstd_window_bits_max)))
      return fail("unpack", "out of memory");
  }
  std::array<char, piece_bytes> piece;
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer output{piece.data(), piece.size(), 0};
    const std::size_t before = input.pos;
    left_ = ::ZSTD_decompressStream(stream_.get(), &output, &input);
    if (::ZSTD_isError(left_)) return not_of_it();
    total_bytes_ += output.pos;
    if (total_bytes_ > unpacked_bytes_max) return too_much();
    if (output.pos > 0 && !take({piece.data(), output.pos})) return {};
    if (input.pos == input.size && output.pos < piece.size()) return {};
    if (input.pos == before && output.pos == 0) return {};  // it wants more than there is
  }
}

}  // namespace

std::unique_ptr<Unpacker> make_unpacker(Packing packing) {
  if (packing == Packing::zstd) return std::make_unique<ZstdUnpacker>();
  return std::make_unique<Inflater>(packing);
}

}  // namespace bailey::gateway
