#include "sandbox/netlink_writer.h"

#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <cstring>

namespace bailey::sandbox {
namespace {

template <typename Header>
void append(std::string& out, const Header& header) {
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
}

}  // namespace

void NetlinkWriter::align() { out_.resize((out_.size() + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO); }

void NetlinkWriter::begin_message(std::uint16_t type, std::uint16_t flags, std::uint8_t family,
                                  std::uint16_t resource) {
  message_ = out_.size();
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  header.nlmsg_seq = ++messages_;
  append(out_, header);
  append(out_, nfgenmsg{family, NFNETLINK_V0, htobe16(resource)});
}

void NetlinkWriter::end_message() {
  const auto length = static_cast<std::uint32_t>(out_.size() - message_);
  std::memcpy(out_.data() + message_, &length, sizeof length);
}

void NetlinkWriter::bytes(std::uint16_t attribute, std::string_view value) {
  append(out_, nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), attribute});
  out_ += value;
  align();
}

void NetlinkWriter::text(std::uint16_t attribute, std::string_view value) {
  bytes(attribute, std::string(value) + '\0');
}

void NetlinkWriter::number(std::uint16_t attribute, std::uint32_t value) {
  const std::uint32_t ordered = htobe32(value);
  bytes(attribute, {reinterpret_cast<const char*>(&ordered), sizeof ordered});
}

std::size_t NetlinkWriter::open(std::uint16_t attribute) {
  const std::size_t place = out_.size();
  append(out_, nlattr{0, static_cast<std::uint16_t>(attribute | NLA_F_NESTED)});
  return place;
}

void NetlinkWriter::close(std::size_t place) {
  const auto length = static_cast<std::uint16_t>(out_.size() - place);
  std::memcpy(out_.data() + place, &length, sizeof length);
}

}  // namespace bailey::sandbox
