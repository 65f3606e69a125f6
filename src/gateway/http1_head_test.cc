#include "gateway/http1_head.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cerrno>

#include "gateway/http1_write.h"

namespace bailey::gateway {
namespace {

std::string why(std::string_view bytes) {
  const auto parsed = parse_request_head(bytes);
  if (!parsed) return parsed.error().why;
  return *parsed ? "" : "more";
}

std::string request_with(std::string_view field_lines) {
  return "POST / HTTP/1.1\r\nHost: a.example\r\n" + std::string(field_lines) + "\r\n";
}

TEST(RequestHead, IsReadWithWhatItTookAndNoMore) {
  const std::string bytes = "GET /a?b=c HTTP/1.1\r\nHost: A.example:8443\r\nX-Y:  v w \t\r\nEmpty:\r\n\r\nGET /next";
  const auto parsed = parse_request_head(bytes).value().value();
  EXPECT_EQ(parsed.bytes, bytes.size() - 9);
  EXPECT_EQ(parsed.head.method, "GET");
  EXPECT_EQ(parsed.head.path, "/a?b=c");
  EXPECT_EQ(parsed.head.authority, "A.example:8443");
  EXPECT_EQ(parsed.head.fields, (HttpFields{{"Host", "A.example:8443"}, {"X-Y", "v w"}, {"Empty", ""}}));
}

TEST(RequestHead, AskForMoreAtEveryByteUntilItIsWhole) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_EQ(why(bytes.substr(0, size)), "more") << size;
  EXPECT_EQ(why(bytes), "");
}

TEST(RequestHead, EveryFormOfTargetIsKnown) {
  const auto absolute =
      parse_request_head("GET http://a.example:80?q HTTP/1.1\r\nHost: A.example\r\n\r\n").value().value().head;
  EXPECT_EQ(absolute.form, TargetForm::absolute);
  EXPECT_EQ(absolute.path, "/?q");
  EXPECT_EQ(absolute.authority, "a.example:80");
  const auto connect = parse_request_head("CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n");
  EXPECT_EQ(connect.value().value().head.form, TargetForm::authority);
  const auto options = parse_request_head("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n");
  EXPECT_EQ(options.value().value().head.form, TargetForm::asterisk);
  EXPECT_EQ(parse_request_head("GET / HTTP/1.0\r\n\r\n").value().value().head.authority, "");
}

// Each shape is one change to a request that is accepted: the control is the first line of the test.
TEST(Smuggling, EveryShapeOfFramingThatTwoReadersCouldUnderstandDifferentlyIsRefused) {
  EXPECT_EQ(why(request_with("Content-Length: 5\r\n")), "");
  EXPECT_EQ(why(request_with("Transfer-Encoding: chunked\r\n")), "");
  for (const char* lines : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -5\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: 5.0\r\n",
           "Content-Length:\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Content-Length: 9223372036854775808\r\n",
           "Content_Length: 5\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, chunked\r\n",
           "Transfer-Encoding: Chunked\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding\t: chunked\r\n",
           "Transfer_Encoding: chunked\r\n",
           "Transfer-Encoding:\vchunked\r\n",
       })
    EXPECT_NE(why(request_with(lines)), "") << lines;
  EXPECT_EQ(why("POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 1\r\n\r\n"), "");
  EXPECT_NE(why("POST / HTTP/1.0\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"), "");
}

TEST(Smuggling, EveryShapeOfLineAndFieldThatIsRepairedElsewhereIsRefused) {
  EXPECT_EQ(why(request_with("X: a\r\n")), "");
  for (const std::string& lines : {
           std::string("X: a\n"),
           std::string("X: a\nY: b\r\n"),
           std::string("X: a\rY: b\r\n"),
           std::string("X: a\r\r\n"),
           std::string("X: a\r\n b\r\n"),
           std::string("X: a\r\n\tb\r\n"),
           std::string(" X: a\r\n"),
           std::string("X : a\r\n"),
           std::string("X\t: a\r\n"),
           std::string("X\r\n"),
           std::string(": a\r\n"),
           std::string("X y: a\r\n"),
           std::string("X\xc3\xa4: a\r\n"),
           std::string("X(: a\r\n"),
           std::string("X: a\0b\r\n", 8),
           std::string("X\0: a\r\n", 7),
           std::string("X: a\x7f\r\n"),
           std::string("X: a\x1b\r\n"),
       })
    EXPECT_NE(why(request_with(lines)), "") << lines;
}

