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

approval::Request push_request() {
  return {.kind = "git-push",
          .title = "push 3 commits to origin",
          .tier = 3,
          .context = {{"commits", "3"}, {"host", "github.com"}},
          .from_agent = {{"subject", std::string("\x1b[2J\0\xff", 6)}},
          .risk = "publishes commits",
          .view = "a\nb",
          .remember = "git-push origin x"};
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
                                            ApprovalAnswer{approval::id_max, ApprovalChoice::deny_session},
                                            RevokeChoice{"domain example.org"},
                                            CheckpointRequest{CheckpointAction::undo, "before"}};
  const std::vector<Message> from_supervisor = {Hello{},
                                                StatusReply{"{}"},
                                                Output{OutputStream::err, "oops"},
                                                Redraw{},
                                                ApprovalPrompt{7, "shell-repo-x", push_request()},
                                                ApprovalGone{7},
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

TEST(Protocol, AnApprovalIsCutToItsLimitsAndItsActionStaysWithTheSupervisor) {
  approval::Request huge = push_request();
  huge.action = json::Object{{"push", 1}};
  huge.view = std::string(2 * approval::view_bytes_max, 'x');
  huge.context = huge.from_agent = std::vector<approval::Fact>(
      100, {std::string(approval::label_bytes_max, 'y'), std::string(2 * approval::fact_bytes_max, 'z')});
  Decoder decoder(Side::supervisor);
  const auto messages = decode_all(decoder, encode(Hello{}) + encode(ApprovalPrompt{1, "s", huge}));
  ASSERT_EQ(messages.size(), 2U);
  const auto& prompt = std::get<ApprovalPrompt>(messages[1]);
  huge.action = {};
  EXPECT_EQ(prompt.request, approval::fitted(huge));
}

TEST(Protocol, AMalformedApprovalIsRefused) {
  const auto prompt = [](const approval::Request& request) { return encode(ApprovalPrompt{1, "s", request}); };
  EXPECT_EQ(refusal(Side::supervisor, prompt(push_request())), "");
  approval::Request bad = push_request();
  bad.kind = "Push";
  EXPECT_NE(refusal(Side::supervisor, prompt(bad)), "");
  bad = push_request();
  bad.tier = 4;
  EXPECT_NE(refusal(Side::supervisor, prompt(bad)), "");
  EXPECT_NE(refusal(Side::supervisor, encode(ApprovalPrompt{0, "s", push_request()})), "") << "no such number";
  EXPECT_NE(refusal(Side::supervisor, encode(ApprovalGone{approval::id_max + 1})), "");
  std::string many;  // facts that are not there
  wire::put_u64(many, 1);
  for (const char* text : {"s", "git-push", "t"}) wire::put_string(many, text);
  wire::put_u8(many, 3);
  wire::put_u32(many, 0xffff'ffff);
  EXPECT_NE(refusal(Side::supervisor, frame(39, many)), "");
  std::string answer;
  wire::put_u64(answer, 1);
  EXPECT_NE(refusal(Side::client, frame(11, answer + '\x06')), "") << "no such choice";
  EXPECT_NE(refusal(Side::client, frame(11, answer + '\0')), "");
  EXPECT_NE(refusal(Side::client, frame(11, answer)), "");
  EXPECT_EQ(refusal(Side::client, frame(11, answer + '\x01')), "");
  EXPECT_NE(refusal(Side::client, prompt(push_request())), "") << "a client prompts nobody";
  EXPECT_NE(refusal(Side::supervisor, encode(ApprovalAnswer{1, ApprovalChoice::approve})), "");
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
