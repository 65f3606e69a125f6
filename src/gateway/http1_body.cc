#include "gateway/http1_body.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace bailey::gateway {
namespace {

std::unexpected<Error> refuse(std::string why) { return fail("read a chunked body", std::move(why)); }

int hexadecimal_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Framing request_framing(const RequestHead& head) {
  if (head.is_chunked) return {BodyKind::chunked, 0};
  const std::uint64_t length = head.content_length.value_or(0);
  return length > 0 ? Framing{BodyKind::length, length} : Framing{};
}

Framing response_framing(const ResponseHead& head, std::string_view method) {
  const bool is_successful = head.status >= 200 && head.status < 300;
  if (head.status < 200 || head.status == 204 || head.status == 304 || method == "HEAD" ||
      (method == "CONNECT" && is_successful))
    return {};
  if (head.is_chunked) return {BodyKind::chunked, 0};
  if (!head.content_length) return {BodyKind::until_close, 0};
  return *head.content_length > 0 ? Framing{BodyKind::length, *head.content_length} : Framing{};
}

Result<ChunkedDecoder::Piece> ChunkedDecoder::read_size(std::string_view input) {
  constexpr std::size_t line_bytes_max = chunk_size_digits_max + chunk_extension_bytes_max + 2;
  const std::size_t end = input.substr(0, line_bytes_max).find('\n');
  std::size_t digits = 0;
  std::uint64_t size = 0;
  for (; digits < std::min(end, input.size()) && hexadecimal_value(input[digits]) >= 0; ++digits) {
    if (digits == chunk_size_digits_max) return refuse("a chunk size of more than 16 digits");
    size = size << 4 | static_cast<std::uint64_t>(hexadecimal_value(input[digits]));
  }
  if (digits == 0 && !input.empty()) return refuse("a chunk size that is no hexadecimal number");
  if (digits < input.size() && input[digits] != '\r' && input[digits] != ';')
    return refuse("a chunk size that is no hexadecimal number");
  if (end == std::string_view::npos) {
    if (input.size() >= line_bytes_max) return refuse("a chunk extension of more than 256 bytes");
    return Piece{};
  }
  const auto extension = input.substr(digits, end - digits);
  if (extension.empty() || extension.back() != '\r' || !is_field_value(extension.substr(0, extension.size() - 1)))
    return refuse("a chunk size line that does not end with CRLF or holds control bytes");
  if (size >> 63 != 0) return refuse("a chunk size beyond 63 bits");
  left_ = size;
  expect_ = size == 0 ? Expect::trailers : Expect::data;
  return Piece{.bytes = end + 1, .data = {}};
}

Result<ChunkedDecoder::Piece> ChunkedDecoder::next(std::string_view input) {
  switch (expect_) {
    case Expect::size:
      return read_size(input);
    case Expect::data: {
      const auto data = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
      left_ -= data.size();
      if (left_ == 0) expect_ = Expect::data_end;
      return Piece{.bytes = data.size(), .data = data};
    }
    case Expect::data_end:
      if (!input.empty() && input[0] != '\r') return refuse("a chunk longer than its size");
      if (input.size() < 2) return Piece{};
      if (input[1] != '\n') return refuse("a chunk longer than its size");
      expect_ = Expect::size;
      return Piece{.bytes = 2, .data = {}};
    case Expect::trailers: {
      auto parsed = TRY(parse_trailers(input));
      if (!parsed) return Piece{};
      trailers_ = std::move(parsed->head);
      expect_ = Expect::nothing;
      return Piece{.bytes = parsed->bytes, .data = {}, .is_end = true};
    }
    case Expect::nothing:
      break;
  }
  return Piece{.bytes = 0, .data = {}, .is_end = true};
}

void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  std::array<char, chunk_size_digits_max> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), data.size(), 16).ptr;
  out.append(digits.data(), end).append("\r\n").append(data).append("\r\n");
}

void append_last_chunk(std::string& out, const HttpFields& trailers) {
  out += "0\r\n";
  for (const auto& field : trailers) out.append(field.name).append(": ").append(field.value).append("\r\n");
  out += "\r\n";
}

}  // namespace bailey::gateway
