#include "gateway/proof.h"

#include <gtest/gtest.h>

#include "gateway/client_hello_lab.h"

namespace bailey::gateway {
namespace {

using lab::client_hello;
using lab::EncryptedHello;

const Authority example{.host = "example.com", .port = 443};
const Authority literal{.host = "93.184.216.34", .port = 443, .learned_from = LearnedFrom::address, .is_literal = true};
const Verdict plain{.action = RuleAction::allow};
const Verdict lenient{.action = RuleAction::allow, .allow_no_sni = true};

Authority at_port(std::uint16_t port) { return {.host = "example.com", .port = port}; }

TEST(Proof, TlsForTheSameNameIsProved) {
  EXPECT_EQ(prove(example, plain, client_hello("example.com")).spoken, Spoken::tls);
  EXPECT_EQ(prove(example, plain, client_hello("EXAMPLE.com")).spoken, Spoken::tls);
}

TEST(Proof, TlsForAnotherNameIsRefusedAsUnrecognized) {
  for (const char* const name : {"evil.example", "www.example.com", "example.com.evil.example"}) {
    const Proof proof = prove(example, plain, client_hello(name));
    EXPECT_EQ(proof.spoken, Spoken::refused) << name;
    EXPECT_EQ(proof.alert, alert_unrecognized_name);
    EXPECT_NE(proof.reason.find(name), std::string::npos);
    EXPECT_EQ(prove(example, lenient, client_hello(name)).spoken, Spoken::refused) << "a rule without SNI allows none";
  }
}

TEST(Proof, TlsWithoutANameNeedsItsRule) {
  EXPECT_EQ(prove(example, plain, client_hello("")).alert, alert_access_denied);
  EXPECT_EQ(prove(example, lenient, client_hello("")).spoken, Spoken::tls);
}

TEST(Proof, AnAddressNeedsNoNameButAcceptsNoOther) {
  EXPECT_EQ(prove(literal, plain, client_hello("")).spoken, Spoken::tls);
  EXPECT_EQ(prove(literal, plain, client_hello("example.com")).spoken, Spoken::refused);
}

TEST(Proof, AnEncryptedClientHelloNeedsItsRule) {
  const std::string hello = client_hello("example.com", EncryptedHello::present);
  EXPECT_EQ(prove(example, plain, hello).alert, alert_access_denied);
  EXPECT_EQ(prove(example, lenient, hello).spoken, Spoken::tls);
}

// Browsers send a dummy (GREASE) with every ClientHello. Where we answer the handshake nobody else reads it.
TEST(Proof, AnEncryptedClientHelloHidesNothingFromAnInspectedConnection) {
  const Verdict inspected{.action = RuleAction::allow, .route = Route::inspect};
  EXPECT_EQ(prove(example, inspected, client_hello("example.com", EncryptedHello::present)).spoken, Spoken::tls);
  EXPECT_EQ(prove(example, inspected, client_hello("evil.example", EncryptedHello::present)).spoken, Spoken::refused);
  EXPECT_EQ(prove(example, inspected, client_hello("", EncryptedHello::present)).spoken, Spoken::refused);
}

TEST(Proof, AHelloThatComesByteByByteIsAwaited) {
  const std::string hello = client_hello("example.com");
  for (std::size_t i = 0; i < hello.size(); ++i)
    ASSERT_EQ(prove(example, plain, hello.substr(0, i)).spoken, Spoken::need_more) << i;
  EXPECT_EQ(prove(example, plain, hello).spoken, Spoken::tls);
}

TEST(Proof, BrokenTlsIsRefusedWithAnAlert) {
  std::string hello = client_hello("example.com");
  hello[9] = '\x7f';   // the client's version: still TLS to whoever is lenient
  hello[43] = '\xff';  // the length of the session id, which now lies
  const Proof proof = prove(example, plain, hello);
  EXPECT_EQ(proof.spoken, Spoken::refused);
  EXPECT_TRUE(proof.is_tls);
}

TEST(Proof, HttpIsToldByItsFirstLine) {
  EXPECT_EQ(prove(at_port(80), plain, "GET / HTTP/1.1\r\n").spoken, Spoken::http1);
  EXPECT_EQ(prove(at_port(80), plain, "GET / HT").spoken, Spoken::need_more);
  EXPECT_EQ(prove(at_port(80), plain, "M-SEARCH").spoken, Spoken::need_more);
  EXPECT_EQ(prove(at_port(80), plain, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").spoken, Spoken::h2c);
  EXPECT_EQ(prove(at_port(443), plain, "GET / HTTP/1.1\r\n").spoken, Spoken::http1) << "also on TLS's port";
}

TEST(Proof, AnotherProtocolNeedsARuleThatNamesThePort) {
  for (const char* const bytes : {"SSH-2.0-OpenSSH_9.2\r\n", "EHLO example.com\r\n", "\x01\x02\x03", "GET /\r\n"}) {
    EXPECT_EQ(prove(at_port(443), plain, bytes).spoken, Spoken::refused) << bytes;
    EXPECT_EQ(prove(at_port(80), plain, bytes).spoken, Spoken::refused) << bytes;
    const Verdict named{.action = RuleAction::allow, .names_port = true};
    EXPECT_EQ(prove(at_port(443), named, bytes).spoken, Spoken::other) << bytes;
    EXPECT_EQ(prove(at_port(22), plain, bytes).spoken, Spoken::other) << "only a rule that names it leads here";
  }
}

TEST(Proof, WhatARuleWantsToReadMustBeReadable) {
  const Verdict inspected{.action = RuleAction::allow, .route = Route::inspect, .names_port = true};
  EXPECT_EQ(prove(at_port(22), inspected, "SSH-2.0-x\r\n").spoken, Spoken::refused);
  EXPECT_EQ(prove(at_port(8443), inspected, client_hello("example.com")).spoken, Spoken::tls);
}

TEST(Proof, AnAlertIsOneFatalRecord) {
  EXPECT_EQ(tls_alert(alert_unrecognized_name), std::string("\x15\x03\x03\x00\x02\x02\x70", 7));
}

}  // namespace
}  // namespace bailey::gateway
