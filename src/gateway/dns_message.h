// DNS messages as values: RFC 1035 section 4, EDNS (RFC 6891), extended errors (RFC 8914). No I/O.
//
// How it works. parse_message() takes a whole message or nothing: every section is read as far as its counts say and
// not a byte may be left. Names in record data of the types that RFC 1035 and RFC 3597 section 4 name are
// decompressed, so that a record means something outside of its message; encode() compresses owner names and those of
// RFC 1035 only. The OPT pseudo-record is not a record here but `edns`. What a query must look like is dns_query.h.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/dns_name.h"

namespace bailey::gateway {

inline constexpr std::size_t dns_header_bytes = 12;
inline constexpr std::size_t dns_message_bytes_max = 65535;
inline constexpr std::size_t udp_plain_bytes_max = 512;  // without EDNS
inline constexpr std::size_t udp_edns_bytes_max = 1232;  // with: what passes every link unfragmented

// Any other number is a type as well.
enum class RrType : std::uint16_t {
  a = 1,
  ns = 2,
  md = 3,
  mf = 4,
  cname = 5,
  soa = 6,
  mb = 7,
  mg = 8,
  mr = 9,
  ptr = 12,
  hinfo = 13,
  minfo = 14,
  mx = 15,
  txt = 16,
  rp = 17,
  afsdb = 18,
  rt = 21,
  aaaa = 28,
  srv = 33,
  naptr = 35,
  dname = 39,
  opt = 41,
  ds = 43,
  dnskey = 48,
  tlsa = 52,
  svcb = 64,
  https = 65,
  ixfr = 251,
  axfr = 252,
  any = 255,
  caa = 257,
};
[[nodiscard]] std::string to_string(RrType type);  // "AAAA"; "TYPE1234" (RFC 3597) when not in the list

enum class RrClass : std::uint16_t { in = 1, ch = 3, hs = 4, none = 254, any = 255 };
enum class Opcode : std::uint8_t { query = 0, iquery = 1, status = 2, notify = 4, update = 5 };
enum class Rcode : std::uint16_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  name_error = 3,
  not_implemented = 4,
  refused = 5,
  bad_version = 16,
};

struct Question {
  DnsName name;
  RrType type = RrType::a;
  RrClass rr_class = RrClass::in;
  friend bool operator==(const Question&, const Question&) = default;
};

struct Record {
  DnsName name;
  RrType type = RrType::a;
  RrClass rr_class = RrClass::in;
  std::uint32_t ttl_seconds = 0;
  std::string data;  // names in it uncompressed
  friend bool operator==(const Record&, const Record&) = default;
};

struct EdnsOption {
  std::uint16_t code = 0;
  std::string data;
  friend bool operator==(const EdnsOption&, const EdnsOption&) = default;
};

struct Edns {
  std::uint16_t udp_bytes_max = udp_edns_bytes_max;
  std::uint8_t version = 0;
  bool dnssec_ok = false;
  std::vector<EdnsOption> options;
  friend bool operator==(const Edns&, const Edns&) = default;
};

struct Message {
  std::uint16_t id = 0;
  bool is_response = false;
  Opcode opcode = Opcode::query;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  bool recursion_available = false;
  bool authentic_data = false;
  bool checking_disabled = false;
  Rcode rcode = Rcode::no_error;  // beyond 15 only with edns
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authorities;
  std::vector<Record> additionals;
  std::optional<Edns> edns;
  friend bool operator==(const Message&, const Message&) = default;
};

enum class MessageFault { cut_off, bad_name, bad_record_data, bad_opt, trailing_bytes, too_long };
[[nodiscard]] std::string_view to_string(MessageFault fault);

[[nodiscard]] std::expected<Message, MessageFault> parse_message(std::string_view bytes, Pointers pointers);

// At most `bytes_max` bytes (at least 512): when it is more, first the EDNS options go, then all records, and the TC
// bit says so.
[[nodiscard]] std::string encode(const Message& message, std::size_t bytes_max);

}  // namespace bailey::gateway
