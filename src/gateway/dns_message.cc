#include "gateway/dns_message.h"

#include <array>
#include <utility>

#include "gateway/dns_record_data.h"

namespace bailey::gateway {
namespace {

constexpr std::uint16_t dnssec_ok_bit = 0x8000;

// Reads forward; once something is missing everything that follows is missing too.
class Reader {
 public:
  Reader(std::string_view message, Pointers pointers) : message_(message), pointers_(pointers) {}

  std::string_view bytes(std::size_t count) {
    if (message_.size() - offset_ < count) {
      fail(MessageFault::cut_off);
      return {};
    }
    return message_.substr(std::exchange(offset_, offset_ + count), count);
  }
  std::uint16_t u16() {
    const std::string_view two = bytes(2);
    return two.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(byte(two[0]) << 8 | byte(two[1]));
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  DnsName name() {
    auto name = DnsName::read(message_, offset_, pointers_);
    if (!name) fail(MessageFault::bad_name);
    return std::move(name).value_or(DnsName());
  }
  void fail(MessageFault fault) {
    if (!fault_) fault_ = fault;
    offset_ = message_.size();
  }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] bool at_end() const { return offset_ == message_.size(); }
  [[nodiscard]] std::optional<MessageFault> fault() const { return fault_; }

 private:
  static unsigned byte(char value) { return static_cast<std::uint8_t>(value); }
  std::string_view message_;
  Pointers pointers_;
  std::size_t offset_ = 0;
  std::optional<MessageFault> fault_;
};

std::string read_data(Reader& reader, RrType type) {
  const std::size_t length = reader.u16();
  const std::size_t end = reader.offset() + length;
  const auto layout = data_layout(type);
  // RFC 2136 and dynamic updates have records without data; so may any record here.
  if (!layout || length == 0) return std::string(reader.bytes(length));
  std::string data(reader.bytes(layout->bytes_before));
  for (std::size_t i = 0; i < layout->names; ++i) data += reader.name().wire();
  data += reader.bytes(layout->bytes_behind);
  if (reader.offset() != end) reader.fail(MessageFault::bad_record_data);
  return data;
}

struct RawOpt {
  Edns edns;
  std::uint16_t rcode_high = 0;
};

std::optional<RawOpt> to_opt(const Record& record) {
  if (!record.name.is_root()) return std::nullopt;
  RawOpt opt;
  opt.edns.udp_bytes_max = static_cast<std::uint16_t>(record.rr_class);
  opt.rcode_high = static_cast<std::uint16_t>(record.ttl_seconds >> 24);
  opt.edns.version = static_cast<std::uint8_t>(record.ttl_seconds >> 16);
  opt.edns.dnssec_ok = (record.ttl_seconds & dnssec_ok_bit) != 0;
  Reader reader(record.data, Pointers::refused);
  while (!reader.at_end()) {
    EdnsOption& option = opt.edns.options.emplace_back();
    option.code = reader.u16();
    option.data = reader.bytes(reader.u16());
  }
  if (reader.fault()) return std::nullopt;
  return opt;
}

void read_records(Reader& reader, std::size_t count, std::vector<Record>& records) {
  for (std::size_t i = 0; i < count && !reader.fault(); ++i) {
    Record& record = records.emplace_back();
    record.name = reader.name();
    record.type = static_cast<RrType>(reader.u16());
    record.rr_class = static_cast<RrClass>(reader.u16());
    record.ttl_seconds = reader.u32();
    record.data = read_data(reader, record.type);
  }
}

// OPT belongs into the additional section, once (RFC 6891 section 6.1.1).
bool take_opt(Message& message) {
  for (const auto* section : {&message.answers, &message.authorities})
    for (const Record& record : *section)
      if (record.type == RrType::opt) return false;
  for (auto record = message.additionals.begin(); record != message.additionals.end();) {
    if (record->type != RrType::opt) {
      ++record;
      continue;
    }
    auto opt = to_opt(*record);
    if (!opt || message.edns) return false;
    message.edns = std::move(opt->edns);
    message.rcode = static_cast<Rcode>(opt->rcode_high << 4 | static_cast<std::uint16_t>(message.rcode));
    record = message.additionals.erase(record);
  }
  return true;
}

void read_flags(Message& message, std::uint16_t flags) {
  message.is_response = (flags & 0x8000) != 0;
  message.opcode = static_cast<Opcode>(flags >> 11 & 0xF);
  message.authoritative = (flags & 0x0400) != 0;
  message.truncated = (flags & 0x0200) != 0;
  message.recursion_desired = (flags & 0x0100) != 0;
  message.recursion_available = (flags & 0x0080) != 0;
  message.authentic_data = (flags & 0x0020) != 0;
  message.checking_disabled = (flags & 0x0010) != 0;
  message.rcode = static_cast<Rcode>(flags & 0xF);
}

}  // namespace

std::expected<Message, MessageFault> parse_message(std::string_view bytes, Pointers pointers) {
  if (bytes.size() > dns_message_bytes_max) return std::unexpected(MessageFault::too_long);
  Reader reader(bytes, pointers);
  Message message;
  message.id = reader.u16();
  read_flags(message, reader.u16());
  std::array<std::size_t, 4> counts{};
  for (std::size_t& count : counts) count = reader.u16();
  for (std::size_t i = 0; i < counts[0] && !reader.fault(); ++i) {
    Question& question = message.questions.emplace_back();
    question.name = reader.name();
    question.type = static_cast<RrType>(reader.u16());
    question.rr_class = static_cast<RrClass>(reader.u16());
  }
  read_records(reader, counts[1], message.answers);
  read_records(reader, counts[2], message.authorities);
  read_records(reader, counts[3], message.additionals);
  if (reader.fault()) return std::unexpected(*reader.fault());
  if (!reader.at_end()) return std::unexpected(MessageFault::trailing_bytes);
  if (!take_opt(message)) return std::unexpected(MessageFault::bad_opt);
  return message;
}

std::string_view to_string(MessageFault fault) {
  switch (fault) {
    case MessageFault::cut_off:
      return "the message ends too early";
    case MessageFault::bad_name:
      return "a name is not well-formed";
    case MessageFault::bad_record_data:
      return "the data of a record has another length than its type says";
    case MessageFault::bad_opt:
      return "an EDNS record is repeated, misplaced or not well-formed";
    case MessageFault::trailing_bytes:
      return "bytes follow the message";
    case MessageFault::too_long:
      return "longer than a message can be";
  }
  return "not well-formed";
}

}  // namespace bailey::gateway
