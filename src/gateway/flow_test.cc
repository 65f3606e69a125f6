// Floods, slow readers and clients that go away: what is kept in memory stays bounded, whoever misbehaves is told off.
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <fstream>

#include "gateway/http2_session.h"
#include "gateway/http_lab_test_support.h"

namespace bailey::gateway {
namespace {

constexpr std::uint64_t large_bytes = std::uint64_t{200} << 20;

std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * 4096;
}

// A transport that a test plays the other side of. Takes `room` bytes until it is given more.
class FakeTransport final : public Transport {
 public:
  void set_handlers(TransportHandlers given) override { handlers = std::move(given); }
  bool write(std::string_view bytes) override {
    if (bytes.size() > room) return false;
    room -= bytes.size();
    written += bytes;
    return true;
  }
  [[nodiscard]] std::size_t room_bytes() const override { return room; }
  void want_drained() override { wants_drained = true; }
  void finish_writing() override { is_finished = true; }
  void pause_reading() override { is_paused = true; }
  void resume_reading() override { is_paused = false; }

  TransportHandlers handlers;
  std::string written;
  std::size_t room = 1 << 20;
  bool wants_drained = false;
  bool is_finished = false;
  bool is_paused = true;
};

class SilentObserver final : public Observer {
 public:
  void seen(Observation observation) override { all.push_back(std::move(observation)); }
  std::vector<Observation> all;
};

struct FlowTest : testing::Test {
  SystemClock clock;
  std::unique_ptr<event::Loop> loop = event::Loop::create(clock).value();
  SilentObserver observer;
  FakeTransport* client = nullptr;
  FakeTransport* origin = nullptr;
  std::unique_ptr<InspectedConnection> connection;
  int origins = 0;
  bool is_closed = false;

  void start(const std::string& protocol, const std::string& upstream_protocol) {
    InspectionHooks hooks;
    hooks.decide = [](std::string_view, std::string_view) {
      return Verdict{.action = RuleAction::allow, .rule = "test"};
    };
    hooks.refusal_body = [](const Verdict&, std::string_view, std::string_view) { return std::string("{}"); };
    hooks.open_upstream = [this, upstream_protocol](UpstreamProtocols, const UpstreamOpened& opened) {
      auto made = std::make_unique<FakeTransport>();
      origin = made.get();
      ++origins;
      opened(UpstreamConnection{std::move(made), upstream_protocol});
    };
    hooks.on_closed = [this] { is_closed = true; };
    auto made = std::make_unique<FakeTransport>();
    client = made.get();
    InspectionSettings settings;
    settings.authority = {.host = "a.example", .port = 443};
    connection = InspectedConnection::start(*loop, std::move(made), protocol, settings, hooks, observer).value();
    rounds();
  }
  void rounds() {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(0)));
  }
};

