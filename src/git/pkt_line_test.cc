#include "git/pkt_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.h"

namespace bailey::git {
namespace {

using namespace std::chrono_literals;

TEST(PktLine, ReadsWhatItWrote) {
  std::string bytes;
  append_pkt(bytes, "hello\n");
  append_pkt(bytes, "");
  append_flush(bytes);
  EXPECT_EQ(bytes, "000ahello\n00040000");
  auto pkt = *parse_pkt(bytes);
  ASSERT_TRUE(pkt);
  EXPECT_EQ(pkt->payload, "hello\n");
  EXPECT_EQ(pkt->bytes, 10U);
  pkt = *parse_pkt(std::string_view(bytes).substr(10));
  EXPECT_EQ(pkt->kind, PktKind::data);
  EXPECT_EQ(pkt->payload, "");
  EXPECT_EQ((*parse_pkt("0000"))->kind, PktKind::flush);
  EXPECT_EQ((*parse_pkt("0001"))->kind, PktKind::delimiter);
  EXPECT_EQ((*parse_pkt("0002"))->kind, PktKind::response_end);
}

TEST(PktLine, AsksForMoreUntilAPacketIsComplete) {
  for (const char* part : {"", "0", "00", "000", "000a", "000ahell"}) {
    const auto pkt = parse_pkt(part);
    ASSERT_TRUE(pkt) << part;
    EXPECT_FALSE(*pkt) << part;
  }
}

TEST(PktLine, RefusesMalformedLengthsAtTheFirstByte) {
  for (const char* bad : {"x", "0x", "-001", "+001", " 001", "0003", "00g0", "fff1", "ffff", "PACK"})
    EXPECT_FALSE(parse_pkt(bad)) << bad;
  EXPECT_FALSE(parse_pkt(std::string_view("\0\0\0\0", 4)));
}

TEST(PktLine, TheLimitIsExact) {
  std::string bytes;
  append_pkt(bytes, std::string(pkt_payload_bytes_max, 'x'));
  EXPECT_EQ(bytes.substr(0, 4), "fff0");
  EXPECT_EQ((*parse_pkt(bytes))->payload.size(), pkt_payload_bytes_max);
  EXPECT_FALSE(parse_pkt("fff1"));
}

TEST(PktLine, BandsAreSplit) {
  std::string bytes;
  append_band(bytes, Band::progress, std::string(pkt_payload_bytes_max + 5, 'y'));
  const auto first = **parse_pkt(bytes);
  EXPECT_EQ(first.payload[0], 2);
  const auto second = **parse_pkt(std::string_view(bytes).substr(first.bytes));
  EXPECT_EQ(second.payload.size(), 7U);
}

struct Ends {
  Ends() {
    int fds[2];
    EXPECT_EQ(::pipe(fds), 0);
    read = Fd(fds[0]);
    write = Fd(fds[1]);
  }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::write(write.get(), bytes.data(), bytes.size()), ssize_t(bytes.size()));
  }
  Fd read;
  Fd write;
};

TEST(PktReader, HandsOverWhatFollowsTheLastPacket) {
  const Ends ends;
  ends.send("0006ab0000PACKrest");
  PktReader reader(ends.read.get(), std::chrono::steady_clock::now() + 5s);
  EXPECT_EQ(reader.next()->payload, "ab");
  EXPECT_EQ(reader.next()->kind, PktKind::flush);
  EXPECT_EQ(reader.take_rest(), "PACKrest");
}

TEST(PktReader, ASilentPeerIsLeftAtTheDeadline) {
  const Ends ends;
  ends.send("00");
  PktReader reader(ends.read.get(), std::chrono::steady_clock::now() + 50ms);
  EXPECT_FALSE(reader.next());
}

TEST(PktReader, APeerThatClosesInAPacketIsAnError) {
  Ends ends;
  ends.send("0010abc");
  ends.write.reset();
  PktReader reader(ends.read.get(), std::chrono::steady_clock::now() + 5s);
  const auto pkt = reader.next();
  ASSERT_FALSE(pkt);
  EXPECT_NE(pkt.error().why.find("cut off"), std::string::npos);
}

}  // namespace
}  // namespace bailey::git
