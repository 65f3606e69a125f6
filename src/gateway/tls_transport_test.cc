#include "gateway/tls_transport.h"

#include <gtest/gtest.h>

#include "gateway/http_lab_test_support.h"

namespace bailey::gateway {
namespace {

// Two transports back to back: what one writes the other reads in the next round.
class PairedTransport final : public Transport {
 public:
  PairedTransport(event::Loop& loop, std::size_t room) : loop_(loop), room_(room) {}
  static std::pair<std::unique_ptr<PairedTransport>, std::unique_ptr<PairedTransport>> make(event::Loop& loop,
                                                                                            std::size_t room) {
    auto a = std::make_unique<PairedTransport>(loop, room);
    auto b = std::make_unique<PairedTransport>(loop, room);
    a->other_ = b.get();
    b->other_ = a.get();
    return {std::move(a), std::move(b)};
  }
  void set_handlers(TransportHandlers handlers) override { handlers_ = std::move(handlers); }
  bool write(std::string_view bytes) override {
    if (bytes.size() > room_bytes()) return false;
    other_->in_ += bytes;
    other_->deliver_soon();
    return true;
  }
  [[nodiscard]] std::size_t room_bytes() const override { return room_ - std::min(room_, other_->in_.size()); }
  void want_drained() override { wants_drained_ = true; }
  void finish_writing() override {
    other_->ended_ = true;
    other_->deliver_soon();
  }
  void pause_reading() override { paused_ = true; }
  void resume_reading() override {
    paused_ = false;
    deliver_soon();
  }

 private:
  void deliver_soon() {
    loop_.defer([this] {
      if (paused_) return;
      const auto bytes = std::exchange(in_, {});
      if (!bytes.empty()) handlers_.on_data(bytes);
      if (!bytes.empty() && std::exchange(other_->wants_drained_, false)) other_->handlers_.on_drained();
      if (in_.empty() && !paused_ && std::exchange(ended_, false)) handlers_.on_end();
    });
  }
  event::Loop& loop_;
  std::size_t room_;
  PairedTransport* other_ = nullptr;
  TransportHandlers handlers_;
  std::string in_;
  bool paused_ = true;
  bool ended_ = false;
  bool wants_drained_ = false;
};

struct TlsTest : testing::Test {
  SystemClock clock;
  std::unique_ptr<event::Loop> loop = event::Loop::create(clock).value();
  CertificateAuthority authority = CertificateAuthority::create(clock).value();
  TlsServerContext server_context = TlsServerContext::create().value();
  std::unique_ptr<TlsClientContext> client_context = TlsClientContext::create(authority.ca_pem().value()).value();
  std::unique_ptr<TlsTransport> server, client;
  PairedTransport* server_lower = nullptr;
  std::string agreed, client_error, server_error;

  void shake(const std::string& served, const TlsUpstream& wanted, std::size_t room = 1 << 20) {
    auto [a, b] = PairedTransport::make(*loop, room);
    server_lower = a.get();
    server =
        TlsTransport::accept(*loop, server_context, authority, served, std::move(a), [this](Result<std::string> done) {
          if (!done) server_error = done.error().why;
        }).value();
    client = TlsTransport::connect(*loop, *client_context, wanted, std::move(b), [this](Result<std::string> done) {
               if (done) agreed = *done;
               else client_error = done.error().why;
             }).value();
    rounds();
  }
  void rounds() {
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(0)));
  }
};

TEST_F(TlsTest, BothSidesAgreeAndVerifyTheHost) {
  shake("a.example", {.host = "a.example"});
  EXPECT_EQ(agreed, "h2") << client_error;
  shake("127.0.0.1", {.host = "127.0.0.1", .is_literal = true, .protocols = "\x08http/1.1"});
  EXPECT_EQ(agreed, "http/1.1") << client_error;
}

TEST_F(TlsTest, AClientThatNamesAnotherHostThanTheProvedOneIsRefused) {
  shake("a.example", {.host = "b.example"});
  EXPECT_NE(client_error.find("unrecognized name"), std::string::npos) << client_error;
  EXPECT_EQ(agreed, "");
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityOrForAnotherAddressIsNotAccepted) {
  const auto other = CertificateAuthority::create(clock).value();
  client_context = TlsClientContext::create(other.ca_pem().value()).value();
  shake("a.example", {.host = "a.example"});
  EXPECT_NE(client_error, "");
  client_context = TlsClientContext::create(authority.ca_pem().value()).value();
  client_error.clear();
  shake("127.0.0.1", {.host = "127.0.0.2", .is_literal = true});
  EXPECT_NE(client_error.find("IP address mismatch"), std::string::npos) << client_error;
  EXPECT_EQ(agreed, "");
}

TEST_F(TlsTest, ACleanEndAndACutAreToldApart) {
  for (const bool is_clean : {true, false}) {
    shake("a.example", {.host = "a.example"});
    int ends = 0;
    std::string got, error;
    client->set_handlers({.on_data = [&](std::string_view bytes) { got += bytes; },
                          .on_end = [&] { ++ends; },
                          .on_error = [&](const Error& why) { error = why.why; }});
    client->resume_reading();
    ASSERT_TRUE(server->write("whole"));
    if (is_clean) server->finish_writing();
    else server_lower->finish_writing();
    rounds();
    EXPECT_EQ(got, "whole");
    EXPECT_EQ(ends, is_clean ? 1 : 0);
    EXPECT_EQ(error.empty(), is_clean) << error;
  }
}

TEST_F(TlsTest, AReaderThatPausesStopsTheWriterAndEverythingArrivesLater) {
  shake("a.example", {.host = "a.example"}, 20000);
  std::string got;
  client->set_handlers({.on_data = [&](std::string_view bytes) { got += bytes; }});
  int drained = 0;
  server->set_handlers({.on_drained = [&] { ++drained; }});
  const std::string piece(10000, 'x');
  std::size_t sent = 0;
  while (server->write(piece)) sent += piece.size();
  rounds();
  EXPECT_LE(sent, tls_queue_bytes_max + 20000);
  EXPECT_LE(server->queued_bytes(), tls_queue_bytes_max + 1000);
  EXPECT_EQ(got, "");
  client->resume_reading();
  rounds();
  EXPECT_EQ(got.size(), sent);
  EXPECT_GE(drained, 1);
}

TEST(TlsLab, ANameThatWasNotProvedGetsAnAlertAndOldVersionsAreRefused) {
  HttpLab lab;
  const std::string to = "evil.example:443:127.0.0.1:" + std::to_string(lab.port());
  const auto control = lab.curl({"--tlsv1.2", "--tls-max", "1.2"}, "/x");
  EXPECT_EQ(control.out, "hello /x") << control.err;
  const auto other = lab.curl({"--connect-to", to, "https://evil.example/"}, "");
  EXPECT_NE(other.exit_status, 0);
  EXPECT_NE(other.err.find("unrecognized name"), std::string::npos) << other.err;
  const auto old = lab.curl({"--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"}, "/x");
  EXPECT_NE(old.exit_status, 0);
}

}  // namespace
}  // namespace bailey::gateway
