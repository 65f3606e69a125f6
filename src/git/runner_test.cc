#include "git/runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "git/confine.h"
#include "git/git_lab.h"
#include "git/service.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class Runner : public ::testing::Test {
 protected:
  Runner() {
    lab.make_host();
    lab.make_quarantine("shell/one");
    invocation.git_dir = lab.path("quarantine");
    invocation.reach.read_only = lab.host().object_stores;
  }
  Result<os::Output> run(std::vector<std::string> arguments) {
    invocation.arguments = std::move(arguments);
    return lab.runner().run(invocation);
  }
  GitLab lab;
  Invocation invocation;
};

TEST_F(Runner, RunsGitOnTheQuarantine) {
  const auto output = run({"log", "--format=%s"});
  ASSERT_TRUE(output) << to_lines(output.error());
  EXPECT_EQ(output->out, "first\n") << output->err;
}

TEST_F(Runner, InheritsNothingFromTheEnvironment) {
  ::setenv("GIT_DIR", "/nonexistent", 1);
  ::setenv("GIT_CONFIG_PARAMETERS", "'core.pager=false'", 1);
  ::setenv("LD_PRELOAD", "/nonexistent.so", 1);
  const auto output = run({"config", "--list", "--show-scope"});
  const auto environment = git_environment(invocation);
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_CONFIG_PARAMETERS");
  ::unsetenv("LD_PRELOAD");
  EXPECT_EQ(output->exit_status, 0);
  EXPECT_EQ(output->out.find("global\t"), std::string::npos) << output->out;
  EXPECT_EQ(output->out.find("system\t"), std::string::npos);
  EXPECT_EQ(output->out.find("core.pager"), std::string::npos);
  EXPECT_EQ(output->err, "") << "LD_PRELOAD would be complained about";
  for (const auto& variable : environment) EXPECT_FALSE(variable.starts_with("LD_PRELOAD")) << variable;
}

TEST_F(Runner, HooksNeverRunEvenInTheQuarantine) {
  lab.out("mkdir -p quarantine/hooks && printf '#!/bin/sh\\ntouch " + lab.path("quarantine/ran") +
          "' >quarantine/hooks/reference-transaction && chmod +x quarantine/hooks/reference-transaction");
  invocation.reach.read_write = {lab.path("quarantine")};
  ASSERT_EQ(run({"update-ref", "refs/heads/x", "HEAD"})->exit_status, 0);
  EXPECT_FALSE(os::exists(lab.path("quarantine/ran")));
  lab.out("git -C quarantine update-ref refs/heads/y HEAD");
  EXPECT_TRUE(os::exists(lab.path("quarantine/ran"))) << "control: without the runner the hook runs";
}

TEST_F(Runner, TransportsAreOff) {
  const auto output = run({"ls-remote", lab.path("host")});
  EXPECT_NE(output->exit_status, 0);
  EXPECT_NE(output->err.find("not allowed"), std::string::npos) << output->err;
}

TEST_F(Runner, ConfinementKeepsGitOutOfTheRest) {
  ASSERT_TRUE(os::write_file(lab.path("secret"), "secret\n"));
  const std::vector<std::string> read = {"hash-object", lab.path("secret")};
  const std::vector<std::string> write = {"config", "--file", lab.path("written"), "a.b", "c"};
  EXPECT_NE(run(read)->exit_status, 0);
  EXPECT_NE(run(write)->exit_status, 0);
  EXPECT_NE(run({"update-ref", "refs/heads/x", "HEAD"})->exit_status, 0) << "read-only unless asked for";
  lab.confiner = unconfined();
  EXPECT_EQ(run(read)->exit_status, 0) << "control";
  EXPECT_EQ(run(write)->exit_status, 0) << "control";
  EXPECT_EQ(run({"update-ref", "refs/heads/x", "HEAD"})->exit_status, 0) << "control";
}

TEST_F(Runner, WithoutConfinementNothingStarts) {
  lab.confiner = [](const Reach&) -> Result<std::function<int()>> { return fail("Landlock", "missing"); };
  EXPECT_FALSE(run({"version"}));
  lab.confiner = [](const Reach&) -> Result<std::function<int()>> {
    return std::function<int()>([] { return EPERM; });
  };
  EXPECT_FALSE(run({"version"})) << "nor when applying it fails in the child";
  EXPECT_FALSE(
      GitRunner(find_git(), landlock_confiner()).run({lab.path("nonexistent"), {"version"}, "", -1, -1, -1, 077, {}}));
}

TEST_F(Runner, MemoryFileSizeAndTimeAreLimited) {
  const std::vector<std::string> big = {"-c", "core.bigFileThreshold=1g", "hash-object", lab.path("quarantine/big")};
  lab.out("truncate -s 600M quarantine/big");
  lab.limits.memory_bytes_max = std::uint64_t{256} << 20;
  EXPECT_NE(run(big)->exit_status, 0);
  lab.limits = {};
  EXPECT_EQ(run(big)->exit_status, 0) << "control";

  invocation.reach.read_write = {lab.path("quarantine")};
  const std::vector<std::string> write = {"-c", "core.compression=0", "hash-object", "-w", lab.path("quarantine/part")};
  lab.out("head -c 3000000 /dev/urandom >quarantine/part");
  lab.limits.file_bytes_max = 1 << 20;
  EXPECT_NE(run(write)->exit_status, 0);
  lab.limits = {};
  EXPECT_EQ(run(write)->exit_status, 0) << "control";

  lab.limits.time_max = std::chrono::seconds(1);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  invocation.arguments = {"-c", "alias.wait=!sleep 30", "wait"};
  EXPECT_FALSE(lab.runner().run(invocation));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Runner, QuotesGitsWordsWhenItFails) {
  invocation.arguments = {"rev-parse", "--verify", "nonsense"};
  const auto failed = lab.runner().output_of(invocation);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().why.find("single revision"), std::string::npos) << failed.error().why;
}

}  // namespace
}  // namespace bailey::git
