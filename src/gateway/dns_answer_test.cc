#include "gateway/dns_answer.h"

#include <gtest/gtest.h>

#include "gateway/asked_name.h"
#include "gateway/dns_test_support.h"

namespace bailey::gateway {
namespace {

using namespace std::string_literals;

struct DnsAnswerTest : testing::Test {
  DnsAnswer ask(const Message& message) {
    asked_hosts.clear();
    return answer(
        parse_query(wire(message)).value(),
        [this](std::string_view host) {
          asked_hosts.emplace_back(host);
          return policy(host);
        },
        names);
  }
  DnsAnswer ask(std::string_view name, RrType type = RrType::a) { return ask(with_edns(query_message(name, type))); }
  std::string data(const DnsAnswer& answered) {
    EXPECT_EQ(answered.response.answers.size(), 1U);
    return answered.response.answers.empty() ? "" : answered.response.answers[0].data;
  }
  void expect_denied(std::string_view name, RrType type = RrType::a) {
    const DnsAnswer answered = ask(name, type);
    EXPECT_EQ(answered.response.rcode, Rcode::name_error) << name;
    EXPECT_TRUE(answered.response.answers.empty()) << name;
    ASSERT_TRUE(answered.observation) << name;
    EXPECT_FALSE(answered.observation->allowed) << name;
    EXPECT_FALSE(answered.observation->reason.empty()) << name;
  }

