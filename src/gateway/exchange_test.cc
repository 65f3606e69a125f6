#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>

#include "gateway/http_lab_test_support.h"

namespace bailey::gateway {
namespace {

using Arguments = std::vector<std::string>;

// Every combination of what the sandbox and the origin speak.
struct Carried : testing::TestWithParam<std::tuple<std::string, OriginKind>> {
  [[nodiscard]] std::string version() const { return std::get<0>(GetParam()); }
  [[nodiscard]] LabOptions options() const { return {.origin = std::get<1>(GetParam())}; }
};
INSTANTIATE_TEST_SUITE_P(Versions, Carried,
                         testing::Combine(testing::Values("--http1.1", "--http2"),
                                          testing::Values(OriginKind::python_tls, OriginKind::http2)));

TEST_P(Carried, ARequestArrivesAndItsResponseReturnsAndIsObservedOnce) {
  HttpLab lab(options());
  const auto got = lab.curl({version()}, "/a/b?secret=1");
  EXPECT_EQ(got.out, "hello /a/b?secret=1") << got.err;
  const auto seen = lab.wait_for(1);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].allowed);
  EXPECT_EQ(seen[0].path, "/a/b") << "the query stays out of the log";
  EXPECT_EQ(seen[0].method, "GET");
  EXPECT_EQ(seen[0].status, 200);
  EXPECT_EQ(seen[0].rule, "test");
  EXPECT_EQ(seen[0].bytes_in, got.out.size());
  EXPECT_EQ(seen[0].protocol, version() == "--http2" ? "h2" : "http/1.1");
}

TEST_P(Carried, AForbiddenRequestIsExplainedAndNeverReachesTheOrigin) {
  HttpLab lab(options());
  const auto got = lab.curl({version(), "-w", "%{http_code}"}, "/forbidden/x");
  EXPECT_EQ(got.out, "{\"refused\":\"GET /forbidden/x\",\"why\":\"not today\",\"rule\":\"test\"}\n403");
  EXPECT_EQ(lab.upstream_connections(), 0);
  const auto seen = lab.wait_for(1);
  EXPECT_FALSE(seen.at(0).allowed);
  EXPECT_EQ(seen.at(0).status, 403);
  EXPECT_EQ(seen.at(0).reason, "not today");
}

TEST_P(Carried, UploadsWithAndWithoutALengthArriveWhole) {
  HttpLab lab(options());
  std::ofstream(lab.directory() + "/body") << std::string(3'000'000, 'u');
  const std::string body = "@" + lab.directory() + "/body";
  const auto counted = lab.curl({version(), "--data-binary", body}, "/echo");
  EXPECT_EQ(counted.out, "3000000 bytes uuuuuuuuuuuuuuuuuuuu") << counted.err;
  const auto streamed = lab.curl({version(), "-X", "POST", "-T", "-", "-H", "Expect:"}, "/echo");
  EXPECT_EQ(streamed.out, "0 bytes ") << streamed.err;
  const auto chunked =
      lab.curl({version(), "-X", "POST", "-T", lab.directory() + "/body", "-H", "Transfer-Encoding: chunked"}, "/echo");
  EXPECT_EQ(chunked.out, "3000000 bytes uuuuuuuuuuuuuuuuuuuu") << chunked.err;
}

TEST_P(Carried, LargeDownloadsArriveWhole) {
  HttpLab lab(options());
  const auto got = lab.curl({version(), "-o", "/dev/null", "-w", "%{size_download} %{http_code}"}, "/big/30000000");
  EXPECT_EQ(got.out, "30000000 200") << got.err;
  EXPECT_EQ(lab.wait_for(1).at(0).bytes_in, 30000000U);
}

