// Any bytes as a chunked body: fed whole or byte by byte it means the same, and written again it reads the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/http1_body.h"

namespace {

using namespace bailey::gateway;

struct Decoded {
  std::string body;
  HttpFields trailers;
  bool is_refused = false;
  bool is_whole = false;
};

Decoded decode(std::string_view input, std::size_t step) {
  Decoded decoded;
  ChunkedDecoder decoder;
  std::size_t start = 0;
  std::size_t end = std::min(step, input.size());
  while (true) {
    const auto piece = decoder.next(input.substr(start, end - start));
    decoded.is_refused = !piece;
    if (!piece) return decoded;
    if (piece->bytes > end - start) std::abort();
    decoded.body += piece->data;
    start += piece->bytes;
    decoded.is_whole = piece->is_end;
    if (piece->is_end) {
      decoded.trailers = decoder.take_trailers();
      return decoded;
    }
    if (piece->bytes > 0) continue;
    if (end == input.size()) return decoded;
    end = std::min(end + step, input.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
  const auto whole = decode(input, input.size());
  const auto bytewise = decode(input, 1);
  if (whole.is_refused != bytewise.is_refused || whole.is_whole != bytewise.is_whole) std::abort();
  if (!whole.is_whole) return 0;
  if (whole.body != bytewise.body || whole.trailers != bytewise.trailers) std::abort();
  std::string again;
  append_chunk(again, whole.body);
  append_last_chunk(again, whole.trailers);
  const auto reread = decode(again, 7);
  if (!reread.is_whole || reread.body != whole.body || reread.trailers != whole.trailers) std::abort();
  return 0;
}
