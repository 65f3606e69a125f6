#include "session/protocol.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/socket.h"
#include "session/wire.h"

namespace bailey::session {
namespace {

std::vector<Message> decode_all(Decoder& decoder, std::string_view bytes) {
  decoder.feed(bytes);
  std::vector<Message> messages;
  while (true) {
    auto next = decoder.next();
    EXPECT_TRUE(next) << next.error().why;
    if (!next || !*next) return messages;
    messages.push_back(std::move(**next));
  }
}

// The error of the first message after a greeting.
std::string refusal(Side sender, std::string_view bytes) {
  Decoder decoder(sender);
  decoder.feed(encode(Hello{}));
  EXPECT_TRUE(decoder.next());
  decoder.feed(bytes);
  const auto next = decoder.next();
  return next ? "" : next.error().why;
}

std::string frame(std::uint8_t type, std::string_view payload) {
  std::string bytes;
  wire::put_u32(bytes, static_cast<std::uint32_t>(payload.size()));
  wire::put_u8(bytes, type);
  return bytes.append(payload);
}

TEST(Protocol, EveryMessageArrivesAsSent) {
  const std::vector<Message> from_client = {Hello{},
                                            Attach{{50, 132}, false, true},
                                            Input{std::string("a\0b\xff", 4)},
                                            Resize{{1, window_cells_max}},
                                            Detach{},
                                            CloseInput{},
                                            Exec{{"ls", ""}, {"A=", "B=c d"}, "/workspace", true, {3, 4}},
                                            Stop{StopMode::force},
                                            StatusRequest{},
                                            SayRule{RuleWord::allow, "*.example.org"},
                                            CheckpointRequest{CheckpointAction::undo, "before"}};
  const std::vector<Message> from_supervisor = {Hello{},
                                                StatusReply{"{}"},
                                                Output{OutputStream::err, "oops"},
                                                Redraw{},
                                                Progress{"saving"},
                                                Notice{"pushed"},
                                                Exit{124, "stopped"},
                                                Failure{"attach", "it is full", "detach another"}};
  for (const auto& [side, messages] : {std::pair(Side::client, from_client), {Side::supervisor, from_supervisor}}) {
    std::string bytes;
    for (const auto& message : messages) bytes += encode(message);
    Decoder decoder(side);
    EXPECT_EQ(decode_all(decoder, bytes), messages);
    EXPECT_FALSE(decoder.is_in_message());
  }
}

TEST(Protocol, LongDataBecomesSeveralFramesAndLongTextIsCut) {
  const std::string data(data_bytes_max * 2 + 1, 'x');
  Decoder decoder(Side::supervisor);
  std::string joined;
  const auto messages =
      decode_all(decoder, encode(Hello{}) + encode(Output{OutputStream::out, data}) + encode(Notice{data}));
  ASSERT_EQ(messages.size(), 5U);
  for (int i = 1; i <= 3; ++i) joined += std::get<Output>(messages[i]).bytes;
  EXPECT_EQ(joined, data);
  EXPECT_EQ(std::get<Notice>(messages[4]).text.size(), text_bytes_max);
}

TEST(Protocol, TheGreetingComesFirstAndOnce) {
  Decoder decoder(Side::client);
  decoder.feed(encode(Detach{}));
  EXPECT_FALSE(decoder.next());
  EXPECT_FALSE(decoder.next()) << "an error is final";
  EXPECT_NE(refusal(Side::client, encode(Hello{})), "");
}

TEST(Protocol, AnotherVersionIsRefusedWithARemedyEvenIfItsGreetingIsLonger) {
  Decoder decoder(Side::supervisor);
  std::string payload = "bailey";
  wire::put_u32(payload, protocol_version + 1);
  decoder.feed(frame(1, payload + "news"));
  const auto next = decoder.next();
  ASSERT_FALSE(next);
  EXPECT_NE(next.error().why.find("version 2"), std::string::npos);
  EXPECT_NE(next.error().remedy, "");
}

TEST(Protocol, LengthsBeyondTheLimitsAreRefusedBeforeTheirBytesArrive) {
  for (const auto& [type, limit] : {std::pair<std::uint8_t, std::size_t>{3, data_bytes_max},
                                    {7, exec_bytes_max * 2},
                                    {4, 64},
                                    {1, text_bytes_max}}) {
    std::string header;
    wire::put_u32(header, static_cast<std::uint32_t>(limit + 65));
    wire::put_u8(header, type);
    EXPECT_NE(refusal(Side::client, header), "") << int{type};
  }
}

TEST(Protocol, MalformedMessagesAreRefused) {
  EXPECT_NE(refusal(Side::client, frame(99, "")), "") << "unknown type";
  EXPECT_NE(refusal(Side::client, encode(Output{OutputStream::out, "x"})), "") << "the wrong side";
  EXPECT_NE(refusal(Side::supervisor, encode(Input{"x"})), "");
  EXPECT_NE(refusal(Side::client, frame(5, "x")), "") << "bytes left over";
  EXPECT_NE(refusal(Side::client, frame(4, "abc")), "") << "cut short";
  EXPECT_NE(refusal(Side::client, encode(Resize{{0, 80}})), "") << "no rows";
  EXPECT_NE(refusal(Side::client, encode(Resize{{24, window_cells_max + 1}})), "");
  EXPECT_NE(refusal(Side::client, frame(8, "\x03")), "") << "unknown stop mode";
  EXPECT_NE(refusal(Side::client, frame(2, std::string("\0\x18\0\x50\x02\0", 6))), "") << "a flag of 2";
  EXPECT_NE(refusal(Side::supervisor, frame(33, "\x03x")), "") << "unknown stream";
  EXPECT_NE(refusal(Side::client, frame(7, "\xff\xff\xff\xff")), "") << "a count without its strings";
}

TEST(Protocol, ACommandThatNoProgramCouldReceiveIsRefusedOnBothSides) {
  const Exec good{.argv = {"true"}};
  EXPECT_TRUE(check(good));
  EXPECT_EQ(refusal(Side::client, encode(good)), "");
  std::vector<Exec> bad = {{.argv = {}},
                           {.argv = {""}},
                           {.argv = {"a", std::string("b\0c", 3)}},
                           {.argv = {"a"}, .environment = {"no equals sign"}},
                           {.argv = {"a"}, .environment = {"=x"}},
                           {.argv = {"a"}, .environment = {std::string("A=\0", 3)}},
                           {.argv = {"a"}, .directory = std::string("\0", 1)},
                           {.argv = {"a", std::string(exec_bytes_max, 'x')}},
                           {.argv = std::vector<std::string>(exec_strings_max + 1, "x")}};
  for (const auto& exec : bad) {
    EXPECT_FALSE(check(exec));
    EXPECT_NE(check(exec).error().remedy, "");
    EXPECT_NE(refusal(Side::client, encode(exec)), "");
  }
}

TEST(Protocol, OnlyTheSameUserMaySpeak) {
  const auto pair = os::socket_pair(os::SocketKind::stream).value();
  EXPECT_TRUE(check_peer(pair.first.get()));
  if (::geteuid() != 0) GTEST_SKIP() << "changing the user needs root";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(12345, 12345, 12345) != 0) ::_exit(2);
    ::_exit(check_peer(pair.first.get()) ? 1 : 0);  // the peer is root now, we are not
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

RC_GTEST_PROP(ProtocolProperty, AnyChunkingGivesTheSameMessages, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(rc::gen::string<std::string>()));
  for (auto& word : words) std::erase(word, '\0');
  Exec exec{.argv = words, .environment = {"A=" + std::to_string(text.size())}, .tty = *rc::gen::arbitrary<bool>()};
  std::vector<Message> sent = {Hello{}, Input{text},
                               Resize{{*rc::gen::inRange<std::uint16_t>(1, window_cells_max), 7}}};
  if (check(exec)) sent.emplace_back(exec);
  std::string bytes;
  for (const auto& message : sent) bytes += encode(message);
  Decoder decoder(Side::client);
  std::vector<Message> received;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 50);
    for (auto& message : decode_all(decoder, std::string_view(bytes).substr(i, length)))
      received.push_back(std::move(message));
    i += length;
  }
  RC_ASSERT(received == sent);
}

}  // namespace
}  // namespace bailey::session