TEST_P(Carried, ManyRequestsShareConnections) {
  HttpLab lab(options());
  const auto got = lab.curl({version()}, "/[1-50]");
  EXPECT_NE(got.out.find("hello /50"), std::string::npos) << got.err;
  EXPECT_EQ(lab.wait_for(50).size(), 50U);
  EXPECT_EQ(lab.upstream_connections(), 1);
}

TEST_P(Carried, ABodyOverTheLimitIsRefusedAndExplained) {
  auto limited = options();
  limited.upload_request_bytes_max = 1 << 20;
  HttpLab lab(limited);
  std::ofstream(lab.directory() + "/small") << std::string(1 << 20, 'u');
  std::ofstream(lab.directory() + "/large") << std::string((1 << 20) + 1, 'u');
  const auto small =
      lab.curl({version(), "--data-binary", "@" + lab.directory() + "/small", "-w", "%{http_code}"}, "/echo");
  EXPECT_NE(small.out.find("200"), std::string::npos) << small.out << small.err;
  for (const auto& framing : {Arguments{}, Arguments{"-H", "Transfer-Encoding: chunked"}}) {
    Arguments arguments = {version(), "--data-binary", "@" + lab.directory() + "/large", "-w", "%{http_code}"};
    if (version() == "--http2" && !framing.empty()) continue;
    arguments.insert(arguments.end(), framing.begin(), framing.end());
    const auto large = lab.curl(arguments, "/echo");
    EXPECT_NE(large.out.find("larger than 1 MiB"), std::string::npos) << large.out << large.err;
    EXPECT_NE(large.out.find("413"), std::string::npos);
  }
}

TEST_P(Carried, ALimitBelowOneMebibyteIsSaidAsItIs) {
  auto limited = options();
  limited.upload_request_bytes_max = 64 << 10;
  HttpLab lab(limited);
  std::ofstream(lab.directory() + "/large") << std::string((64 << 10) + 1, 'u');
  const auto large = lab.curl({version(), "--data-binary", "@" + lab.directory() + "/large"}, "/echo");
  EXPECT_NE(large.out.find("larger than 64 KiB"), std::string::npos) << large.out << large.err;
}