TEST_F(FlowTest, AReaderThatDoesNotReadStopsTheOriginAfterABoundedAmount) {
  start("http/1.1", "http/1.1");
  client->room = 1000;
  client->handlers.on_data("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  rounds();
  ASSERT_NE(origin, nullptr);
  origin->handlers.on_data("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(large_bytes) + "\r\n\r\n");
  const std::string piece(32 << 10, 'x');
  std::size_t taken = 0;
  for (int i = 0; i < 1000 && !origin->is_paused; ++i) {
    origin->handlers.on_data(piece);
    taken += piece.size();
    rounds();
  }
  EXPECT_TRUE(origin->is_paused);
  EXPECT_LE(taken, stream_queue_bytes_max + 2 * piece.size());
  // It reads again: everything arrives, in bounded portions.
  std::uint64_t arrived = client->written.size();
  while (taken < large_bytes) {
    arrived += std::exchange(client->written, {}).size();
    client->room = 64 << 10;
    if (std::exchange(client->wants_drained, false)) client->handlers.on_drained();
    rounds();
    while (!origin->is_paused && taken < large_bytes) {
      const auto now = std::min<std::uint64_t>(piece.size(), large_bytes - taken);
      origin->handlers.on_data(std::string_view(piece).substr(0, now));
      taken += now;
      rounds();
    }
  }
  for (int i = 0; i < 100 && observer.all.empty(); ++i) {
    arrived += std::exchange(client->written, {}).size();
    client->room = 1 << 20;
    if (std::exchange(client->wants_drained, false)) client->handlers.on_drained();
    rounds();
  }
  EXPECT_EQ(observer.all.at(0).bytes_in, large_bytes);
}

TEST_F(FlowTest, AnUpstreamThatDoesNotReadStopsTheClient) {
  start("http/1.1", "http/1.1");
  client->handlers.on_data("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
  rounds();
  origin->room = 0;
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  int sent = 0;
  for (; sent < 100 && !client->is_paused; ++sent) {
    client->handlers.on_data(chunk);
    rounds();
  }
  EXPECT_TRUE(client->is_paused);
  EXPECT_LE(sent, 5);
}

TEST_F(FlowTest, AClientThatGoesAwayEndsTheRequestUpstream) {
  start("http/1.1", "http/1.1");
  client->handlers.on_data("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  rounds();
  client->handlers.on_end();
  rounds();
  EXPECT_TRUE(is_closed);
  ASSERT_EQ(observer.all.size(), 1U);
  EXPECT_EQ(observer.all[0].reason, "the client closed the connection");
}

TEST_F(FlowTest, AKeptConnectionThatHadGrownOldIsReplacedOnceForARequestWithoutBody) {
  start("http/1.1", "http/1.1");
  const std::string request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
  client->handlers.on_data(request);
  rounds();
  auto* const first = origin;
  first->handlers.on_data("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  rounds();
  client->handlers.on_data(request);
  rounds();
  EXPECT_EQ(origins, 1) << "it is reused";
  first->handlers.on_end();
  rounds();
  ASSERT_EQ(origins, 2);
  origin->handlers.on_data("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  rounds();
  EXPECT_TRUE(client->written.ends_with("ok")) << client->written;
}

TEST_F(FlowTest, AResponseThatNobodyAskedForIsGivenToNobody) {
  start("http/1.1", "http/1.1");
  client->handlers.on_data("GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
  rounds();
  origin->handlers.on_data(
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  rounds();
  client->handlers.on_data("GET /2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
  rounds();
  EXPECT_EQ(origins, 2) << "the poisoned connection isn't used again";
  EXPECT_EQ(client->written.find("evil"), std::string::npos);
}

// An HTTP/2 client by hand: frames as bytes.
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, const std::string& payload) {
  std::string out;
  for (const int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> shift & 0xff);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> shift & 0xff);
  return out + payload;
}
const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(NGHTTP2_SETTINGS, 0, 0, "");
// :method GET, :scheme https, :path /, :authority a.example
const std::string get_block = std::string("\x82\x87\x84\x41\x09") + "a.example";

struct Http2Flood : FlowTest {
  // Sends one after the other until the connection is gone; how many it took.
  int flood(const std::function<std::string(int)>& next, int count_max) {
    start("h2", "http/1.1");
    client->handlers.on_data(preface);
    rounds();
    int count = 0;
    for (; count < count_max && !is_closed; ++count) {
      client->room = 1 << 20;
      client->written.clear();
      client->handlers.on_data(next(count));
      rounds();
    }
    return count;
  }
};

TEST_F(Http2Flood, RequestsThatAreResetAtOnceEndTheConnection) {
  const auto open_and_reset = [](int i) {
    const auto stream = static_cast<std::uint32_t>(2 * i + 1);
    return frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream, get_block) +
           frame(NGHTTP2_RST_STREAM, 0, stream, std::string("\0\0\0\x08", 4));
  };
  EXPECT_LE(flood(open_and_reset, 1000), static_cast<int>(h2_resets_per_window_max) + 2);
}

TEST_F(Http2Flood, AFewResetsDoNot) {
  const auto open_and_reset = [](int i) {
    const auto stream = static_cast<std::uint32_t>(2 * i + 1);
    return frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream, get_block) +
           frame(NGHTTP2_RST_STREAM, 0, stream, std::string("\0\0\0\x08", 4));
  };
  EXPECT_EQ(flood(open_and_reset, 20), 20);
  EXPECT_FALSE(is_closed);
}

TEST_F(Http2Flood, PingsAndSettingsAndEmptyDataEndTheConnection) {
  const int allowed = static_cast<int>(h2_control_frames_per_window_max) + 2;
  EXPECT_LE(flood([](int) { return frame(NGHTTP2_PING, 0, 0, "12345678"); }, 5000), allowed);
  is_closed = false;
  EXPECT_LE(flood([](int) { return frame(NGHTTP2_SETTINGS, 0, 0, ""); }, 5000), allowed);
  is_closed = false;
  const auto empty_data = [](int i) {
    return i == 0 ? frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, get_block) : frame(NGHTTP2_DATA, 0, 1, "");
  };
  EXPECT_LE(flood(empty_data, 5000), allowed);
}

TEST_F(Http2Flood, AHeaderThatNeverEndsIsCutOff) {
  const auto endless = [](int i) {
    const std::string field = std::string("\x00\x01x\x7f\x81\x1e", 6) + std::string(273, 'y');
    std::string block;
    for (int n = 0; n < 20; ++n) block += field;
    return i == 0 ? frame(NGHTTP2_HEADERS, 0, 1, get_block) : frame(NGHTTP2_CONTINUATION, 0, 1, block);
  };
  EXPECT_LE(flood(endless, 1000), 100);
  EXPECT_TRUE(is_closed);
}

TEST(Memory, ALargeDownloadToASlowReaderNeedsLittle) {
  for (const auto kind : {OriginKind::python_tls, OriginKind::http2}) {
    for (const std::string version : {"--http1.1", "--http2"}) {
      HttpLab lab({.origin = kind});
      (void)lab.curl({version, "-o", "/dev/null"}, "/big/1000000");
      const std::size_t before = resident_bytes();
      const auto got =
          lab.curl({version, "-o", "/dev/null", "--limit-rate", "300M", "-w", "%{size_download}"}, "/big/200000000");
      EXPECT_EQ(got.out, "200000000") << got.err;
      EXPECT_LT(resident_bytes(), before + (std::size_t{16} << 20));
    }
  }
}

}  // namespace
}  // namespace bailey::gateway
