// What the tests of the DNS parts share.
#pragma once

#include <string>
#include <vector>

#include "gateway/dns_answer.h"

namespace bailey::gateway {

struct RecordingObserver final : Observer {
  void seen(Observation observation) override { all.push_back(std::move(observation)); }
  std::vector<Observation> all;
};

inline DnsName dotted(std::string_view text) { return DnsName::from_dotted(text).value(); }

inline Message query_message(std::string_view name, RrType type = RrType::a) {
  Message message{.id = 0x1234, .recursion_desired = true};
  message.questions.push_back({.name = dotted(name), .type = type});
  return message;
}

inline Message with_edns(Message message) {
  message.edns = Edns{.options = {}};
  return message;
}

inline std::string wire(const Message& message) { return encode(message, dns_message_bytes_max); }

// Allows allowed.example and everything below it by a rule, and local.lan; with allow_all the rest by default.
inline Verdict example_policy(std::string_view host) {
  if (host == "allowed.example" || host.ends_with(".allowed.example") || host == "printer.lan")
    return {.action = RuleAction::allow, .rule = "user:" + std::string(host), .reason = {}};
  return {.action = RuleAction::block, .rule = "default", .reason = std::string(host) + " is on no list"};
}
inline Verdict allow_all_policy(std::string_view host) {
  Verdict verdict = example_policy(host);
  verdict.action = RuleAction::allow;
  return verdict;
}

}  // namespace bailey::gateway
