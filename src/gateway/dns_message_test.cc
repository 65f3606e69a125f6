#include "gateway/dns_message.h"

#include <gtest/gtest.h>

#include "gateway/dns_test_support.h"

namespace bailey::gateway {
namespace {

using namespace std::string_literals;

std::string header(int questions, int answers = 0) {
  return "\x12\x34\x81\x80"s + '\0' + static_cast<char>(questions) + '\0' + static_cast<char>(answers) + "\0\0\0\0"s;
}
const std::string a_in = "\0\1\0\1"s;

Message full_message() {
  Message message{.id = 7, .is_response = true, .recursion_available = true, .checking_disabled = true};
  message.questions.push_back({.name = dotted("WwW.Allowed.Example"), .type = RrType::mx});
  message.answers.push_back({.name = dotted("WwW.Allowed.Example"),
                             .type = RrType::mx,
                             .ttl_seconds = 60,
                             .data = "\0\x0A"s + dotted("mail.Allowed.Example").wire()});
  message.authorities.push_back(
      {.name = dotted("Allowed.Example"),
       .type = RrType::soa,
       .ttl_seconds = 1,
       .data = dotted("ns.Allowed.Example").wire() + DnsName().wire() + std::string(20, 'x')});
  message.additionals.push_back({.name = dotted("mail.Allowed.Example"), .ttl_seconds = 60, .data = "\1\2\3\4"});
  message.edns = Edns{.dnssec_ok = true, .options = {{.code = 15, .data = "\0\x0Fno"s}}};
  message.rcode = Rcode::bad_version;
  return message;
}

TEST(DnsMessage, WhatIsWrittenReadsBackTheSameAndIsCompressed) {
  const std::string bytes = wire(full_message());
  EXPECT_EQ(parse_message(bytes, Pointers::followed).value(), full_message());
  EXPECT_NE(bytes.find("\xC0\x0C"), std::string::npos) << "the answer's name points at the question's";
  EXPECT_EQ(bytes.find("Allowed", bytes.find("Allowed") + 1), std::string::npos);
}

TEST(DnsMessage, CutOffAtAnyByteItIsRefused) {
  const std::string bytes = wire(full_message());
  ASSERT_TRUE(parse_message(bytes, Pointers::followed));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(parse_message(std::string_view(bytes).substr(0, length), Pointers::followed)) << length;
  EXPECT_EQ(parse_message(bytes + '\0', Pointers::followed).error(), MessageFault::trailing_bytes);
}

TEST(DnsMessage, CompressionLoopsAndPointersForwardEndInsteadOfHanging) {
  const std::string good = header(1, 1) + "\1x\0"s + a_in + "\xC0\x0C"s + a_in + std::string(4, '\0') + "\0\0"s;
  EXPECT_TRUE(parse_message(good, Pointers::followed)) << "the control: a pointer back to the question";
  for (const std::string& name :
       {"\xC0\x0C"s /* itself */, "\xC0\x0E"s /* forward */, "\1x\xC0\x0C"s /* to its start */,
        "\xC0\xFF"s /* beyond the end */, "\xC0"s, "\x40x\0"s, "\x80x\0"s})
    EXPECT_FALSE(parse_message(header(1) + name + a_in, Pointers::followed)) << testing::PrintToString(name);
  // Two names that point at each other.
  EXPECT_FALSE(parse_message(header(2) + "\xC0\x12"s + a_in + "\xC0\x0C"s + a_in, Pointers::followed));
}

TEST(DnsMessage, NamesEndAt255BytesAlsoByPointers) {
  const std::string label = '\x3F' + std::string(63, 'a');
  const std::string longest = label + label + label + '\x3D' + std::string(61, 'b') + '\0';
  ASSERT_EQ(longest.size(), name_bytes_max);
  EXPECT_TRUE(parse_message(header(1) + longest + a_in, Pointers::refused));
  EXPECT_FALSE(parse_message(header(1) + label + label + label + '\x3E' + std::string(62, 'b') + '\0' + a_in,
                             Pointers::refused));
  EXPECT_FALSE(parse_message(header(2) + longest + a_in + "\1x\xC0\x0C"s + a_in, Pointers::followed));
  std::string endless = header(1);
  while (endless.size() < 65000) endless += "\1a";
  EXPECT_FALSE(parse_message(endless + '\0' + a_in, Pointers::followed));
  EXPECT_FALSE(DnsName::from_dotted(std::string(64, 'a') + ".example"));
  EXPECT_FALSE(DnsName::from_dotted("a..b"));
  EXPECT_FALSE(DnsName::from_dotted(""));
}

TEST(DnsMessage, CountsThatPromiseMoreThanThereIsCostNothing) {
  EXPECT_EQ(parse_message("\0\1\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, Pointers::followed).error(),
            MessageFault::bad_name);
  EXPECT_EQ(parse_message(std::string(65536, '\0'), Pointers::followed).error(), MessageFault::too_long);
}

TEST(DnsMessage, DataLongerOrShorterThanItsTypeSaysIsRefused) {
  const auto ns = [](const std::string& length, const std::string& data) {
    return parse_message(header(0, 1) + "\0\0\2\0\1\0\0\0\1"s + length + data, Pointers::followed).has_value();
  };
  EXPECT_TRUE(ns("\0\3"s, "\1a\0"s));
  EXPECT_FALSE(ns("\0\4"s, "\1a\0x"s));
  EXPECT_FALSE(ns("\0\2"s, "\1a\0"s));
}

TEST(DnsMessage, OneOptAtTheRootInTheAdditionalSection) {
  const std::string opt = "\0\0\x29\x10\0\0\0\0\0\0\0"s;
  const auto additional = [](int count, const std::string& records) {
    return parse_message("\0\1\0\0\0\0\0\0\0\0\0"s + static_cast<char>(count) + records, Pointers::followed);
  };
  ASSERT_TRUE(additional(1, opt));
  EXPECT_EQ(additional(1, opt)->edns->udp_bytes_max, 4096);
  EXPECT_EQ(additional(2, opt + opt).error(), MessageFault::bad_opt);
  EXPECT_EQ(additional(1, "\1x"s + opt).error(), MessageFault::bad_opt);
  EXPECT_EQ(additional(1, "\0\0\x29\x10\0\0\0\0\0\0\3abc"s).error(), MessageFault::bad_opt);
  EXPECT_EQ(parse_message("\0\1\0\0\0\0\0\1\0\0\0\0"s + opt, Pointers::followed).error(), MessageFault::bad_opt);
}

TEST(DnsMessage, TooLongForTheClientItLosesItsReasonFirstAndItsRecordsThen) {
  Message message = with_edns(query_message("allowed.example"));
  message.edns->options.push_back({.code = 15, .data = std::string(600, 'x')});
  message.answers.push_back({.name = dotted("allowed.example"), .data = "\1\2\3\4"});
  const Message without_reason = parse_message(encode(message, 512), Pointers::followed).value();
  EXPECT_FALSE(without_reason.truncated);
  EXPECT_EQ(without_reason.answers.size(), 1U);
  message.answers.front().data = std::string(600, 'x');
  message.answers.front().type = RrType::txt;
  const Message truncated = parse_message(encode(message, 512), Pointers::followed).value();
  EXPECT_TRUE(truncated.truncated);
  EXPECT_TRUE(truncated.answers.empty());
  EXPECT_TRUE(truncated.edns);
}

TEST(DnsMessage, ANameInTheLogCanNotForgeOne) {
  std::size_t offset = 0;
  const auto name = DnsName::read("\7a.b\n\\\xFF\x1B\3COM\0"s, offset, Pointers::refused);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->to_text(), "a\\.b\\010\\\\\\255\\027.com");
  EXPECT_EQ(DnsName().to_text(), ".");
  EXPECT_EQ(to_string(RrType::https), "HTTPS");
  EXPECT_EQ(to_string(static_cast<RrType>(1234)), "TYPE1234");
}

}  // namespace
}  // namespace bailey::gateway
