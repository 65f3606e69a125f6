// Where the body of an HTTP/1 message ends (RFC 9112 §6.3), and the chunked coding (§7.1), read strictly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/http1_head.h"

namespace bailey::gateway {

inline constexpr std::size_t chunk_extension_bytes_max = 256;
inline constexpr std::size_t chunk_size_digits_max = 16;

enum class BodyKind { none, length, chunked, until_close };
struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;  // of BodyKind::length
  friend bool operator==(const Framing&, const Framing&) = default;
};

[[nodiscard]] Framing request_framing(const RequestHead& head);
// `method` is that of the request. 1xx, 204, 304, answers to HEAD and 2xx to CONNECT have no body whatever they say.
[[nodiscard]] Framing response_framing(const ResponseHead& head, std::string_view method);

// A chunked body, taken piece by piece from a buffer that the caller keeps. Extensions are dropped, a size line must be
// plain hexadecimal digits.
class ChunkedDecoder {
 public:
  struct Piece {
    std::size_t bytes = 0;  // of input that are done with; 0: more input is needed
    std::string_view data;  // of the body, into the input; may be empty
    bool is_end = false;    // the last chunk and the trailers have been read
  };
  [[nodiscard]] Result<Piece> next(std::string_view input);
  [[nodiscard]] HttpFields take_trailers() { return std::move(trailers_); }

 private:
  enum class Expect { size, data, data_end, trailers, nothing };
  Result<Piece> read_size(std::string_view input);

  Expect expect_ = Expect::size;
  std::uint64_t left_ = 0;
  HttpFields trailers_;
};

// One chunk; nothing for empty data, which would end the body.
void append_chunk(std::string& out, std::string_view data);
// The last chunk with trailers, which must have been read or validated (http1_write.h).
void append_last_chunk(std::string& out, const HttpFields& trailers);

}  // namespace bailey::gateway
