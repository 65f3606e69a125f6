#include "gateway/http1_body.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailey::gateway {
namespace {

struct Decoded {
  std::string body;
  HttpFields trailers;
  std::string why;  // empty: read to the end
  std::string rest;
};

// Feeds `bytes` so that each call sees `step` more of them.
Decoded decode(std::string_view bytes, std::size_t step) {
  Decoded decoded{.why = "more"};
  ChunkedDecoder decoder;
  std::string buffer;
  while (true) {
    const auto piece = decoder.next(buffer);
    if (!piece) {
      decoded.why = piece.error().why;
      return decoded;
    }
    decoded.body += piece->data;
    buffer.erase(0, piece->bytes);
    if (piece->is_end) {
      decoded.why.clear();
      decoded.trailers = decoder.take_trailers();
      decoded.rest = buffer + std::string(bytes);
      return decoded;
    }
    if (piece->bytes > 0) continue;
    if (bytes.empty()) return decoded;
    buffer += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
}

TEST(Chunked, IsReadHoweverItIsCut) {
  const std::string bytes = "4;name=\"v\"\r\nWiki\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nNEXT";
  for (const std::size_t step : {1U, 2U, 3U, 7U, 1000U}) {
    const auto decoded = decode(bytes, step);
    EXPECT_EQ(decoded.why, "");
    EXPECT_EQ(decoded.body, "Wiki0123456789");
    EXPECT_EQ(decoded.trailers, (HttpFields{{"X-Sum", "1"}}));
    EXPECT_EQ(decoded.rest, "NEXT");
  }
}

TEST(Chunked, EveryShapeThatTwoReadersCouldUnderstandDifferentlyIsRefused) {
  for (const std::string& bytes : {std::string("4\nWiki\r\n0\r\n\r\n"),
                                   std::string("4\r\nWiki\n0\r\n\r\n"),
                                   std::string("4\r\nWikiX\r\n0\r\n\r\n"),
                                   std::string("4 \r\nWiki\r\n0\r\n\r\n"),
                                   std::string(" 4\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("+4\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("-4\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("0x4\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("g\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("4;a\rb\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("4;a\nb\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("00000000000000004\r\nWiki\r\n0\r\n\r\n"),
                                   std::string("10000000000000000\r\n"),
                                   std::string("8000000000000000\r\n"),
                                   std::string("4;") + std::string(400, 'x'),
                                   std::string("0\r\nContent-Length: 5\r\n\r\n"),
                                   std::string("0\r\nHost: b.example\r\n\r\n"),
                                   std::string("0\r\nAuthorization: x\r\n\r\n"),
                                   std::string("0\r\nTransfer-Encoding: chunked\r\n\r\n"),
                                   std::string("0\r\nX: 1\n\r\n"),
                                   std::string("0\r\n X: 1\r\n\r\n")})
    for (const std::size_t step : {1U, 1000U}) {
      const auto why = decode(bytes, step).why;
      EXPECT_TRUE(why != "" && why != "more") << bytes << why;
    }
  EXPECT_EQ(decode("fffffffffffffff\r\nabc", 9).why, "more") << "a huge chunk is streamed, not stored";
}

RC_GTEST_PROP(Chunked, WhatIsWrittenReadsTheSame, (const std::vector<std::string>& pieces)) {
  std::string bytes, body;
  for (const auto& piece : pieces) {
    append_chunk(bytes, piece);
    body += piece;
  }
  append_last_chunk(bytes, {{"X-T", "v"}});
  const auto decoded = decode(bytes, *rc::gen::inRange<std::size_t>(1, 50));
  RC_ASSERT(decoded.why.empty() && decoded.body == body && decoded.rest.empty());
}

Framing of_response(std::string_view bytes, std::string_view method) {
  return response_framing(parse_response_head(bytes).value().value().head, method);
}

TEST(Framing, OfResponsesFollowsTheTableOfTheRfc) {
  EXPECT_EQ(of_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET"), (Framing{BodyKind::length, 5}));
  EXPECT_EQ(of_response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET"), Framing{});
  EXPECT_EQ(of_response("HTTP/1.1 200 OK\r\n\r\n", "GET"), (Framing{BodyKind::until_close, 0}));
  EXPECT_EQ(of_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET"),
            (Framing{BodyKind::chunked, 0}));
  for (const char* status : {"100", "101", "103", "204", "304"})
    EXPECT_EQ(of_response("HTTP/1.1 " + std::string(status) + " X\r\nContent-Length: 5\r\n\r\n", "GET"), Framing{});
  EXPECT_EQ(of_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"), Framing{});
  EXPECT_EQ(of_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "CONNECT"), Framing{});
  EXPECT_EQ(of_response("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n", "CONNECT"), (Framing{BodyKind::length, 5}));
}

TEST(Framing, ARequestWithoutFramingFieldsHasNoBody) {
  const auto of = [](const char* lines) {
    const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
    return request_framing(parse_request_head(bytes).value().value().head);
  };
  EXPECT_EQ(of(""), Framing{});
  EXPECT_EQ(of("Content-Length: 7\r\n"), (Framing{BodyKind::length, 7}));
  EXPECT_EQ(of("Transfer-Encoding: chunked\r\n"), (Framing{BodyKind::chunked, 0}));
}

}  // namespace
}  // namespace bailey::gateway
