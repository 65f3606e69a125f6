#include "sandbox/refused_traffic.h"

#include <endian.h>
#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>

namespace bailey::sandbox {
namespace {

constexpr int new_object = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ;

std::string attribute(int type, const std::string& value) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), static_cast<std::uint16_t>(type)};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += value;
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
  return bytes;
}

std::string number(std::uint64_t value) {
  const std::uint64_t big = htobe64(value);
  return {reinterpret_cast<const char*>(&big), sizeof big};
}

std::string message(int type, const std::string& content) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + content.size());
  header.nlmsg_type = static_cast<std::uint16_t>(type);
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += content;
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
  return bytes;
}

std::string counter(std::string_view table, std::string_view name, std::uint64_t packets, std::uint64_t bytes) {
  const std::string data =
      attribute(NFTA_COUNTER_BYTES, number(bytes)) + attribute(NFTA_COUNTER_PACKETS, number(packets));
  return message(new_object, std::string(sizeof(nfgenmsg), '\0') +
                                 attribute(NFTA_OBJ_TABLE, std::string(table) + '\0') +
                                 attribute(NFTA_OBJ_NAME, std::string(name) + '\0') +
                                 attribute(NFTA_OBJ_DATA | NLA_F_NESTED, data) + attribute(99, "of a later kernel"));
}

std::string done() { return message(NLMSG_DONE, std::string(4, '\0')); }

TEST(RefusedTraffic, IsReadByNameFromTheKernelsAnswer) {
  RefusedTraffic counted{};
  EXPECT_EQ(parse_counters(counter("bailey", "refused_udp", 7, 700), counted).value(), Dump::goes_on);
  const auto rest = counter("bailey", "refused_quic", 1, 2) + counter("other", "refused_icmp", 9, 9) +
                    counter("bailey", "unknown", 9, 9) + done();
  EXPECT_EQ(parse_counters(rest, counted).value(), Dump::complete);
  EXPECT_EQ(counted, (RefusedTraffic{{{1, 2}, {7, 700}, {0, 0}, {0, 0}}}));
}

TEST(RefusedTraffic, AnErrorOfTheKernelIsOne) {
  RefusedTraffic counted{};
  nlmsgerr error{};
  error.error = -EPERM;
  const std::string content(reinterpret_cast<const char*>(&error), sizeof error);
  EXPECT_EQ(parse_counters(message(NLMSG_ERROR, content), counted).error().code, EPERM);
  EXPECT_FALSE(parse_counters(message(NLMSG_ERROR, "x"), counted)) << "cut off";
}

TEST(RefusedTraffic, AnAnswerThatIsCutOrLiesAboutItsLengthsIsRefused) {
  const auto whole = counter("bailey", "refused_udp", 7, 700);
  RefusedTraffic counted{};
  ASSERT_TRUE(parse_counters(whole, counted));
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_FALSE(parse_counters(whole.substr(0, size), counted)) << size;
  const auto with_length = [&](std::size_t at, std::uint16_t length) {
    auto lies = whole;
    std::memcpy(lies.data() + at, &length, sizeof length);
    return lies;
  };
  for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 3, 15, 60000}) {
    EXPECT_FALSE(parse_counters(with_length(0, length), counted)) << "of the message: " << length;
    const std::size_t first_attribute = sizeof(nlmsghdr) + sizeof(nfgenmsg);
    if (length < 4 || length > 1000) {
      EXPECT_FALSE(parse_counters(with_length(first_attribute, length), counted)) << "of an attribute: " << length;
    }
  }
}

TEST(RefusedTraffic, WrongShapesAreRefused) {
  RefusedTraffic counted{};
  const std::string head(sizeof(nfgenmsg), '\0');
  EXPECT_FALSE(parse_counters(message(77, head), counted)) << "an unknown message";
  EXPECT_FALSE(parse_counters(message(new_object, head + attribute(NFTA_OBJ_NAME, "unterminated")), counted));
  EXPECT_FALSE(parse_counters(message(new_object, head + attribute(NFTA_OBJ_TABLE, "")), counted));
  const auto narrow = attribute(NFTA_COUNTER_PACKETS, "1234");
  EXPECT_FALSE(parse_counters(message(new_object, head + attribute(NFTA_OBJ_DATA, narrow)), counted));
  EXPECT_EQ(counted, RefusedTraffic{});
}

TEST(RefusedTraffic, GrowthIsSinceTheLastLook) {
  const RefusedTraffic before{{{1, 10}, {5, 50}, {0, 0}, {9, 90}}};
  const RefusedTraffic now{{{1, 10}, {8, 80}, {2, 20}, {3, 30}}};
  EXPECT_EQ(growth(before, now), (RefusedTraffic{{{0, 0}, {3, 30}, {2, 20}, {3, 30}}}));
}

}  // namespace
}  // namespace bailey::sandbox
