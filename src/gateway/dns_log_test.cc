#include "gateway/dns_log.h"

#include <gtest/gtest.h>

#include "gateway/dns_test_support.h"

namespace bailey::gateway {
namespace {

struct DnsLogTest : testing::Test {
  void note(const std::string& host, bool allowed = false) {
    log.note({.what = Seen::dns_name, .allowed = allowed, .rule = "r", .host = host, .protocol = "A"}, now);
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const Observation& seen : observer.all) sum += seen.what == Seen::dns_name ? seen.count : 0;
    return sum;
  }
  std::size_t limits() const {
    return static_cast<std::size_t>(std::count_if(observer.all.begin(), observer.all.end(),
                                                  [](const auto& seen) { return seen.what == Seen::limit; }));
  }

  RecordingObserver observer;
  SteadyTime now{std::chrono::hours(1)};
  DnsLog log{observer};
};

TEST_F(DnsLogTest, ANameIsToldOnceAndAgainWhenTheAnswerChanges) {
  note("a.example");
  note("a.example");
  note("a.example", true);
  note("a.example", true);
  ASSERT_EQ(observer.all.size(), 2U);
  EXPECT_FALSE(observer.all[0].allowed);
  EXPECT_TRUE(observer.all[1].allowed);
  log.summarise();
  ASSERT_EQ(observer.all.size(), 3U) << "the blocked repetition is counted";
  EXPECT_EQ(observer.all[2].host, "*.a.example");
  EXPECT_EQ(observer.all[2].count, 1U);
  log.summarise();
  EXPECT_EQ(observer.all.size(), 3U);
}

TEST_F(DnsLogTest, ATunnelIsToldAsALimitAndThenOnlyCounted) {
  for (int i = 0; i < 5000; ++i) note(std::to_string(i) + ".data.evil.example");
  EXPECT_EQ(limits(), 1U);
  EXPECT_EQ(observer.all.size(), 1 + static_cast<std::size_t>(blocked_names_per_parent_burst));
  note("other.example");
  EXPECT_EQ(observer.all.back().host, "other.example") << "the control: another domain is still told";
  log.summarise();
  EXPECT_EQ(observer.all.back().host, "*.evil.example");
  EXPECT_EQ(total(), 5001U) << "nothing is lost in counting";
}

TEST_F(DnsLogTest, ManyDomainsAreLimitedTogether) {
  for (int i = 0; i < 20000; ++i) note("x.evil" + std::to_string(i) + ".example");
  EXPECT_EQ(limits(), 1U);
  EXPECT_EQ(observer.all.size(), 1 + static_cast<std::size_t>(blocked_names_burst));
  log.summarise();
  EXPECT_EQ(total(), 20000U);
  EXPECT_EQ(observer.all.back().host, "*");
}

TEST_F(DnsLogTest, RepetitionsInManyDomainsBecomeFewSummaries) {
  for (int i = 0; i < 100; ++i) {
    note("x.evil" + std::to_string(i) + ".example");
    note("x.evil" + std::to_string(i) + ".example");
  }
  ASSERT_EQ(observer.all.size(), 100U);
  log.summarise();
  EXPECT_EQ(observer.all.size(), 100 + log_summaries_max + 1);
  EXPECT_EQ(total(), 200U);
}

TEST_F(DnsLogTest, TheBucketFillsAgainWithTime) {
  for (int i = 0; i < 100; ++i) note(std::to_string(i) + ".evil.example");
  now += std::chrono::seconds(11);
  const std::size_t before = observer.all.size();
  note("later.evil.example");
  ASSERT_EQ(observer.all.size(), before + 1);
  EXPECT_EQ(observer.all.back().host, "later.evil.example");
}

TEST_F(DnsLogTest, AQuietMinuteDoesNotFillIt) {
  for (int i = 0; i < 100; ++i) note(std::to_string(i) + ".evil.example");
  log.summarise();
  log.summarise();
  now += std::chrono::seconds(11);
  for (int i = 100; i < 200; ++i) note(std::to_string(i) + ".evil.example");
  std::size_t single = 0;
  for (const Observation& seen : observer.all) single += seen.what == Seen::dns_name && seen.host.front() != '*';
  EXPECT_EQ(single, static_cast<std::size_t>(blocked_names_per_parent_burst) + 1);
}

TEST_F(DnsLogTest, AllowedNamesAreAllToldUpToTheirLimit) {
  for (int i = 0; i < 500; ++i) note("n" + std::to_string(i) + ".cdn.example", true);
  EXPECT_EQ(observer.all.size(), 500U);
  for (int i = 500; i < 5000; ++i) note("n" + std::to_string(i) + ".cdn.example", true);
  EXPECT_EQ(observer.all.size(), static_cast<std::size_t>(allowed_names_per_parent_burst));
  log.summarise();
  EXPECT_EQ(total(), 5000U);
}

TEST(DnsLog, WhatWasOnlyCountedIsToldAtTheEnd) {
  RecordingObserver observer;
  {
    DnsLog log(observer);
    for (int i = 0; i < 2; ++i) log.note({.what = Seen::dns_name, .host = "a.example"}, SteadyTime{});
  }
  EXPECT_EQ(observer.all.size(), 2U);
}

}  // namespace
}  // namespace bailey::gateway
