// A second opinion: what ldns writes we read the same, what we write ldns reads the same.
#include <gtest/gtest.h>
#include <ldns/ldns.h>

#include <memory>
#include <random>

#include "gateway/dns_responder.h"
#include "gateway/dns_test_support.h"

namespace bailey::gateway {
namespace {

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;

Packet ldns_parse(const std::string& bytes) {
  ldns_pkt* packet = nullptr;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (ldns_wire2pkt(&packet, data, bytes.size()) != LDNS_STATUS_OK) packet = nullptr;
  return {packet, ldns_pkt_free};
}

std::string ldns_write(const ldns_pkt* packet) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(ldns_pkt2wire(&bytes, packet, &size), LDNS_STATUS_OK);
  std::string copy(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return copy;
}

// A record as both see it, written without compression.
std::string ldns_record(const ldns_rr* record) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(ldns_rr2wire(&bytes, record, LDNS_SECTION_ANSWER, &size), LDNS_STATUS_OK);
  std::string copy(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return copy;
}

void append_u16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

std::string our_record(const Record& record) {
  std::string out = record.name.wire();
  append_u16(out, static_cast<std::size_t>(record.type));
  append_u16(out, static_cast<std::size_t>(record.rr_class));
  append_u16(out, record.ttl_seconds >> 16);
  append_u16(out, record.ttl_seconds & 0xFFFF);
  append_u16(out, record.data.size());
  return out + record.data;
}

// ldns points names at others that differ in case: after its compression they are the same in lower case only.
enum class Letters { exact, any_case };

std::string as(Letters letters, std::string text) {
  if (letters == Letters::any_case)
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
  return text;
}

void expect_same(const std::vector<Record>& ours, const ldns_rr_list* theirs, Letters letters) {
  ASSERT_EQ(ours.size(), ldns_rr_list_rr_count(theirs));
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_EQ(as(letters, our_record(ours[i])), as(letters, ldns_record(ldns_rr_list_rr(theirs, i))));
}

void expect_same(const Message& ours, const ldns_pkt* theirs, Letters letters) {
  EXPECT_EQ(ours.id, ldns_pkt_id(theirs));
  EXPECT_EQ(ours.is_response, ldns_pkt_qr(theirs));
  EXPECT_EQ(static_cast<int>(ours.opcode), static_cast<int>(ldns_pkt_get_opcode(theirs)));
  EXPECT_EQ(ours.authoritative, ldns_pkt_aa(theirs));
  EXPECT_EQ(ours.truncated, ldns_pkt_tc(theirs));
  EXPECT_EQ(ours.recursion_desired, ldns_pkt_rd(theirs));
  EXPECT_EQ(ours.recursion_available, ldns_pkt_ra(theirs));
  EXPECT_EQ(ours.authentic_data, ldns_pkt_ad(theirs));
  EXPECT_EQ(ours.checking_disabled, ldns_pkt_cd(theirs));
  EXPECT_EQ(static_cast<int>(ours.rcode) & 0xF, static_cast<int>(ldns_pkt_get_rcode(theirs)));
  EXPECT_EQ(ours.edns.has_value(), ldns_pkt_edns(theirs));
  if (ours.edns) {
    EXPECT_EQ(ours.edns->udp_bytes_max, ldns_pkt_edns_udp_size(theirs));
    EXPECT_EQ(ours.edns->version, ldns_pkt_edns_version(theirs));
    EXPECT_EQ(static_cast<int>(ours.rcode) >> 4, ldns_pkt_edns_extended_rcode(theirs));
    EXPECT_EQ(ours.edns->dnssec_ok, ldns_pkt_edns_do(theirs));
  }
  ASSERT_EQ(ours.questions.size(), ldns_rr_list_rr_count(ldns_pkt_question(theirs)));
  for (std::size_t i = 0; i < ours.questions.size(); ++i) {
    const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(theirs), i);
    EXPECT_EQ(ours.questions[i].name.wire(),
              std::string(reinterpret_cast<char*>(ldns_rdf_data(ldns_rr_owner(question))),
                          ldns_rdf_size(ldns_rr_owner(question))));
    EXPECT_EQ(static_cast<int>(ours.questions[i].type), static_cast<int>(ldns_rr_get_type(question)));
  }
  expect_same(ours.answers, ldns_pkt_answer(theirs), letters);
  expect_same(ours.authorities, ldns_pkt_authority(theirs), letters);
  expect_same(ours.additionals, ldns_pkt_additional(theirs), letters);
}

// Messages of every shape, the same ones in every run.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  bool coin() { return below(2) == 1; }

  std::string name() {
    static const std::vector<std::string> suffixes{"", "example", "Allowed.Example", "a.very.deep.name.example"};
    std::string text;
    for (std::size_t i = below(4); i > 0; --i) {
      for (std::size_t length = 1 + below(coin() ? 8 : 30); length > 0; --length) text += "abcXYZ019-_"[below(11)];
      text += '.';
    }
    text += suffixes[below(suffixes.size())];
    return text.empty() ? "." : text;
  }

