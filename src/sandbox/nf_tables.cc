#include "sandbox/nf_tables.h"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <concepts>

namespace bailey::sandbox::nf {
namespace {

constexpr std::uint32_t register_one = NFT_REG_1;
constexpr std::uint32_t address4_offset = 16;  // of the destination in an IPv4 header
constexpr std::uint32_t address6_offset = 24;  // and in an IPv6 header
constexpr std::uint32_t port_offset = 2;       // of the destination port, TCP and UDP

template <std::invocable<NetlinkWriter&> Body>
Expressions expression(std::string_view name, Body body) {
  NetlinkWriter writer;
  const auto element = writer.open(NFTA_LIST_ELEM);
  writer.text(NFTA_EXPR_NAME, name);
  const auto data = writer.open(NFTA_EXPR_DATA);
  body(writer);
  writer.close(data);
  writer.close(element);
  return writer.out();
}

void value(NetlinkWriter& writer, std::uint16_t attribute, std::string_view bytes) {
  const auto data = writer.open(attribute);
  writer.bytes(NFTA_DATA_VALUE, bytes);
  writer.close(data);
}

Expressions load_meta(std::uint32_t key) {
  return expression("meta", [=](NetlinkWriter& writer) {
    writer.number(NFTA_META_DREG, register_one);
    writer.number(NFTA_META_KEY, key);
  });
}

Expressions load_packet(std::uint32_t base, std::uint32_t offset, std::size_t size) {
  return expression("payload", [=](NetlinkWriter& writer) {
    writer.number(NFTA_PAYLOAD_DREG, register_one);
    writer.number(NFTA_PAYLOAD_BASE, base);
    writer.number(NFTA_PAYLOAD_OFFSET, offset);
    writer.number(NFTA_PAYLOAD_LEN, static_cast<std::uint32_t>(size));
  });
}

Expressions equals(std::string_view bytes) {
  return expression("cmp", [=](NetlinkWriter& writer) {
    writer.number(NFTA_CMP_SREG, register_one);
    writer.number(NFTA_CMP_OP, NFT_CMP_EQ);
    value(writer, NFTA_CMP_DATA, bytes);
  });
}

Expressions family_is(std::uint8_t family) {
  return load_meta(NFT_META_NFPROTO) + equals({reinterpret_cast<const char*>(&family), 1});
}

Expressions verdict(std::int32_t code) {
  return expression("immediate", [=](NetlinkWriter& writer) {
    writer.number(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    const auto data = writer.open(NFTA_IMMEDIATE_DATA);
    const auto said = writer.open(NFTA_DATA_VERDICT);
    writer.number(NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
    writer.close(said);
    writer.close(data);
  });
}

std::string in_network_order(std::uint16_t port) {
  const std::uint16_t ordered = htobe16(port);
  return {reinterpret_cast<const char*>(&ordered), sizeof ordered};
}

}  // namespace

Expressions protocol_is(std::uint8_t ip_protocol) {
  return load_meta(NFT_META_L4PROTO) + equals({reinterpret_cast<const char*>(&ip_protocol), 1});
}

Expressions port_is(std::uint16_t port) {
  return load_packet(NFT_PAYLOAD_TRANSPORT_HEADER, port_offset, sizeof port) + equals(in_network_order(port));
}

Expressions to_address4(std::string_view prefix) {
  return family_is(NFPROTO_IPV4) + load_packet(NFT_PAYLOAD_NETWORK_HEADER, address4_offset, prefix.size()) +
         equals(prefix);
}

Expressions to_address6(std::string_view address) {
  return family_is(NFPROTO_IPV6) + load_packet(NFT_PAYLOAD_NETWORK_HEADER, address6_offset, address.size()) +
         equals(address);
}

Expressions count_in(std::string_view counter) {
  return expression("objref", [=](NetlinkWriter& writer) {
    writer.number(NFTA_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
    writer.text(NFTA_OBJREF_IMM_NAME, counter);
  });
}

Expressions redirect_to(std::uint16_t port) {
  const auto load = expression("immediate", [=](NetlinkWriter& writer) {
    writer.number(NFTA_IMMEDIATE_DREG, register_one);
    value(writer, NFTA_IMMEDIATE_DATA, in_network_order(port));
  });
  return load +
         expression("redir", [](NetlinkWriter& writer) { writer.number(NFTA_REDIR_REG_PROTO_MIN, register_one); });
}

Expressions refuse() {
  return expression("reject", [](NetlinkWriter& writer) {
    writer.number(NFTA_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH);
    writer.bytes(NFTA_REJECT_ICMP_CODE, std::string_view("\x03", 1));  // NFT_REJECT_ICMPX_ADMIN_PROHIBITED
  });
}
static_assert(NFT_REJECT_ICMPX_ADMIN_PROHIBITED == 3);

Expressions accept() { return verdict(NF_ACCEPT); }
Expressions leave_chain() { return verdict(NFT_RETURN); }

Table::Table(std::string_view name) : name_(name) {
  writer_.begin_message(NFNL_MSG_BATCH_BEGIN, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
  writer_.end_message();
  begin(NFT_MSG_NEWTABLE, NLM_F_CREATE);
  writer_.text(NFTA_TABLE_NAME, name_);
  writer_.end_message();
}

void Table::begin(std::uint16_t message, std::uint16_t flags) {
  writer_.begin_message(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message), flags, NFPROTO_INET);
}

void Table::counter(std::string_view name) {
  begin(NFT_MSG_NEWOBJ, NLM_F_CREATE);
  writer_.text(NFTA_OBJ_TABLE, name_);
  writer_.text(NFTA_OBJ_NAME, name);
  writer_.number(NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER);
  writer_.close(writer_.open(NFTA_OBJ_DATA));
  writer_.end_message();
}

void Table::chain(std::string_view name, std::string_view type, int priority) {
  begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  writer_.text(NFTA_CHAIN_TABLE, name_);
  writer_.text(NFTA_CHAIN_NAME, name);
  const auto hook = writer_.open(NFTA_CHAIN_HOOK);
  writer_.number(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
  writer_.number(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(priority));
  writer_.close(hook);
  writer_.number(NFTA_CHAIN_POLICY, NF_ACCEPT);
  writer_.text(NFTA_CHAIN_TYPE, type);
  writer_.end_message();
}

void Table::rule(std::string_view chain, const Expressions& expressions) {
  begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  writer_.text(NFTA_RULE_TABLE, name_);
  writer_.text(NFTA_RULE_CHAIN, chain);
  const auto list = writer_.open(NFTA_RULE_EXPRESSIONS);
  writer_.raw(expressions);
  writer_.close(list);
  writer_.end_message();
}

std::string Table::batch() {
  begin(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ACK);  // again: changes nothing, and is answered
  writer_.text(NFTA_TABLE_NAME, name_);
  writer_.end_message();
  writer_.begin_message(NFNL_MSG_BATCH_END, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
  writer_.end_message();
  return writer_.out();
}

}  // namespace bailey::sandbox::nf
