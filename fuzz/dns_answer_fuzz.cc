// Any bytes as a query: no answer, or a response with the same id, within the client's size, whose addresses lead back
// to the name that was asked for. The first byte chooses carrier and policy.
#include <cstdint>
#include <cstdlib>

#include "gateway/dns_responder.h"

namespace {

using namespace bailey::gateway;

struct Counting final : Observer {
  void seen(Observation observation) override {
    for (const char c : observation.host)
      if (c <= ' ' || c >= 0x7F) std::abort();  // a name can not forge a line of the log
  }
};

void check_addresses(const Message& response, const NameTable& names) {
  for (const Record& record : response.answers) {
    if (record.name != response.questions.at(0).name) std::abort();
    IpAddress address;
    if (record.type == RrType::aaaa && record.data.size() == 16) {
      std::copy(record.data.begin(), record.data.end(), address.bytes.begin());
    } else if (record.type == RrType::a && record.data.size() == 4) {
      address = {.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, .is_v4 = true};
      std::copy(record.data.begin(), record.data.end(), address.bytes.begin() + 12);
    } else {
      continue;
    }
    if (NameTable::is_synthetic(address) && names.name_of(address) != record.name.to_text()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Carrier carrier = (data[0] & 1) != 0 ? Carrier::tcp : Carrier::udp;
  const RuleAction action = (data[0] & 2) != 0 ? RuleAction::block : RuleAction::allow;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  NameTable names;
  Counting observer;
  DnsResponder responder([&](std::string_view) { return Verdict{.action = action, .rule = "r", .reason = "why"}; },
                         names, observer);
  const std::string answer = responder.respond(input, carrier, bailey::SteadyTime{});
  if (answer.empty()) return 0;
  const auto response = parse_message(answer, Pointers::followed);
  if (!response || !response->is_response || answer.substr(0, 2) != input.substr(0, 2)) std::abort();
  if (answer.size() > (carrier == Carrier::udp ? udp_edns_bytes_max : dns_answer_bytes_max)) std::abort();
  if (action == RuleAction::block && names.size() != 0) std::abort();
  check_addresses(*response, names);
  return 0;
}