  std::string record_text() {
    static const std::vector<std::string> addresses{"192.0.2.1", "198.18.1.255"};
    const std::string owner = name() + (coin() ? " 60 IN " : " 4294967 IN ");
    const auto target = [&] { return name(); };
    switch (below(10)) {
      case 0:
        return owner + "A " + addresses[below(2)];
      case 1:
        return owner + "AAAA 2001:db8::" + std::to_string(below(9999));
      case 2:
        return owner + "NS " + target();
      case 3:
        return owner + "CNAME " + target();
      case 4:
        return owner + "SOA " + target() + " " + target() + " 1 2 3 4 5";
      case 5:
        return owner + "PTR " + target();
      case 6:
        return owner + "MX 10 " + target();
      case 7:
        return owner + "TXT \"some text\" \"\"";
      case 8:
        return owner + "SRV 1 2 443 " + target();
      default:
        return owner + "HINFO \"RFC8482\" \"\"";
    }
  }

  Packet packet() {
    Packet packet(ldns_pkt_new(), ldns_pkt_free);
    ldns_pkt_set_id(packet.get(), static_cast<std::uint16_t>(below(65536)));
    ldns_pkt_set_qr(packet.get(), coin());
    ldns_pkt_set_aa(packet.get(), coin());
    ldns_pkt_set_tc(packet.get(), coin());
    ldns_pkt_set_rd(packet.get(), coin());
    ldns_pkt_set_ra(packet.get(), coin());
    ldns_pkt_set_ad(packet.get(), coin());
    ldns_pkt_set_cd(packet.get(), coin());
    ldns_pkt_set_rcode(packet.get(), static_cast<std::uint8_t>(below(6)));
    ldns_rr* question = nullptr;
    EXPECT_EQ(ldns_rr_new_question_frm_str(&question, (name() + " IN AAAA").c_str(), nullptr, nullptr), LDNS_STATUS_OK);
    ldns_pkt_push_rr(packet.get(), LDNS_SECTION_QUESTION, question);
    for (const auto section : {LDNS_SECTION_ANSWER, LDNS_SECTION_AUTHORITY, LDNS_SECTION_ADDITIONAL})
      for (std::size_t i = below(4); i > 0; --i) {
        ldns_rr* record = nullptr;
        const std::string text = record_text();
        EXPECT_EQ(ldns_rr_new_frm_str(&record, text.c_str(), 0, nullptr, nullptr), LDNS_STATUS_OK) << text;
        if (record != nullptr) ldns_pkt_push_rr(packet.get(), section, record);
      }
    if (coin()) {
      ldns_pkt_set_edns_udp_size(packet.get(), static_cast<std::uint16_t>(512 + below(4096)));
      ldns_pkt_set_edns_do(packet.get(), coin());
    }
    return packet;
  }

 private:
  std::mt19937 random_;
};

constexpr unsigned messages_count = 2000;

TEST(DnsAgainstLdns, WhatEitherWritesTheOtherReadsTheSame) {
  for (unsigned seed = 0; seed < messages_count; ++seed) {
    const Packet packet = Generator(seed).packet();
    const std::string theirs = ldns_write(packet.get());
    const auto message = parse_message(theirs, Pointers::followed);
    ASSERT_TRUE(message) << "seed " << seed << ": " << to_string(message.error());
    expect_same(*message, packet.get(), Letters::any_case);
    const std::string ours = wire(*message);
    const Packet again = ldns_parse(ours);
    ASSERT_TRUE(again) << "seed " << seed;
    expect_same(*message, again.get(), Letters::exact);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(DnsAgainstLdns, WhatWeReadOfADamagedMessageLdnsReadsToo) {
  std::size_t read_count = 0;
  for (unsigned seed = 0; seed < messages_count; ++seed) {
    Generator generator(seed);
    std::string bytes = ldns_write(generator.packet().get());
    for (std::size_t i = 1 + generator.below(3); i > 0; --i)
      bytes[generator.below(bytes.size())] ^= static_cast<char>(1U << generator.below(8));
    const auto message = parse_message(bytes, Pointers::followed);
    if (!message) continue;
    const Packet packet = ldns_parse(bytes);
    // A type of ours that is opaque may be one whose data ldns checks: then only it refuses.
    if (!packet) continue;
    ++read_count;
    ASSERT_EQ(message->questions.size(), ldns_rr_list_rr_count(ldns_pkt_question(packet.get()))) << "seed " << seed;
    EXPECT_EQ(message->answers.size(), ldns_rr_list_rr_count(ldns_pkt_answer(packet.get()))) << "seed " << seed;
  }
  EXPECT_GT(read_count, messages_count / 10) << "the control: not everything is refused";
}

TEST(DnsAgainstLdns, AllOurAnswersAreRead) {
  NameTable names;
  RecordingObserver observer;
  DnsResponder responder(example_policy, names, observer);
  for (unsigned seed = 0; seed < messages_count; ++seed) {
    Generator generator(seed);
    const auto type = static_cast<RrType>(1 + generator.below(300));
    Message message = query_message(generator.name(), type);
    if (generator.coin()) message = with_edns(std::move(message));
    const std::string answer = responder.respond(wire(message), Carrier::udp, SteadyTime{});
    ASSERT_FALSE(answer.empty());
    const Packet packet = ldns_parse(answer);
    ASSERT_TRUE(packet) << "seed " << seed;
    EXPECT_EQ(ldns_pkt_id(packet.get()), message.id);
    expect_same(parse_message(answer, Pointers::followed).value(), packet.get(), Letters::exact);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace bailey::gateway
