#include "gateway/dns_query.h"

#include <gtest/gtest.h>

#include "gateway/dns_test_support.h"

namespace bailey::gateway {
namespace {

using namespace std::string_literals;

// The rcode of the refusal; nullopt if it is dropped.
std::optional<Rcode> refusal(const std::string& bytes) {
  const auto query = parse_query(bytes);
  EXPECT_FALSE(query) << "taken as a query";
  if (query || !query.error().response) return std::nullopt;
  EXPECT_TRUE(query.error().response->is_response);
  return query.error().response->rcode;
}

TEST(DnsQuery, AnOrdinaryQuestionIsTakenAsItIs) {
  const auto query = parse_query(wire(with_edns(query_message("MiXeD.example", RrType::aaaa))));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->id, 0x1234);
  EXPECT_TRUE(query->recursion_desired);
  EXPECT_EQ(query->question.name, dotted("MiXeD.example"));
  EXPECT_EQ(query->question.type, RrType::aaaa);
  EXPECT_TRUE(query->edns);
  // dig sets AD; cookies and padding are options like any other.
  Message message = with_edns(query_message("a.example"));
  message.authentic_data = message.checking_disabled = true;
  message.edns->options = {{.code = 10, .data = "12345678"}, {.code = 12, .data = std::string(1000, '\0')}};
  EXPECT_TRUE(parse_query(wire(message)));
}

TEST(DnsQuery, AResponseIsNeverAnswered) {
  Message message = query_message("a.example");
  message.is_response = true;
  EXPECT_EQ(refusal(wire(message)), std::nullopt);
  for (std::size_t length = 0; length < dns_header_bytes; ++length)
    EXPECT_EQ(refusal(wire(query_message("a.example")).substr(0, length)), std::nullopt) << length;
}

TEST(DnsQuery, OtherOpcodesAreNotImplemented) {
  for (const Opcode opcode : {Opcode::iquery, Opcode::status, Opcode::notify, Opcode::update}) {
    Message message = query_message("a.example");
    message.opcode = opcode;
    EXPECT_EQ(refusal(wire(message)), Rcode::not_implemented);
  }
}

TEST(DnsQuery, AnythingButOneQuestionIsAFormatError) {
  Message none = query_message("a.example");
  none.questions.clear();
  EXPECT_EQ(refusal(wire(none)), Rcode::format_error);
  Message two = query_message("a.example");
  two.questions.push_back({.name = dotted("b.example")});
  EXPECT_EQ(refusal(wire(two)), Rcode::format_error);
  Message smuggled = query_message("a.example");
  smuggled.additionals.push_back({.name = dotted("a.example"), .type = RrType::txt, .data = "\4data"});
  EXPECT_EQ(refusal(wire(smuggled)), Rcode::format_error);
  Message truncated = query_message("a.example");
  truncated.truncated = true;
  EXPECT_EQ(refusal(wire(truncated)), Rcode::format_error);
  const std::string compressed = "\0\1\1\0\0\1\0\0\0\0\0\0\1a\xC0\x05\0\1\0\1"s;
  EXPECT_EQ(refusal(compressed), Rcode::format_error);
  EXPECT_EQ(refusal(wire(query_message("a.example")) + "x"), Rcode::format_error);
  for (const RrType type : {static_cast<RrType>(0), RrType::opt})
    EXPECT_EQ(refusal(wire(query_message("a.example", type))), Rcode::format_error);
}

TEST(DnsQuery, OtherClassesTransfersAndMetaTypesAreRefused) {
  Message version = with_edns(query_message("version.bind", RrType::txt));
  version.questions.front().rr_class = RrClass::ch;
  EXPECT_EQ(refusal(wire(version)), Rcode::refused);
  const Message response = *parse_query(wire(version)).error().response;
  ASSERT_EQ(response.edns->options.size(), 1U);
  EXPECT_TRUE(
      response.edns->options[0].data.starts_with("\0\x12"s
                                                 "bailey: "))
      << "18, prohibited";
  for (const RrType type : {RrType::axfr, RrType::ixfr, static_cast<RrType>(249), static_cast<RrType>(250)})
    EXPECT_EQ(refusal(wire(query_message("a.example", type))), Rcode::refused);
  EXPECT_TRUE(parse_query(wire(query_message("a.example", RrType::any))));
}

TEST(DnsQuery, LaterVersionsOfEdnsAreToldWhichOneWeSpeak) {
  Message message = with_edns(query_message("a.example"));
  message.edns->version = 1;
  EXPECT_EQ(refusal(wire(message)), Rcode::bad_version);
  EXPECT_EQ(parse_query(wire(message)).error().response->edns->version, 0);
}

TEST(DnsQuery, TheAnswersSizeIsBoundedWhateverTheClientClaims) {
  EXPECT_EQ(udp_answer_bytes_max(std::nullopt), 512U);
  EXPECT_EQ(udp_answer_bytes_max(Edns{.udp_bytes_max = 0, .options = {}}), 512U);
  EXPECT_EQ(udp_answer_bytes_max(Edns{.udp_bytes_max = 900, .options = {}}), 900U);
  EXPECT_EQ(udp_answer_bytes_max(Edns{.udp_bytes_max = 65535, .options = {}}), 1232U);
}

TEST(DnsQuery, AReasonIsCutBetweenCharacters) {
  Message response = with_edns(query_message("a.example"));
  explain(response, ExtendedError::blocked, std::string(199, 'x') + "\xC3\xA9");
  EXPECT_EQ(response.edns->options[0].data.size(), 2 + 199U);
  Message plain = query_message("a.example");
  explain(plain, ExtendedError::blocked, "x");
  EXPECT_FALSE(plain.edns);
}

}  // namespace
}  // namespace bailey::gateway
