#include <gtest/gtest.h>

#include "gateway/host_files.h"
#include "gateway/host_proxy.h"
#include "gateway/session_usage.h"
#include "gateway/upstream_address.h"

namespace bailey::gateway {
namespace {

using namespace std::chrono_literals;

const Authority by_name{.host = "a.example", .port = 443};
const Verdict plain{.action = RuleAction::allow};
const Verdict grants_private{.action = RuleAction::allow, .allow_private = true};

IpAddress address(const char* text) { return parse_address(text).value(); }

TEST(UpstreamAddress, TheInternetIsConnectedTo) {
  for (const char* const text : {"93.184.216.34", "2606:2800:220:1::1"})
    EXPECT_FALSE(why_not(address(text), by_name, plain)) << text;
}

TEST(UpstreamAddress, PrivateAddressesNeedARuleThatAllowsThem) {
  for (const char* const text :
       {"127.0.0.1", "10.1.2.3", "192.168.0.1", "100.64.0.1", "169.254.1.1", "::1", "fc00::1", "fe80::1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "198.18.1.1", "fd62:6169:6c65:7900::1"}) {
    EXPECT_TRUE(why_not(address(text), by_name, plain)) << text;
    EXPECT_FALSE(why_not(address(text), by_name, grants_private)) << text;
  }
}

TEST(UpstreamAddress, AMetadataServiceMustBeNamedByItsAddress) {
  const Authority literal{.host = "169.254.169.254", .port = 80, .is_literal = true};
  EXPECT_TRUE(why_not(address("169.254.169.254"), by_name, grants_private));
  EXPECT_TRUE(why_not(address("169.254.169.254"), literal, plain));
  EXPECT_FALSE(why_not(address("169.254.169.254"), literal, grants_private));
}

TEST(UpstreamAddress, AddressesThatMeanThisHostOrManyAreNeverConnectedTo) {
  for (const char* const text : {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"})
    EXPECT_TRUE(why_not(address(text), by_name, grants_private)) << text;
}

TEST(UpstreamAddress, FamiliesTakeTurns) {
  const std::vector mixed{address("1.1.1.1"), address("1.1.1.2"), address("2606::1"), address("1.1.1.3")};
  const std::vector expected{address("2606::1"), address("1.1.1.1"), address("1.1.1.2"), address("1.1.1.3")};
  EXPECT_EQ(in_order_of_trial(mixed), expected);
}

TEST(UpstreamAddress, SocketAddressesReadBack) {
  for (const char* const text : {"1.2.3.4", "2001:db8::5"}) {
    const auto back = from_socket_address(to_socket_address(address(text), 8080).bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->address, address(text));
    EXPECT_EQ(back->port, 8080);
  }
}

TEST(HostFiles, HostsAreReadAsLibcDoes) {
  const auto hosts = parse_hosts(
      "127.0.0.1\tlocalhost  me # comment other\n#1.1.1.1 hidden\n\n10.0.0.9 Build.Corp.EXAMPLE\n"
      "::1 localhost\nnonsense line\n10.0.0.1 5.6.7.8\n1.2.3.4\n");
  EXPECT_EQ(hosts.at("localhost"), (std::vector{address("127.0.0.1"), address("::1")}));
  EXPECT_EQ(hosts.at("build.corp.example"), std::vector{address("10.0.0.9")});
  EXPECT_TRUE(hosts.contains("me"));
  EXPECT_FALSE(hosts.contains("other"));
  EXPECT_FALSE(hosts.contains("hidden"));
  EXPECT_EQ(hosts.size(), 3U);
}

TEST(HostFiles, NameServersAndOptionsAreReadSearchListsAreNot) {
  const auto settings = parse_resolv_conf(
      "; comment\nsearch corp.example\nnameserver 10.0.0.53 # first\nnameserver ::1\nnameserver bad\n"
      "options ndots:2 timeout:1 attempts:99\n");
  EXPECT_EQ(settings.servers, (std::vector{address("10.0.0.53"), address("::1")}));
  EXPECT_EQ(settings.timeout_seconds, 1);
  EXPECT_EQ(settings.attempts, 4);
  EXPECT_TRUE(parse_resolv_conf("").servers.empty());
}

HostProxies proxies(std::map<std::string, std::string> variables) {
  auto made = HostProxies::from_variables(variables);
  EXPECT_TRUE(made);
  return made ? *made : HostProxies{};
}

TEST(HostProxy, UrlsAreRead) {
  const auto proxy = parse_proxy_url("http://me:p%40ss@Proxy.Corp.example:3128/");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->host, "proxy.corp.example");
  EXPECT_EQ(proxy->port, 3128);
  EXPECT_EQ(proxy->basic_credentials, "me:p@ss");
  EXPECT_EQ(parse_proxy_url("proxy.example")->port, 1080);
  EXPECT_EQ(parse_proxy_url("http://proxy.example")->port, 80);
  for (const char* const bad :
       {"socks5://p.example:1", "https://p.example:1", "http://", "http://a%zz@p.example", "http://p:0"})
    EXPECT_FALSE(parse_proxy_url(bad)) << bad;
}

TEST(HostProxy, TheVariablesDecideWhoGoesThroughIt) {
  const auto made = proxies({{"https_proxy", "http://s.example:1"},
                             {"http_proxy", "http://p.example:2"},
                             {"no_proxy", "corp.example, .lan.example,10.0.0.0/8,192.168.1.1"}});
  EXPECT_EQ(made.proxy_for({.host = "a.example", .port = 443})->host, "s.example");
  EXPECT_EQ(made.proxy_for({.host = "a.example", .port = 80})->host, "p.example");
  for (const char* const name : {"corp.example", "x.corp.example", "lan.example", "y.lan.example"})
    EXPECT_EQ(made.proxy_for({.host = name, .port = 443}), nullptr) << name;
  EXPECT_NE(made.proxy_for({.host = "notcorp.example", .port = 443}), nullptr);
  for (const char* const literal : {"10.9.8.7", "192.168.1.1"})
    EXPECT_EQ(made.proxy_for({.host = literal, .port = 443, .is_literal = true}), nullptr) << literal;
  EXPECT_NE(made.proxy_for({.host = "11.0.0.1", .port = 443, .is_literal = true}), nullptr);
  EXPECT_EQ(proxies({}).proxy_for(by_name), nullptr);
  EXPECT_EQ(proxies({{"https_proxy", "http://s.example:1"}, {"no_proxy", "*"}}).proxy_for(by_name), nullptr);
  EXPECT_EQ(proxies({{"HTTP_PROXY", "http://evil.example:1"}}).proxy_for({.host = "a.example", .port = 80}), nullptr);
}

TEST(HostProxy, ItIsAskedForATunnelWithItsCredentials) {
  EXPECT_EQ(connect_request({"p.example", 1, "me:secret"}, by_name),
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
  EXPECT_EQ(connect_request({"p.example", 1, ""}, {.host = "2606::1", .port = 8, .is_literal = true}),
            "CONNECT [2606::1]:8 HTTP/1.1\r\nHost: [2606::1]:8\r\n\r\n");
}

TEST(SessionUsage, ConnectionsAreLimitedPerHostAndInAll) {
  const NetworkLimits limits{.connections_max = 3, .connections_per_host_max = 2};
  const SteadyTime now = SteadyTime{} + 1h;
  SessionUsage usage;
  EXPECT_FALSE(usage.open("a", now, limits));
  EXPECT_FALSE(usage.open("a", now, limits));
  EXPECT_TRUE(usage.open("a", now, limits));
  EXPECT_FALSE(usage.open("b", now, limits));
  EXPECT_TRUE(usage.open("c", now, limits));
  usage.close("a");
  EXPECT_FALSE(usage.open("c", now, limits));
  EXPECT_EQ(usage.connections(), 3U);
}

TEST(SessionUsage, RequestsAreLimitedPerMinute) {
  const NetworkLimits limits{.requests_per_minute_per_host_max = 2, .requests_per_minute_max = 3};
  SteadyTime now = SteadyTime{} + 1h;
  SessionUsage usage;
  EXPECT_FALSE(usage.request("a", now, limits));
  EXPECT_FALSE(usage.request("a", now, limits));
  EXPECT_TRUE(usage.request("a", now, limits));
  EXPECT_FALSE(usage.request("b", now, limits));
  EXPECT_TRUE(usage.request("b", now, limits));
  now += 61s;
  EXPECT_FALSE(usage.request("a", now, limits));
}

}  // namespace
}  // namespace bailey::gateway