TEST_P(Carried, TheSessionsBandwidthCountsHereToo) {
  auto limited = options();
  limited.bytes_per_second_max = 1 << 20;
  HttpLab lab(limited);
  const auto got = lab.curl({version(), "-o", "/dev/null", "-w", "%{size_download}"}, "/big/600000");
  EXPECT_EQ(got.out, "600000") << got.err;
  EXPECT_GT(lab.bandwidth_waits(), 0);
  const int after_download = lab.bandwidth_waits();
  std::ofstream(lab.directory() + "/large") << std::string(600'000, 'u');
  const auto sent =
      lab.curl({version(), "--data-binary", "@" + lab.directory() + "/large", "-w", " %{http_code}"}, "/echo");
  EXPECT_NE(sent.out.find("200"), std::string::npos) << sent.err;
  EXPECT_GT(lab.bandwidth_waits(), after_download);
  HttpLab unlimited(options());
  EXPECT_EQ(unlimited.curl({version(), "-o", "/dev/null", "-w", "%{size_download}"}, "/big/600000").out, "600000");
  EXPECT_EQ(unlimited.bandwidth_waits(), 0);
}

TEST_P(Carried, FieldsForOneConnectionStayThere) {
  HttpLab lab(options());
  const auto got = lab.curl(
      {version(), "-H", "Proxy-Authorization: s3cret", "-H", "X-Keep: yes", "-H", "Cookie: a=1; b=2"}, "/fields");
  EXPECT_EQ(got.out.find("s3cret"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("eep: yes"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("a=1; b=2"), std::string::npos) << got.out;
}

TEST_P(Carried, AnotherHostThanTheProvedOneIsRefused) {
  HttpLab lab(options());
  const auto control =
      lab.curl({version(), "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: ORIGIN.example:443"}, "/");
  EXPECT_EQ(control.out, "200") << control.err;
  const auto other = lab.curl({version(), "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.example"}, "/");
  EXPECT_EQ(other.out, "421") << other.err;
  EXPECT_EQ(lab.upstream_connections(), 1);
}

struct Http1 : testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Versions, Http1, testing::Values("--http1.1", "--http2"));

TEST_P(Http1, EveryShapeOfResponseIsUnderstood) {
  HttpLab lab;
  const auto code = [&](const std::string& path, Arguments more = {}) {
    more.insert(more.end(), {GetParam(), "-w", " %{http_code}"});
    return lab.curl(more, path).out;
  };
  EXPECT_EQ(code("/chunked"), "hello world 200");
  EXPECT_NE(lab.curl({GetParam()}, "/until-close").exit_status, 0) << "Python closes TLS without close_notify";
  EXPECT_EQ(code("/204"), " 204");
  EXPECT_EQ(code("/304"), " 304");
  EXPECT_EQ(code("/hints"), "hinted 200");
  EXPECT_NE(code("/x", {"-I"}).find("200"), std::string::npos);
  EXPECT_EQ(code("/smuggle").substr(0, 26), "{\"error\":\"upstream_failed\"");
  EXPECT_EQ(code("/early", {"-d", "x"}), "no 409");
  EXPECT_EQ(lab.curl({GetParam(), "-D", "-"}, "/alt-svc").out.find("h3="), std::string::npos);
  EXPECT_NE(lab.curl({GetParam()}, "/cut-short").exit_status, 0) << "a truncated body must not look whole";
}

TEST_P(Http1, AnEventArrivesBeforeTheNextIsSent) {
  HttpLab lab;
  // The server says one thing and then nothing: curl gives up by itself and has what came.
  const auto got = lab.curl({GetParam(), "-N", "--max-time", "2"}, "/events");
  EXPECT_EQ(got.out, "data: 1\n\n") << got.err;
  EXPECT_EQ(lab.wait_for(1).at(0).bytes_in, 9U) << "a client that goes away ends the request";
}

TEST_P(Http1, ACertificateForAnotherHostOrOfAnotherAuthorityIsNotAccepted) {
  HttpLab other_host(LabOptions{.certificate_host = "evil.example"});
  const auto named = other_host.curl({GetParam(), "-w", "%{http_code}"}, "/");
  EXPECT_NE(named.out.find("ostname mismatch"), std::string::npos) << named.out;
  EXPECT_NE(named.out.find("502"), std::string::npos);
  const SystemClock clock;
  HttpLab other_authority(LabOptions{.trusted_pem = CertificateAuthority::create(clock).value().ca_pem().value()});
  EXPECT_NE(other_authority.curl({GetParam(), "-w", "%{http_code}"}, "/").out.find("502"), std::string::npos);
}

TEST(Plain, PipelinedRequestsAreAnsweredInOrderAndAbsoluteFormEndsTheConnection) {
  HttpLab lab({.origin = OriginKind::python_plain});
  const std::string host = "Host: " + lab_host + "\r\n";
  const auto answers = lab.talk("GET /1 HTTP/1.1\r\n" + host + "\r\nGET /2 HTTP/1.1\r\n" + host +
                                "Connection: close\r\n\r\nGET /3 HTTP/1.1\r\n" + host + "\r\n");
  const auto first = answers.find("hello /1");
  const auto second = answers.find("hello /2");
  EXPECT_TRUE(first != std::string::npos && second != std::string::npos && first < second) << answers;
  EXPECT_EQ(answers.find("hello /3"), std::string::npos);
  const auto absolute = lab.talk("GET http://" + lab_host + "/abs HTTP/1.1\r\n" + host + "\r\n");
  EXPECT_NE(absolute.find("hello /abs"), std::string::npos);
  EXPECT_NE(absolute.find("Connection: close"), std::string::npos);
}

TEST(Plain, ConnectWithinAConnectionAndTraceAreRefused) {
  HttpLab lab({.origin = OriginKind::python_plain});
  EXPECT_EQ(lab.curl({"-X", "OPTIONS", "-o", "/dev/null", "-w", "%{http_code}"}, "/").out, "501")
      << "Python's own answer";
  EXPECT_EQ(lab.curl({"-X", "TRACE", "-o", "/dev/null", "-w", "%{http_code}"}, "/").out, "403");
  const auto chained =
      lab.talk("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(chained.starts_with("HTTP/1.1 403")) << chained;
  const auto elsewhere = lab.talk("GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_TRUE(elsewhere.starts_with("HTTP/1.1 421")) << elsewhere;
}

TEST(Plain, ABodyThatEndsWithTheConnectionIsWhole) {
  HttpLab lab({.origin = OriginKind::python_plain});
  const auto got = lab.curl({"-D", "-"}, "/until-close");
  EXPECT_EQ(got.exit_status, 0) << got.err;
  EXPECT_TRUE(got.out.ends_with("to the end")) << got.out;
  EXPECT_EQ(lab.curl({"-0"}, "/chunked").out, "hello world") << "HTTP/1.0 clients know no chunks";
}

TEST(Plain, SmuggledAndBrokenRequestsAreRefusedAndTheConnectionEnds) {
  HttpLab lab({.origin = OriginKind::python_plain});
  const std::string start = "POST /x HTTP/1.1\r\nHost: " + lab_host + "\r\n";
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: " + lab_host + "\r\n\r\n";
  EXPECT_NE(lab.talk(start + "Content-Length: 4\r\nConnection: close\r\n\r\nbody").find("4 bytes"), std::string::npos);
  for (const std::string& attack : {start + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
                                    start + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + hidden,
                                    start + "Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + hidden,
                                    start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
                                    start + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
                                    start + "Transfer-Encoding: chunked\r\n\r\n0\n\r\n" + hidden,
                                    start + "X: " + std::string(20000, 'x') + "\r\n\r\n"}) {
    const auto answer = lab.talk(attack);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << answer;
    EXPECT_EQ(answer.find("hidden"), std::string::npos);
  }
}

TEST(Plain, AWebSocketCarriesBytesBothWaysAfterTheUpgrade) {
  HttpLab lab({.origin = OriginKind::python_plain});
  const Fd socket(lab.connect());
  const std::string upgrade = "GET /socket HTTP/1.1\r\nHost: " + lab_host +
                              "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
  ASSERT_GT(::send(socket.get(), upgrade.data(), upgrade.size(), 0), 0);
  std::string got;
  char buffer[4096];
  const auto read_until = [&](std::string_view what) {
    while (got.find(what) == std::string::npos) {
      const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      got.append(buffer, static_cast<std::size_t>(count));
    }
    return true;
  };
  ASSERT_TRUE(read_until("\r\n\r\n")) << got;
  EXPECT_TRUE(got.starts_with("HTTP/1.1 101")) << got;
  for (const std::string word : {"ping", "pong"}) {
    ASSERT_GT(::send(socket.get(), word.data(), word.size(), 0), 0);
    ASSERT_TRUE(read_until(word == "ping" ? "PING" : "PONG"));
  }
  ::shutdown(socket.get(), SHUT_WR);
  const auto seen = lab.wait_for(1);
  EXPECT_EQ(seen.at(0).protocol, "websocket");
  EXPECT_EQ(seen.at(0).status, 101);
}

TEST(Plain, AHeadThatNeverEndsIsNotWaitedForForEver) {
  HttpLab lab({.origin = OriginKind::python_plain, .header_seconds_max = 2});
  EXPECT_EQ(lab.talk("GET / HTTP/1.1\r\nHost: a"), "") << "closed without an answer";
  EXPECT_EQ(lab.wait_for(1).at(0).what, Seen::limit);
}

}  // namespace
}  // namespace bailey::gateway
