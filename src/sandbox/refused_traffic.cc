#include "sandbox/refused_traffic.h"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "sandbox/netlink_writer.h"
#include "sandbox/network.h"

namespace bailey::sandbox {
namespace {

constexpr const char* what = "read what the network's rules refused";
constexpr std::size_t alignment = NLMSG_ALIGNTO;
constexpr int datagrams_max = 8;  // of an answer; ours takes one or two
constexpr std::uint16_t get_object = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ;
constexpr std::uint16_t new_object = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ;

std::unexpected<Error> malformed() { return fail(what, "the kernel's answer is malformed"); }

template <typename Value>
Value read_at(std::string_view bytes) {
  Value value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

constexpr std::size_t aligned(std::size_t size) { return (size + alignment - 1) & ~(alignment - 1); }

// Takes a part with a header of type Header from the front; `length` is the header's own word for its size.
template <typename Header>
Result<std::string_view> take_part(std::string_view& rest, std::size_t length) {
  if (length < sizeof(Header) || length > rest.size()) return malformed();
  const std::string_view part = rest.substr(sizeof(Header), length - sizeof(Header));
  rest.remove_prefix(std::min(aligned(length), rest.size()));
  return part;
}

struct Attribute {
  int type = 0;
  std::string_view value;
};

Result<Attribute> take_attribute(std::string_view& rest) {
  if (rest.size() < sizeof(nlattr)) return malformed();
  const auto header = read_at<nlattr>(rest);
  return Attribute{header.nla_type & NLA_TYPE_MASK, TRY(take_part<nlattr>(rest, header.nla_len))};
}

Result<std::string_view> text_of(std::string_view value) {
  if (value.empty() || value.back() != '\0') return malformed();
  return value.substr(0, value.size() - 1);
}

Result<TrafficCount> parse_count(std::string_view rest) {
  TrafficCount count;
  while (!rest.empty()) {
    const auto [type, value] = TRY(take_attribute(rest));
    if (type != NFTA_COUNTER_BYTES && type != NFTA_COUNTER_PACKETS) continue;
    if (value.size() != sizeof(std::uint64_t)) return malformed();
    (type == NFTA_COUNTER_BYTES ? count.bytes : count.packets) = be64toh(read_at<std::uint64_t>(value));
  }
  return count;
}

Status parse_object(std::string_view message, RefusedTraffic& counted) {
  if (message.size() < sizeof(nfgenmsg)) return malformed();
  std::string_view rest = message.substr(sizeof(nfgenmsg));
  std::string_view table;
  std::string_view name;
  TrafficCount count;
  while (!rest.empty()) {
    const auto [type, value] = TRY(take_attribute(rest));
    if (type == NFTA_OBJ_TABLE) table = TRY(text_of(value));
    if (type == NFTA_OBJ_NAME) name = TRY(text_of(value));
    if (type == NFTA_OBJ_DATA) count = TRY(parse_count(value));
  }
  if (table != rules_table) return {};
  for (std::size_t i = 0; i < refused_kinds.size(); ++i)
    if (refused_kinds[i].counter == name) counted[i] = count;
  return {};
}

// All counters of our table.
std::string request() {
  NetlinkWriter writer;
  writer.begin_message(get_object, NLM_F_DUMP, NFPROTO_INET);
  writer.text(NFTA_OBJ_TABLE, rules_table);
  writer.number(NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER);
  writer.end_message();
  return writer.out();
}

}  // namespace

Result<Dump> parse_counters(std::string_view datagram, RefusedTraffic& counted) {
  std::string_view rest = datagram;
  while (!rest.empty()) {
    if (rest.size() < sizeof(nlmsghdr)) return malformed();
    const auto header = read_at<nlmsghdr>(rest);
    const std::string_view message = TRY(take_part<nlmsghdr>(rest, header.nlmsg_len));
    switch (header.nlmsg_type) {
      case NLMSG_DONE:
        return Dump::complete;
      case NLMSG_ERROR:
        if (message.size() < sizeof(nlmsgerr)) return malformed();
        return fail_errno(-read_at<nlmsgerr>(message).error, what);
      case new_object:
        TRY_STATUS(parse_object(message, counted));
        break;
      default:
        return malformed();
    }
  }
  return Dump::goes_on;
}

Result<RefusedTraffic> read_refused_traffic(int netlink) {
  std::array<char, counters_datagram_bytes_max> buffer;
  // Left over from a question that was given up.
  while (::recv(netlink, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) continue;
  const std::string question = request();
  if (::send(netlink, question.data(), question.size(), MSG_DONTWAIT) < 0) return fail_errno(what);
  RefusedTraffic counted{};
  for (int i = 0; i < datagrams_max; ++i) {
    const ssize_t size = ::recv(netlink, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) return fail_errno(what);
    if (TRY(parse_counters({buffer.data(), static_cast<std::size_t>(size)}, counted)) == Dump::complete) return counted;
  }
  return fail(what, "the kernel's answer does not end");
}

RefusedTraffic growth(const RefusedTraffic& before, const RefusedTraffic& now) {
  RefusedTraffic grown{};
  for (std::size_t i = 0; i < now.size(); ++i) {
    const bool is_behind = now[i].packets < before[i].packets || now[i].bytes < before[i].bytes;
    const TrafficCount from = is_behind ? TrafficCount{} : before[i];
    grown[i] = {now[i].packets - from.packets, now[i].bytes - from.bytes};
  }
  return grown;
}

}  // namespace bailey::sandbox
