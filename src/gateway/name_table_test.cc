#include "gateway/name_table.h"

#include <gtest/gtest.h>

#include <set>

namespace bailey::gateway {
namespace {

IpAddress v4(std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 198, b, c, d}, .is_v4 = true};
}

TEST(NameTable, ANameKeepsItsAddressesAndTheyLeadBackToIt) {
  NameTable names;
  const auto first = names.give("a.example").value();
  EXPECT_EQ(first.v4, v4(18, 1, 0)) << "the first 256 are the namespace's own";
  const IpAddress v6{.bytes = {0xFD, 0x62, 0x61, 0x69, 0x6C, 0x65, 0x79, 0, 0, 0, 0, 0, 0, 0, 1, 0}};
  EXPECT_EQ(first.v6, v6);
  const auto second = names.give("b.example").value();
  EXPECT_EQ(second.v4, v4(18, 1, 1));
  EXPECT_EQ(names.give("a.example")->v4, first.v4);
  EXPECT_EQ(names.name_of(first.v4), "a.example");
  EXPECT_EQ(names.name_of(first.v6), "a.example");
  EXPECT_EQ(names.name_of(second.v6), "b.example");
}

TEST(NameTable, OtherAddressesBelongToNobody) {
  NameTable names;
  (void)names.give("a.example");
  EXPECT_FALSE(names.name_of(v4(18, 0, 0)));
  EXPECT_FALSE(names.name_of(v4(18, 0, 255)));
  EXPECT_FALSE(names.name_of(v4(18, 1, 1)));
  EXPECT_FALSE(names.name_of(v4(20, 1, 0)));
  EXPECT_TRUE(NameTable::is_synthetic(v4(19, 255, 255)));
  EXPECT_FALSE(NameTable::is_synthetic(v4(20, 0, 0)));
  IpAddress with_high_bits{.bytes = {0xFD, 0x62, 0x61, 0x69, 0x6C, 0x65, 0x79, 0, 1, 0, 0, 0, 0, 0, 1, 0}};
  EXPECT_FALSE(names.name_of(with_high_bits)) << "the same number in another subnet is another address";
  EXPECT_TRUE(NameTable::is_synthetic(with_high_bits));
  IpAddress mapped = v4(18, 1, 0);
  mapped.is_v4 = false;
  EXPECT_FALSE(names.name_of(mapped));
}

TEST(NameTable, WhenFullNoAddressIsGivenTwice) {
  NameTable names;
  std::set<std::array<std::uint8_t, 16>> given;
  for (std::uint32_t i = 0; i < names_max; ++i) {
    const auto addresses = names.give("n" + std::to_string(i));
    ASSERT_TRUE(addresses) << i;
    ASSERT_TRUE(NameTable::is_synthetic(addresses->v4)) << i;
    given.insert(addresses->v4.bytes);
    ASSERT_EQ(names.name_of(addresses->v6), "n" + std::to_string(i));
  }
  EXPECT_EQ(given.size(), names_max);
  EXPECT_FALSE(names.give("one.more"));
  EXPECT_TRUE(names.give("n5")) << "who has an address keeps it";
}

TEST(NameTable, LongNamesFillItByTheirBytes) {
  NameTable names;
  std::size_t given = 0;
  while (names.give(std::to_string(given) + std::string(240, 'x'))) ++given;
  EXPECT_LE(given * 240, names_bytes_max);
  EXPECT_GT(given * 250, names_bytes_max);
}

TEST(NameTable, AfterARestartTheOldAddressesStayNobodys) {
  NameTable before, after(NameTable::Start::after_restart);
  const auto old = before.give("a.example").value();
  std::size_t count = 0;
  while (after.give("n" + std::to_string(count))) ++count;
  EXPECT_EQ(count, (1U << 17) - synthetic_reserved_count - names_max);
  EXPECT_FALSE(after.name_of(old.v4));
  EXPECT_EQ(after.give("n" + std::to_string(count - 1))->v4, v4(19, 255, 255));
  EXPECT_EQ(after.name_of(v4(19, 255, 255)), "n" + std::to_string(count - 1));
}

}  // namespace
}  // namespace bailey::gateway
