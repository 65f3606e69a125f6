#include "gateway/address.h"

#include <gtest/gtest.h>

namespace bailey::gateway {
namespace {

AddressClass class_of(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) ADD_FAILURE() << text;
  return address ? classify(*address) : AddressClass::reserved;
}

TEST(Address, OnlyCanonicalFormsAreAddresses) {
  using namespace std::string_view_literals;
  for (const auto text : {"1.2.3.4"sv, "255.255.255.255"sv, "::"sv, "2606:4700::1111"sv, "::ffff:1.2.3.4"sv}) {
    EXPECT_TRUE(parse_address(text)) << text;
  }
  for (const auto text :
       {""sv, "1.2.3"sv, "127.1"sv, "2130706433"sv, "0x7f.0.0.1"sv, "0177.0.0.1"sv, "01.2.3.4"sv, "1.2.3.4 "sv,
        " 1.2.3.4"sv, "1.2.3.4\0x"sv, "1.2.3.256"sv, "fe80::1%eth0"sv, "[::1]"sv, "1.2.3.4."sv, "::1::"sv}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string(1 << 20, ':')));
}

TEST(Address, IsPrintedInItsOneForm) {
  EXPECT_EQ(to_string(IpAddress::v4(10, 0, 0, 1)), "10.0.0.1");
  EXPECT_EQ(to_string(*parse_address("2001:DB8:0:0:0:0:0:1")), "2001:db8::1");
}

struct Example {
  AddressClass expected;
  const char* text;
};

void expect_all(std::initializer_list<Example> examples) {
  for (const auto& [expected, text] : examples) EXPECT_EQ(to_string(class_of(text)), to_string(expected)) << text;
}

TEST(Address, TheInternetIsGlobal) {
  for (const auto* text :
       {"1.1.1.1",          "8.8.8.8",         "9.255.255.255",        "11.0.0.0",        "126.255.255.255",
        "128.0.0.0",        "172.15.255.255",  "172.32.0.0",           "192.167.255.255", "192.169.0.0",
        "100.63.255.255",   "100.128.0.0",     "169.253.255.255",      "169.255.0.0",     "198.17.255.255",
        "198.20.0.0",       "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1",    "2001:4860:4860::8888",
        "64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8"}) {
    EXPECT_EQ(to_string(class_of(text)), "global") << text;
  }
}

TEST(Address, RangesOfIpv4ThatAreNotTheInternet) {
  using enum AddressClass;
  expect_all({{unspecified, "0.0.0.0"},      {unspecified, "0.255.255.255"},  {loopback, "127.0.0.1"},
              {loopback, "127.255.255.254"}, {private_use, "10.0.0.0"},       {private_use, "10.255.255.255"},
              {private_use, "172.16.0.1"},   {private_use, "172.31.255.255"}, {private_use, "192.168.1.1"},
              {shared, "100.64.0.0"},        {shared, "100.127.255.255"},     {link_local, "169.254.1.1"},
              {metadata, "169.254.169.254"}, {metadata, "100.100.100.200"},   {metadata, "168.63.129.16"},
              {metadata, "192.0.0.192"},     {reserved, "192.0.0.1"},         {reserved, "192.0.2.1"},
              {reserved, "198.18.0.1"},      {reserved, "198.19.255.255"},    {reserved, "198.51.100.1"},
              {reserved, "203.0.113.1"},     {multicast, "224.0.0.1"},        {multicast, "239.255.255.255"},
              {reserved, "240.0.0.1"},       {broadcast, "255.255.255.255"}});
}

TEST(Address, RangesOfIpv6ThatAreNotTheInternet) {
  using enum AddressClass;
  expect_all({{unspecified, "::"},
              {loopback, "::1"},
              {private_use, "fc00::1"},
              {private_use, "fd62:6169:6c65:7900::1"},
              {private_use, "fec0::1"},
              {link_local, "fe80::1"},
              {link_local, "febf::1"},
              {metadata, "fd00:ec2::254"},
              {metadata, "fd20:ce::254"},
              {multicast, "ff02::1"},
              {reserved, "100::1"},
              {reserved, "2001:db8::1"},
              {reserved, "2001:10::1"},
              {reserved, "2001:20::1"},
              {reserved, "2001:2::1"},
              {reserved, "3fff::1"},
              {reserved, "5f00::1"},
              {reserved, "4000::1"}});
}

TEST(Address, AnAddressThatCarriesAnotherIsWhatItCarries) {
  using enum AddressClass;
  expect_all({{loopback, "::ffff:127.0.0.1"},
              {metadata, "::ffff:169.254.169.254"},
              {private_use, "::ffff:0:10.0.0.1"},
              {loopback, "::127.0.0.1"},
              {private_use, "::10.0.0.1"},
              {unspecified, "::2"},
              {metadata, "64:ff9b::a9fe:a9fe"},
              {private_use, "64:ff9b::192.168.0.1"},
              {reserved, "64:ff9b:1::8.8.8.8"},
              {reserved, "64:ff9b:1:ffff::7f00:1"},
              {loopback, "2002:7f00:1::1"},
              {private_use, "2002:c0a8:101::1"},
              // Teredo: server 127.0.0.1; then server 8.8.8.8 with client 10.0.0.1, and with client 8.8.8.8
              {loopback, "2001:0:7f00:1::f7f7:f7f7"},
              {private_use, "2001:0:808:808::f5ff:fffe"},
              {global, "2001:0:808:808::f7f7:f7f7"}});
}

}  // namespace
}  // namespace bailey::gateway
