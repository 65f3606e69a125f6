#include "gateway/link_protocol.h"

#include <gtest/gtest.h>

#include "gateway/observation_queue.h"

namespace bailey::gateway {
namespace {

Observation observation() {
  return {.what = Seen::http_request,
          .allowed = true,
          .rule = "user:a.example",
          .reason = "",
          .host = "a.example",
          .port = 443,
          .learned_from = "connect",
          .method = "GET",
          .path = "/x",
          .protocol = "h2",
          .status = 200,
          .bytes_out = 1,
          .bytes_in = UINT64_MAX,
          .ms = 7,
          .count = 1};
}

TEST(LinkProtocol, MessagesToTheGatewayReadBack) {
  const auto configure = decode_to_gateway(
      encode(ToGateway(Configure{.texts = {"hosts", "policy"}, .names = NameTable::Start::after_restart})), 2);
  ASSERT_TRUE(configure);
  EXPECT_EQ(std::get<Configure>(*configure).texts, (std::vector<std::string>{"hosts", "policy"}));
  EXPECT_EQ(std::get<Configure>(*configure).names, NameTable::Start::after_restart);
  const auto listeners = decode_to_gateway(encode(ToGateway(Listeners{{"tcp4", "socks"}})), 2);
  ASSERT_TRUE(listeners);
  EXPECT_EQ(std::get<Listeners>(*listeners).names.back(), "socks");
  EXPECT_TRUE(std::holds_alternative<NewPolicy>(*decode_to_gateway(encode(ToGateway(NewPolicy{})), 1)));
  EXPECT_TRUE(std::holds_alternative<NewKeep>(*decode_to_gateway(encode(ToGateway(NewKeep{})), 1)));
  EXPECT_FALSE(decode_to_gateway(encode(ToGateway(NewKeep{})), 0)) << "without its text";
  EXPECT_TRUE(std::holds_alternative<Stop>(*decode_to_gateway(encode(ToGateway(Stop{})), 0)));
}

TEST(LinkProtocol, MessagesFromTheGatewayReadBack) {
  const auto seen = decode_from_gateway(encode(FromGateway(observation())), 0);
  ASSERT_TRUE(seen);
  const auto& back = std::get<Observation>(*seen);
  EXPECT_EQ(back.what, Seen::http_request);
  EXPECT_EQ(back.host, "a.example");
  EXPECT_EQ(back.status, 200);
  EXPECT_EQ(back.bytes_in, UINT64_MAX);
  EXPECT_EQ(std::get<ReadyToListen>(*decode_from_gateway(encode(FromGateway(ReadyToListen{"PEM"})), 0)).ca_pem, "PEM");
  EXPECT_EQ(std::get<Failed>(*decode_from_gateway(encode(FromGateway(Failed{"a", "b", "c"})), 0)).why, "b");
}

TEST(LinkProtocol, AnObservationOfASecretSaysWhich) {
  Observation seen = observation();
  seen.what = Seen::secret_echoed;
  seen.secret = "npm";
  const auto back = decode_from_gateway(encode(FromGateway(seen)), 0);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<Observation>(*back).what, Seen::secret_echoed);
  EXPECT_EQ(std::get<Observation>(*back).secret, "npm");
}

TEST(LinkProtocol, AnObservationAlwaysFits) {
  Observation seen = observation();
  seen.path = std::string(10'000, '\x01');  // six bytes each in JSON
  seen.host = seen.reason = seen.rule = std::string(5'000, '"');
  const std::string packet = encode(FromGateway(seen));
  EXPECT_LE(packet.size(), observation_bytes_max);
  EXPECT_TRUE(decode_from_gateway(packet, 0));
}

TEST(LinkProtocol, WhatDoesNotFitExactlyIsAnError) {
  const std::string good = encode(FromGateway(observation()));
  ASSERT_TRUE(decode_from_gateway(good, 0));
  EXPECT_FALSE(decode_from_gateway(good, 1)) << "a descriptor";
  std::string more = good;
  more.insert(1, R"("extra":1,)");
  EXPECT_FALSE(decode_from_gateway(more, 0));
  for (const char* const bad :
       {"", "{}", "[]", "null", R"({"type":"other"})", R"({"type":"ready"})", R"({"type":"ready","ca_pem":1})",
        R"({"type":"ready","ca_pem":"x","ca_pem":"y"})", R"({"type":"observed"})", R"({"type":"failed","what":"x"})"})
    EXPECT_FALSE(decode_from_gateway(bad, 0)) << bad;
  EXPECT_FALSE(decode_from_gateway(good + good, 0));
  EXPECT_FALSE(decode_from_gateway(good.substr(0, good.size() / 2), 0));
}

TEST(LinkProtocol, TheSupervisorsMessagesAreCheckedToo) {
  EXPECT_FALSE(decode_to_gateway(encode(ToGateway(Listeners{{"tcp4"}})), 0));
  EXPECT_FALSE(decode_to_gateway(R"({"type":"listeners","names":["other"]})", 1));
  EXPECT_FALSE(decode_to_gateway(R"({"type":"listeners","names":["tcp4","tcp4"]})", 2));
  EXPECT_FALSE(decode_to_gateway(R"({"type":"configure","texts":["passwd"],"names":"first"})", 1));
  EXPECT_FALSE(decode_to_gateway(R"({"type":"configure","texts":[],"names":"never"})", 0));
  EXPECT_FALSE(decode_to_gateway(R"({"type":"policy"})", 0));
}

TEST(ObservationQueue, AFloodIsCountedInsteadOfKept) {
  ObservationQueue queue;
  constexpr std::uint64_t pushed = 100'000;
  for (std::uint64_t i = 0; i < pushed; ++i) {
    Observation seen = observation();
    seen.host = "host" + std::to_string(i % 1000) + ".example";
    seen.bytes_in = 1;
    queue.push(std::move(seen));
  }
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::size_t messages = 0;
  for (const Observation* next = queue.front(); next != nullptr; queue.pop(), next = queue.front()) {
    count += next->count;
    bytes += next->bytes_in;
    ++messages;
  }
  EXPECT_EQ(count, pushed);
  EXPECT_EQ(bytes, pushed);
  EXPECT_LE(messages, queued_observations_max + counted_observations_max + 2);
}

}  // namespace
}  // namespace bailey::gateway
