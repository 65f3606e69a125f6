// The way out of dns_message.h.
#include <map>

#include "gateway/dns_message.h"
#include "gateway/dns_record_data.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t pointer_target_max = 0x3FFF;
constexpr std::uint16_t dnssec_ok_bit = 0x8000;

std::uint16_t flags_of(const Message& message) {
  unsigned flags = static_cast<unsigned>(message.opcode) << 11 | (static_cast<unsigned>(message.rcode) & 0xF);
  if (message.is_response) flags |= 0x8000;
  if (message.authoritative) flags |= 0x0400;
  if (message.truncated) flags |= 0x0200;
  if (message.recursion_desired) flags |= 0x0100;
  if (message.recursion_available) flags |= 0x0080;
  if (message.authentic_data) flags |= 0x0020;
  if (message.checking_disabled) flags |= 0x0010;
  return static_cast<std::uint16_t>(flags);
}

class Writer {
 public:
  void u16(std::size_t value) {
    out_ += static_cast<char>(value >> 8);
    out_ += static_cast<char>(value);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xFFFF);
  }
  void bytes(std::string_view value) { out_ += value; }

  // Suffixes are shared byte for byte, so that no name changes the case of its letters.
  void name(std::string_view wire) {
    while (wire.size() > 1) {
      if (const auto known = suffixes_.find(wire); known != suffixes_.end()) return u16(0xC000 | known->second);
      if (out_.size() <= pointer_target_max) suffixes_.emplace(wire, out_.size());
      const std::size_t label_bytes = std::size_t{1} + static_cast<std::uint8_t>(wire[0]);
      bytes(wire.substr(0, label_bytes));
      wire.remove_prefix(label_bytes);
    }
    out_ += '\0';
  }

  void record(const Record& record) {
    name(record.name.wire());
    u16(static_cast<std::size_t>(record.type));
    u16(static_cast<std::size_t>(record.rr_class));
    u32(record.ttl_seconds);
    const std::size_t length_at = out_.size();
    u16(0);
    data(record);
    const std::size_t length = out_.size() - length_at - 2;
    out_[length_at] = static_cast<char>(length >> 8);
    out_[length_at + 1] = static_cast<char>(length);
  }

  void opt(const Edns& edns, Rcode rcode) {
    out_ += '\0';
    u16(static_cast<std::size_t>(RrType::opt));
    u16(edns.udp_bytes_max);
    const std::uint32_t rcode_high = static_cast<std::uint32_t>(rcode) >> 4;
    u32(rcode_high << 24 | static_cast<std::uint32_t>(edns.version) << 16 | (edns.dnssec_ok ? dnssec_ok_bit : 0U));
    std::size_t length = 0;
    for (const EdnsOption& option : edns.options) length += 4 + option.data.size();
    u16(length);
    for (const EdnsOption& option : edns.options) {
      u16(option.code);
      u16(option.data.size());
      bytes(option.data);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // Data that is not what its type says is written as it is.
  void data(const Record& record) {
    const auto layout = data_layout(record.type);
    if (!layout || !layout->may_compress || record.data.size() < layout->bytes_before) return bytes(record.data);
    std::size_t offset = layout->bytes_before;
    std::vector<DnsName> names;
    for (std::size_t i = 0; i < layout->names; ++i) {
      auto name = DnsName::read(record.data, offset, Pointers::refused);
      if (!name) return bytes(record.data);
      names.push_back(std::move(*name));
    }
    const std::string_view whole = record.data;
    bytes(whole.substr(0, layout->bytes_before));
    for (const DnsName& each : names) name(each.wire());
    bytes(whole.substr(offset));
  }

  std::string out_;
  std::map<std::string, std::size_t, std::less<>> suffixes_;
};

std::string encode_whole(const Message& message) {
  Writer writer;
  writer.u16(message.id);
  writer.u16(flags_of(message));
  writer.u16(message.questions.size());
  writer.u16(message.answers.size());
  writer.u16(message.authorities.size());
  writer.u16(message.additionals.size() + (message.edns ? 1 : 0));
  for (const Question& question : message.questions) {
    writer.name(question.name.wire());
    writer.u16(static_cast<std::size_t>(question.type));
    writer.u16(static_cast<std::size_t>(question.rr_class));
  }
  for (const auto* section : {&message.answers, &message.authorities, &message.additionals})
    for (const Record& record : *section) writer.record(record);
  if (message.edns) writer.opt(*message.edns, message.rcode);
  return writer.take();
}

}  // namespace

std::string encode(const Message& message, std::size_t bytes_max) {
  std::string whole = encode_whole(message);
  if (whole.size() <= bytes_max) return whole;
  Message shorter = message;
  if (shorter.edns && !shorter.edns->options.empty()) {
    shorter.edns->options.clear();
    whole = encode_whole(shorter);
    if (whole.size() <= bytes_max) return whole;
  }
  shorter.truncated = true;
  shorter.answers.clear();
  shorter.authorities.clear();
  shorter.additionals.clear();
  return encode_whole(shorter);
}

std::string to_string(RrType type) {
  switch (type) {
    case RrType::a:
      return "A";
    case RrType::ns:
      return "NS";
    case RrType::md:
      return "MD";
    case RrType::mf:
      return "MF";
    case RrType::cname:
      return "CNAME";
    case RrType::soa:
      return "SOA";
    case RrType::mb:
      return "MB";
    case RrType::mg:
      return "MG";
    case RrType::mr:
      return "MR";
    case RrType::ptr:
      return "PTR";
    case RrType::hinfo:
      return "HINFO";
    case RrType::minfo:
      return "MINFO";
    case RrType::mx:
      return "MX";
    case RrType::txt:
      return "TXT";
    case RrType::rp:
      return "RP";
    case RrType::afsdb:
      return "AFSDB";
    case RrType::rt:
      return "RT";
    case RrType::aaaa:
      return "AAAA";
    case RrType::srv:
      return "SRV";
    case RrType::naptr:
      return "NAPTR";
    case RrType::dname:
      return "DNAME";
    case RrType::opt:
      return "OPT";
    case RrType::ds:
      return "DS";
    case RrType::dnskey:
      return "DNSKEY";
    case RrType::tlsa:
      return "TLSA";
    case RrType::svcb:
      return "SVCB";
    case RrType::https:
      return "HTTPS";
    case RrType::ixfr:
      return "IXFR";
    case RrType::axfr:
      return "AXFR";
    case RrType::any:
      return "ANY";
    case RrType::caa:
      return "CAA";
  }
  return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

}  // namespace bailey::gateway
