#include "git/service.h"

#include <gtest/gtest.h>

#include "git/service_report.h"
#include "json/read.h"

namespace bailey::git {
namespace {

ServiceConfig config() {
  ServiceConfig config;
  config.git_program = "/usr/bin/git";
  config.quarantine = "/s/a b=c/quarantine.git";
  config.session = "claude-x";
  config.branch = "claude/x";
  config.target = LandingTarget{"/src/app/.git"};
  config.limits = {123, 45, std::chrono::seconds(67)};
  return config;
}

TEST(Service, ArgumentsGoThereAndBack) {
  const auto call = parse_service_arguments(service_arguments(Service::upload_pack, config()));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->service, Service::upload_pack);
  EXPECT_EQ(call->config.quarantine, config().quarantine);
  EXPECT_EQ(call->config.session, "claude-x");
  EXPECT_EQ(call->config.branch, "claude/x");
  EXPECT_EQ(call->config.target->host_git_dir, "/src/app/.git");
  EXPECT_EQ(call->config.limits.pack_bytes_max, 123U);
  EXPECT_EQ(call->config.limits.pack_objects_max, 45U);
  EXPECT_EQ(call->config.limits.time_max, std::chrono::seconds(67));
  auto quiet = config();
  quiet.target.reset();
  EXPECT_FALSE(parse_service_arguments(service_arguments(Service::receive_pack, quiet))->config.target);
}

TEST(Service, ARemoteIsServedOnlyWhenItIsSaid) {
  const auto remote = parse_service_arguments(service_arguments(Service::receive_pack, config(), Serves::remote));
  ASSERT_TRUE(remote);
  EXPECT_EQ(remote->serves, Serves::remote);
  EXPECT_EQ(parse_service_arguments(service_arguments(Service::receive_pack, config()))->serves, Serves::quarantine);
}

TEST(Service, BadArgumentsAreErrors) {
  auto good = service_arguments(Service::receive_pack, config());
  EXPECT_TRUE(parse_service_arguments(good)) << "control";
  EXPECT_FALSE(parse_service_arguments({}));
  for (const char* bad :
       {"--unknown=x", "--branch=-x", "--seconds=1x", "--seconds=-1", "--quarantine=relative", "--git=git", "plain"}) {
    auto arguments = good;
    arguments.emplace_back(bad);
    EXPECT_FALSE(parse_service_arguments(arguments)) << bad;
  }
}

TEST(Service, TheGuestMayAskForTwoServicesOnly) {
  EXPECT_EQ(parse_service("git-receive-pack"), Service::receive_pack);
  EXPECT_EQ(parse_service("git-upload-pack"), Service::upload_pack);
  for (const char* bad :
       {"", "git-upload-archive", "git-receive-pack ", "git-receive-pack --x", "GIT-RECEIVE-PACK", "status"})
    EXPECT_FALSE(parse_service(bad)) << bad;
}

TEST(ServiceReport, IsOneLineOfJsonWhateverTheGuestSent) {
  ServiceReport report;
  report.op = "push";
  report.ref = "refs/heads/\xff\n\x1b[31m\"" + std::string(5000, 'x');
  report.landing = Landing{};
  report.landing->ref = "refs/heads/x";
  const std::string line = to_line(report);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LT(line.size(), 4096U);
  const auto value = json::read(line, "report");
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->find("decision")->as_string(), "deny");
  EXPECT_EQ(*value->find("landing")->find("ref")->as_string(), "refs/heads/x");
}

}  // namespace
}  // namespace bailey::git