TEST(Smuggling, HostIsOneAndTheHostOfTheTarget) {
  EXPECT_EQ(why("GET / HTTP/1.1\r\nhost: a.example\r\n\r\n"), "");
  EXPECT_NE(why("GET / HTTP/1.1\r\n\r\n"), "");
  EXPECT_NE(why("GET / HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n"), "");
  EXPECT_NE(why("GET / HTTP/1.1\r\nHost: a.example\r\nHOST: b.example\r\n\r\n"), "");
  EXPECT_NE(why("GET / HTTP/1.0\r\nHost: a.example\r\nHost: b.example\r\n\r\n"), "");
  for (const char* host :
       {"", "a b", "a.example, b.example", "u@a.example", "a.example:", "a.example:0", "a.example:65536",
        "a.example:80:80", "[::1", "[::1]x", "[]", "a/b", "a\\b", "a.example:+80", "\xc3\xa4.example"})
    EXPECT_NE(why("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), "") << host;
  EXPECT_EQ(why("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), "");
  EXPECT_NE(why("GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n"), "");
  EXPECT_NE(why("GET http://a.example/ HTTP/1.1\r\nHost: a.example:81\r\n\r\n"), "");
  EXPECT_NE(why("GET http://u@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), "");
  EXPECT_NE(why("GET ftp://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), "");
}

TEST(Smuggling, TheRequestLineHasThreePartsOneSpaceApart) {
  for (const std::string& line : {std::string("GET /"),
                                  std::string("GET / HTTP/0.9"),
                                  std::string("GET / HTTP/2.0"),
                                  std::string("GET / HTTP/1.2"),
                                  std::string("GET / http/1.1"),
                                  std::string("GET / HTTP/1.1 "),
                                  std::string("GET  / HTTP/1.1"),
                                  std::string("GET /a b HTTP/1.1"),
                                  std::string("GET /a\tb HTTP/1.1"),
                                  std::string("GET\t/ HTTP/1.1"),
                                  std::string("GET / HTTP/01.1"),
                                  std::string("GET / HTTP/1.1x"),
                                  std::string(" GET / HTTP/1.1"),
                                  std::string("G(T / HTTP/1.1"),
                                  std::string("GET a HTTP/1.1"),
                                  std::string("GET /\xc3\xa4 HTTP/1.1"),
                                  std::string("GET /#x HTTP/1.1"),
                                  std::string("GET * HTTP/1.1"),
                                  std::string("GET /\0 HTTP/1.1", 15),
                                  std::string("CONNECT a.example HTTP/1.1"),
                                  std::string("CONNECT /a HTTP/1.1"),
                                  std::string(40, 'A') + " / HTTP/1.1"})
    EXPECT_NE(why(line + "\r\nHost: a.example\r\n\r\n"), "") << line;
  EXPECT_NE(why("\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), "");
  EXPECT_NE(why("GET / HTTP/1.1\nHost: a.example\n\n"), "");
}

TEST(RequestHead, EveryLimitHoldsAlsoBeforeTheEndIsThere) {
  const auto code = [](const std::string& bytes) {
    const auto parsed = parse_request_head(bytes);
    return parsed ? 0 : parsed.error().code;
  };
  const std::string start = "GET / HTTP/1.1\r\nHost: a.example\r\n";
  EXPECT_EQ(why(start + "X: " + std::string(http_line_bytes_max - 10, 'x')), "more");
  EXPECT_EQ(code(start + "X: " + std::string(http_line_bytes_max, 'x')), EMSGSIZE);
  const std::string field = "X: " + std::string(8000, 'x') + "\r\n";
  std::string head = start;
  for (int i = 0; i < 8; ++i) head += field;
  EXPECT_EQ(why(head), "more");
  EXPECT_EQ(code(head + field), EMSGSIZE);
  std::string many = start;
  for (std::size_t i = 1; i < http_fields_max; ++i) many += "X: y\r\n";
  EXPECT_EQ(why(many + "\r\n"), "");
  EXPECT_EQ(code(many + "X: y\r\n\r\n"), EMSGSIZE);
  EXPECT_EQ(code(many + "X: y\r\nX: y\r\n"), EMSGSIZE) << "an endless head is not waited for";
}

TEST(ResponseHead, IsReadAsStrictly) {
  const auto parsed =
      parse_response_head("HTTP/1.1 200 All fine\r\nTransfer-Encoding: Chunked\r\n\r\n").value().value();
  EXPECT_EQ(parsed.head.status, 200);
  EXPECT_EQ(parsed.head.reason, "All fine");
  EXPECT_TRUE(parsed.head.is_chunked);
  EXPECT_EQ(parse_response_head("HTTP/1.0 304\r\n\r\n").value().value().head.status, 304);
  EXPECT_FALSE(parse_response_head("HTTP/1.1 20").value());
  for (const char* bytes :
       {"HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"})
    EXPECT_FALSE(parse_response_head(bytes)) << bytes;
}

TEST(WriteHead, NothingInAValueEndsALine) {
  RequestHead head{.method = "GET", .path = "/", .fields = {{"Host", "a.example"}}};
  EXPECT_EQ(write_head(head).value(), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  const auto refused = [](auto changed) { return !write_head(changed); };
  for (const char* bad : {"x\r\nInjected: 1", "x\ny", "x\ry", "x\x01", " x", "x "}) {
    RequestHead value = head, name = head, path = head, method = head;
    value.fields[0].value = bad;
    name.fields[0].name = bad;
    path.path = bad;
    method.method = bad;
    EXPECT_TRUE(refused(value) && refused(name) && refused(path) && refused(method)) << bad;
    EXPECT_TRUE(refused(ResponseHead{.status = 200, .reason = bad})) << bad;
  }
  EXPECT_TRUE(refused(ResponseHead{.status = 99}));
}

rc::Gen<std::string> text_of(const std::string& bytes) {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(bytes)));
}

RC_GTEST_PROP(WriteHead, WhatWasAcceptedAndIsWrittenAgainReadsTheSame, ()) {
  const std::string odd = "GET /a?:\r\n\t ,;=HTTP/1.0chunked5Content-Length%#[]\\\"";
  std::string bytes = *text_of("GETPOSX") + " /" + *text_of("abc/?%2e;=") + " HTTP/1." + *rc::gen::element("0", "1") +
                      "\r\nHost: a.example\r\n";
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) bytes += *text_of("abcXY-_") + ":" + *text_of("a b\tc,;\xe4") + "\r\n";
  bytes += "\r\n";
  if (*rc::gen::arbitrary<bool>()) bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::elementOf(odd);
  const auto parsed = parse_request_head(bytes);
  if (!parsed || !*parsed || (*parsed)->head.form == TargetForm::absolute) return;
  const auto& head = (*parsed)->head;
  const auto written = write_head(head);
  RC_ASSERT(written.has_value());
  const auto again = parse_request_head(*written).value().value();
  RC_ASSERT(again.bytes == written->size());
  RC_ASSERT(again.head.method == head.method && again.head.path == head.path && again.head.fields == head.fields);
  RC_ASSERT(again.head.content_length == head.content_length && again.head.is_chunked == head.is_chunked);
  RC_ASSERT(again.head.authority == head.authority && again.head.minor_version == head.minor_version);
}

TEST(HopByHop, IsRemovedWithWhateverConnectionNames) {
  HttpFields fields = {{"Connection", "close, X-Mine"},
                       {"x-mine", "1"},
                       {"Keep-Alive", "5"},
                       {"TE", "trailers"},
                       {"Upgrade", "h2c"},
                       {"HTTP2-Settings", "x"},
                       {"Proxy-Authorization", "s"},
                       {"Accept", "*/*"}};
  remove_hop_by_hop(fields);
  EXPECT_EQ(fields, (HttpFields{{"Accept", "*/*"}}));
}

}  // namespace
}  // namespace bailey::gateway
