// bailey-probe executed behind the system call filter, with Landlock alone, and with nothing: what a caller sees.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstdlib>
#include <set>
#include <string>

#include "json/read.h"
#include "os/files.h"
#include "os/process.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp_install.h"
#include "sandbox/seccomp_profile.h"

namespace bailey {
namespace {

enum Exit { succeeded = 0, refused = 1, unavailable = 2, usage = 64 };

struct Answer {
  int exit_status = -1;
  json::Value line;
};

int no_wall() { return 0; }

int filter() {
  static const std::vector<sock_filter> policy = sandbox::with_floor(sandbox::default_profile()).value();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return sandbox::install_filter(policy.data(), policy.size());
}

int files_of_the_system_only() {
  static const std::string program = BAILEY_PROBE;
  static const sandbox::LandlockRule rules[] = {{"/usr", sandbox::FileAccess::read_exec},
                                                {program.c_str(), sandbox::FileAccess::read_exec},
                                                {"/proc", sandbox::FileAccess::read_write}};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return sandbox::landlock_apply({rules, std::size(rules)}).error;
}

Answer probe(std::vector<std::string> words, int (*wall)() = no_wall) {
  os::Command command;
  command.argv = {BAILEY_PROBE, "run"};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.before_exec = wall;
  const auto output = os::run(command);
  if (!output) {
    ADD_FAILURE() << to_lines(output.error());
    return {};
  }
  Answer answer{output->exit_status, {}};
  if (output->exit_status == usage) return answer;
  EXPECT_EQ(output->out.find('\n'), output->out.size() - 1) << "one line: " << output->out;
  const auto line = json::read(output->out, "bailey-probe");
  EXPECT_TRUE(line) << output->out;
  if (line) answer.line = *line;
  return answer;
}

std::string text(const Answer& answer, const char* key) {
  const json::Value* value = answer.line.find(key);
  return value != nullptr && value->as_string() != nullptr ? *value->as_string() : "";
}

TEST(Probe, SaysWhatHappenedInItsLineAndItsExitStatus) {
  const Answer control = probe({"unshare-user"});
  if (control.exit_status == refused) GTEST_SKIP() << "user namespaces are switched off on this machine";
  EXPECT_EQ(control.exit_status, succeeded);
  EXPECT_EQ(text(control, "outcome"), "succeeded");
  const Answer walled = probe({"unshare-user"}, filter);
  EXPECT_EQ(walled.exit_status, refused);
  EXPECT_EQ(text(walled, "act"), "unshare-user");
  EXPECT_EQ(text(walled, "outcome"), "refused");
  EXPECT_EQ(text(walled, "error"), "EPERM");
  EXPECT_EQ(walled.line.find("errno")->as_int(), EPERM);
}

TEST(Probe, FreshNamespacesAreTheControlOfMounts) {
  const Answer control = probe({"--fresh-namespaces", "mount-tmpfs"});
  if (control.exit_status == unavailable) GTEST_SKIP() << text(control, "detail");
  EXPECT_EQ(control.exit_status, succeeded);
  EXPECT_EQ(probe({"mount-tmpfs"}, filter).exit_status, refused);
  // Inside, even the control can not be set up.
  EXPECT_EQ(probe({"--fresh-namespaces", "mount-tmpfs"}, filter).exit_status, unavailable);
}

TEST(Probe, AForeignCallKillsOnlyTheChildThatMadeIt) {
  if (text(probe({"i386-call"}), "detail") == "killed by signal 11")
    GTEST_SKIP() << "no 32-bit calls in this kernel: nothing to refuse";
  const Answer walled = probe({"i386-call"}, filter);
  EXPECT_EQ(walled.exit_status, refused);
  EXPECT_EQ(text(walled, "detail"), "killed by signal 31");
}

TEST(Probe, LandlockAloneHidesAFileOfTheHost) {
  if (sandbox::landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  char secret[] = "/tmp/probe-secret-XXXXXX";
  const Fd file(::mkstemp(secret));
  ASSERT_TRUE(file);
  ASSERT_TRUE(os::write_all(file.get(), "content"));
  EXPECT_EQ(probe({"read-file", secret}).exit_status, succeeded);
  const Answer walled = probe({"read-file", secret}, files_of_the_system_only);
  EXPECT_EQ(walled.exit_status, refused);
  EXPECT_EQ(text(walled, "error"), "EACCES");
  ::unlink(secret);
}

TEST(Probe, MissingArgumentsAndWrongCommandLinesAreNotRefusals) {
  EXPECT_EQ(probe({"read-file"}).exit_status, unavailable);
  EXPECT_EQ(probe({"no-such-act"}).exit_status, usage);
  EXPECT_EQ(probe({}).exit_status, usage);
}

TEST(Probe, ListsItsActsAsJson) {
  os::Command command;
  command.argv = {BAILEY_PROBE, "list", "--json"};
  const auto output = os::run(command);
  ASSERT_TRUE(output);
  const auto list = json::read(output->out, "bailey-probe");
  ASSERT_TRUE(list) << to_lines(list.error());
  ASSERT_NE(list->as_array(), nullptr);
  std::set<std::string> layers;
  for (const json::Value& act : *list->as_array()) {
    for (const char* key : {"name", "catalogue", "layer", "control", "arguments", "attack"})
      EXPECT_NE(act.find(key), nullptr) << key;
    layers.insert(*act.find("layer")->as_string());
  }
  EXPECT_GT(list->as_array()->size(), 100U);
  EXPECT_GE(layers.size(), 8U);
}

}  // namespace
}  // namespace bailey