  std::function<Verdict(std::string_view)> policy = example_policy;
  std::vector<std::string> asked_hosts;
  NameTable names;
};

TEST_F(DnsAnswerTest, AnAllowedNameGetsItsSyntheticAddresses) {
  const DnsAnswer four = ask("WWW.allowed.EXAMPLE");
  EXPECT_EQ(data(four), "\xC6\x12\x01\x00"s);
  EXPECT_EQ(four.response.answers[0].ttl_seconds, 60U);
  EXPECT_EQ(four.response.answers[0].name, dotted("WWW.allowed.EXAMPLE")) << "the case of the question";
  EXPECT_EQ(four.response.questions[0].name, dotted("WWW.allowed.EXAMPLE"));
  EXPECT_TRUE(four.response.is_response && four.response.recursion_available && four.response.recursion_desired);
  EXPECT_EQ(asked_hosts, std::vector<std::string>{"www.allowed.example"});
  EXPECT_EQ(data(ask("www.allowed.example", RrType::aaaa)),
            "\xFD"
            "bailey\0\0\0\0\0\0\0\1\0"s);
  ASSERT_TRUE(four.observation);
  EXPECT_TRUE(four.observation->allowed);
  EXPECT_EQ(four.observation->what, Seen::dns_name);
  EXPECT_EQ(four.observation->host, "www.allowed.example");
  EXPECT_EQ(four.observation->rule, "user:www.allowed.example");
  EXPECT_EQ(four.observation->protocol, "A");
  EXPECT_EQ(names.size(), 1U);
}

TEST_F(DnsAnswerTest, AnotherNameFailsAtOnceAndSaysWhy) {
  const DnsAnswer answered = ask("evil.example");
  EXPECT_EQ(answered.response.rcode, Rcode::name_error);
  ASSERT_EQ(answered.response.authorities.size(), 1U);
  EXPECT_EQ(answered.response.authorities[0].type, RrType::soa);
  ASSERT_EQ(answered.response.edns->options.size(), 1U);
  EXPECT_EQ(answered.response.edns->options[0].data,
            "\0\x0F"s
            "bailey: evil.example is on no list");
  EXPECT_EQ(answered.observation->reason, "evil.example is on no list");
  EXPECT_EQ(names.size(), 0U) << "no address is spent on it";
  EXPECT_FALSE(ask(query_message("evil.example")).response.edns) << "a client without EDNS gets none";
  policy = [](std::string_view) { return Verdict{.action = RuleAction::prompt, .rule = "p", .reason = {}}; };
  expect_denied("evil.example");
}

TEST_F(DnsAnswerTest, OtherTypesOfAnAllowedNameExistNot) {
  for (const RrType type : {RrType::https, RrType::svcb, RrType::txt, RrType::mx, RrType::srv, RrType::ns, RrType::soa,
                            RrType::caa, RrType::cname, RrType::ds, static_cast<RrType>(4711)}) {
    const DnsAnswer answered = ask("allowed.example", type);
    EXPECT_EQ(answered.response.rcode, Rcode::no_error);
    EXPECT_TRUE(answered.response.answers.empty()) << to_string(type) << ": no ECH keys, no data";
    EXPECT_EQ(answered.response.authorities.size(), 1U);
    expect_denied("evil.example", type);
  }
}

TEST_F(DnsAnswerTest, AnyGetsTheMinimalAnswerOfRfc8482) {
  const DnsAnswer answered = ask("allowed.example", RrType::any);
  EXPECT_EQ(data(answered), "\x07RFC8482\0"s);
  EXPECT_EQ(answered.response.answers[0].type, RrType::hinfo);
  expect_denied("evil.example", RrType::any);
}

TEST_F(DnsAnswerTest, LocalNamesNeedARuleOfTheirOwnEvenWhenAllIsAllowed) {
  policy = allow_all_policy;
  EXPECT_EQ(ask("evil.example").response.rcode, Rcode::no_error) << "the control: all is allowed";
  for (const std::string_view name : {"router", "nas.local", "metadata.google.internal", "evil.example.localdomain",
                                      "intranet.corp", "x.home.lan", "hidden.onion"})
    expect_denied(name);
  EXPECT_EQ(ask("printer.lan").observation->rule, "user:printer.lan");
  EXPECT_TRUE(ask("printer.lan").observation->allowed);
}

TEST_F(DnsAnswerTest, LocalhostIsTheSandboxItself) {
  EXPECT_EQ(data(ask("localhost")), "\x7F\0\0\1"s);
  EXPECT_EQ(data(ask("app.LOCALHOST", RrType::aaaa)), std::string(15, '\0') + '\1');
  EXPECT_TRUE(ask("localhost", RrType::txt).response.answers.empty());
  EXPECT_FALSE(ask("localhost").observation);
  EXPECT_TRUE(asked_hosts.empty());
}

TEST_F(DnsAnswerTest, WhatIsNoHostNameNeverReachesThePolicy) {
  policy = allow_all_policy;
  for (const std::string& name :
       {"under_score.allowed.example"s, "-x.allowed.example"s, "x-.allowed.example"s, "nul\0l.allowed.example"s,
        "new\nline.allowed.example"s, "sp ace.allowed.example"s, "m\xC3\xBCller.example"s, "192.168.0.1"s, "0x7f.1"s,
        "1.2.3.0x10"s, "*.example"s, "a.example.0x"s, "_.example"s}) {
    expect_denied(name);
    EXPECT_TRUE(asked_hosts.empty()) << name;
  }
  EXPECT_EQ(ask("new\nline.allowed.example").observation->host, "new\\010line.allowed.example");
  EXPECT_EQ(ask("xn--mller-kva.example").response.rcode, Rcode::no_error) << "the control: an A-label";
  EXPECT_EQ(names.size(), 1U);
}

TEST_F(DnsAnswerTest, AServiceLabelIsDecidedByTheHostBehindIt) {
  EXPECT_EQ(ask("_https._tcp.allowed.example", RrType::srv).response.rcode, Rcode::no_error);
  EXPECT_EQ(asked_hosts, std::vector<std::string>{"allowed.example"});
  expect_denied("_dmarc.evil.example", RrType::txt);
  expect_denied("_https._tcp.allowed.example", RrType::a);
  expect_denied("a._tcp.allowed.example", RrType::txt);
  expect_denied("_tcp._udp", RrType::txt);
}

TEST_F(DnsAnswerTest, ASyntheticAddressHasItsNameInReverse) {
  (void)ask("allowed.example");
  EXPECT_EQ(data(ask("0.1.18.198.in-addr.arpa", RrType::ptr)), dotted("allowed.example").wire());
  EXPECT_EQ(data(ask("0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.7.5.6.c.6.9.6.1.6.2.6.D.F.ip6.arpa", RrType::ptr)),
            dotted("allowed.example").wire());
  for (const std::string_view name : {"1.1.18.198.in-addr.arpa", "1.0.0.127.in-addr.arpa", "00.1.18.198.in-addr.arpa",
                                      "256.1.18.198.in-addr.arpa", "in-addr.arpa", "x.y.arpa", "arpa", "f.ip6.arpa"})
    expect_denied(name, RrType::ptr);
  EXPECT_TRUE(ask("0.1.18.198.in-addr.arpa", RrType::txt).response.answers.empty());
}

TEST_F(DnsAnswerTest, AFullTableFailsAndNeverSharesAnAddress) {
  policy = allow_all_policy;
  while (names.give("n" + std::to_string(names.size()))) continue;
  const DnsAnswer answered = ask("one.more.example");
  EXPECT_EQ(answered.response.rcode, Rcode::server_failure);
  EXPECT_EQ(answered.observation->what, Seen::limit);
  EXPECT_FALSE(answered.observation->allowed);
  EXPECT_EQ(ask("one.more.example", RrType::txt).response.rcode, Rcode::no_error);
}

TEST_F(DnsAnswerTest, TheRootExists) {
  const DnsAnswer answered = ask(".", RrType::ns);
  EXPECT_EQ(answered.response.rcode, Rcode::no_error);
  EXPECT_FALSE(answered.observation);
}

}  // namespace
}  // namespace bailey::gateway
