#include "gateway/websocket_frames.h"

#include <gtest/gtest.h>

#include <optional>

namespace bailey::gateway {
namespace {

std::string frame(std::string_view payload, unsigned char first = 0x81) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(0x80 | payload.size());
  } else {
    bytes += static_cast<char>(0xfe);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  }
  const std::string mask = "\x01\x82\x33\xf4";
  bytes += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  return bytes;
}

std::optional<std::string> payload_of(const std::string& bytes, std::size_t piece) {
  WebSocketFrames frames;
  std::string payload;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    if (!frames.feed(std::string_view(bytes).substr(at, piece), payload)) return std::nullopt;
  return payload;
}

TEST(WebSocketFrames, PayloadsAreUnmaskedHoweverTheyAreCut) {
  const std::string large(1000, 'x');
  const std::string bytes = frame("hello ") + frame("") + frame(large, 0x01) + frame("end", 0x80);
  for (std::size_t piece = 1; piece < 40; ++piece) EXPECT_EQ(payload_of(bytes, piece), "hello " + large + "end");
}

TEST(WebSocketFrames, ALengthOfEightBytesIsUnderstoodAndOneThatIsTooLongIsNot) {
  const std::string start("\x82\xff\0\0\0\0\0\0\0\x02\0\0\0\0", 14);
  EXPECT_EQ(payload_of(start + "ab", 3), "ab");
  EXPECT_EQ(payload_of(std::string("\x82\xff\x80\0\0\0\0\0\0\x02\0\0\0\0", 14), 14), std::nullopt);
}

TEST(WebSocketFrames, WhatIsNoFrameOfAClientIsAnError) {
  EXPECT_EQ(payload_of(std::string("\x81\x02hi\0\0\0\0", 8), 8), std::nullopt) << "not masked";
  EXPECT_EQ(payload_of(frame("x", 0xc1), 9), std::nullopt) << "a reserved bit: compressed";
}

}  // namespace
}  // namespace bailey::gateway
