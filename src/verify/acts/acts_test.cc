// Acts must work as their own positive controls: each one here is run with a wall, where it is refused, and without it,
// where it succeeds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include "os/files.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp_install.h"
#include "sandbox/seccomp_profile.h"
#include "verify/acts/act_runner.h"

namespace bailey::verify {
namespace {

// Where the kernel itself lacks a feature the control is refused with one of these: nothing can be shown then.
bool kernel_lacks_it(const ActResult& result) {
  return result.outcome == Outcome::refused &&
         (result.error == ENOSYS || result.error == EAFNOSUPPORT || result.error == EPROTONOSUPPORT ||
          result.error == EIO || result.error == ENOENT);
}

As identity_of(Control control) {
  switch (control) {
    case Control::outside_user:
      return As::user;
    case Control::fresh_namespaces:
      return As::fresh_root;
    default:
      return As::caller;
  }
}

bool install_policy() {
  static const std::vector<sock_filter> policy = sandbox::with_floor(sandbox::default_profile()).value();
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && sandbox::install_filter(policy.data(), policy.size()) == 0;
}

TEST(ActTable, NamesAreUniqueAndEveryRowIsComplete) {
  std::set<std::string_view> names;
  const std::set<int> scenarios = {1, 2, 7, 8, 9};
  std::set<int> seen;
  for (int i = 0; i < groups_count; ++i)
    for (const Act& act : group(i)) {
      EXPECT_TRUE(names.insert(act.name).second) << act.name << " exists twice";
      EXPECT_TRUE(scenarios.contains(act.scenario)) << act.name;
      seen.insert(act.scenario);
      EXPECT_STRNE(act.catalogue, "") << act.name;
      EXPECT_STRNE(act.attack, "") << act.name;
      EXPECT_NE(act.run, nullptr) << act.name;
      EXPECT_EQ(find_act(act.name), &act);
    }
  EXPECT_EQ(seen, scenarios);
  EXPECT_GT(names.size(), 100U);
  EXPECT_EQ(find_act("no-such-act"), nullptr);
  EXPECT_TRUE(group(groups_count).empty());
}

// Every act that seccomp stops, at once: the table says where the control runs.
TEST(SeccompActs, SucceedWithoutTheFilterAndAreRefusedWithIt) {
  int shown = 0;
  std::string not_shown;
  for (int i = 0; i < groups_count; ++i)
    for (const Act& act : group(i)) {
      if (act.layer != Layer::seccomp) continue;
      const As who = identity_of(act.control);
      const ActResult walled = run_act(act.name, {}, who, install_policy);
      EXPECT_EQ(walled.outcome, Outcome::refused) << act.name << ": " << walled.detail;
      if (act.control == Control::outside_root && ::geteuid() != 0) continue;
      const ActResult control = run_act(act.name, {}, who, no_wall);
      if (control.outcome == Outcome::succeeded) ++shown;
      else {
        not_shown += std::string(" ") + act.name;
        EXPECT_TRUE(kernel_lacks_it(control)) << act.name << " is no control: " << control.detail << control.error;
      }
    }
  RecordProperty("not_shown_here", not_shown);
  EXPECT_GT(shown, 30) << "this machine can show too little:" << not_shown;
}

class ActFiles : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/acts-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    ASSERT_EQ(::chmod(name, 0755), 0);
    secret_ = directory_ + "/secret";
    ASSERT_TRUE(os::write_file(secret_, "content", 0644));
  }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(directory_)); }

  // Everything but our directory, which stands for the host's.
  static bool forget_host_files() {
    static const sandbox::LandlockRule rules[] = {{"/usr", sandbox::FileAccess::read_exec},
                                                  {"/dev", sandbox::FileAccess::device},
                                                  {"/proc", sandbox::FileAccess::read_write}};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           sandbox::landlock_apply({rules, std::size(rules), 1}).error == 0;
  }
  void expect_stopped_by_landlock(const char* act, const char* argument) const {
    EXPECT_EQ(run_act(act, {argument}, As::caller, no_wall).outcome, Outcome::succeeded) << act;
    EXPECT_EQ(run_act(act, {argument}, As::caller, forget_host_files).outcome, Outcome::refused) << act;
  }

  std::string directory_, secret_;
};

TEST_F(ActFiles, FileActsReachTheHostAndStopAtAWall) {
  if (sandbox::landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* act : {"read-file", "write-file", "proc-self-root", "dot-dot", "audit-append"})
    expect_stopped_by_landlock(act, secret_.c_str());
  expect_stopped_by_landlock("list-directory", directory_.c_str());
}

TEST_F(ActFiles, LinksAndTheLoaderReachTheHost) {
  for (const char* act : {"symlink-out", "hardlink-out", "session-path"}) {
    EXPECT_EQ(run_act(act, {secret_.c_str()}, As::caller, no_wall).outcome, Outcome::succeeded) << act;
    EXPECT_EQ(run_act(act, {"/no/such/file"}, As::caller, no_wall).outcome, Outcome::refused) << act;
  }
  EXPECT_EQ(run_act("loader", {"/bin/true"}, As::caller, no_wall).outcome, Outcome::succeeded);
  EXPECT_EQ(run_act("loader", {"/no/such/program"}, As::caller, no_wall).outcome, Outcome::refused);
}

TEST_F(ActFiles, WritingLeavesALineThatTheVerifierCanFind) {
  EXPECT_EQ(run_act("write-file", {secret_.c_str()}, As::caller, no_wall).outcome, Outcome::succeeded);
  EXPECT_EQ(os::read_file(secret_).value(), "contentwritten by bailey-probe\n");
}

int listen_at(const std::string& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address.data(), address.size());
  if (address[0] == '@') name.sun_path[0] = '\0';
  const std::size_t size = offsetof(sockaddr_un, sun_path) + address.size() + (address[0] == '@' ? 0 : 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool listening =
      ::bind(fd, reinterpret_cast<const sockaddr*>(&name), static_cast<socklen_t>(size)) == 0 && ::listen(fd, 8) == 0;
  return listening ? fd : -1;
}

TEST_F(ActFiles, SocketsOfTheHost) {
  const std::string abstract = "@bailey-acts-" + std::to_string(::getpid());
  const std::string path = directory_ + "/socket";
  const Fd first(listen_at(abstract));
  const Fd second(listen_at(path));
  ASSERT_TRUE(first && second);
  for (const char* act : {"abstract-socket", "pass-descriptor"}) {
    EXPECT_EQ(run_act(act, {abstract.c_str()}, As::caller, no_wall).outcome, Outcome::succeeded) << act;
    // An empty network namespace has none of the host's abstract names.
    EXPECT_EQ(run_act(act, {abstract.c_str()}, As::fresh_root, no_wall).outcome, Outcome::refused) << act;
    if (sandbox::landlock_abi() >= 6) {
      EXPECT_EQ(run_act(act, {abstract.c_str()}, As::caller, forget_host_files).error, EPERM) << act;
    }
  }
  for (const char* act : {"control-socket", "engine-socket", "pass-descriptor"}) {
    EXPECT_EQ(run_act(act, {path.c_str()}, As::caller, no_wall).outcome, Outcome::succeeded) << act;
    EXPECT_EQ(run_act(act, {"/no/such/socket"}, As::caller, no_wall).outcome, Outcome::refused) << act;
  }
}

TEST(ProcessActs, ReachAProcessOfTheSameUserAndNotPidOneOfAnother) {
  const pid_t victim = ::fork();
  if (victim == 0) {
    if (!become(As::user)) ::_exit(1);
    while (true) ::pause();
  }
  const std::string pid = std::to_string(victim);
  ::usleep(50'000);  // until it has become the user
  for (const char* act :
       {"proc-root", "proc-cwd", "proc-fd", "proc-mem", "proc-environ", "ptrace", "process-vm-writev", "pidfd-getfd"}) {
    const ActResult control = run_act(act, {pid.c_str()}, As::user, no_wall);
    if (control.outcome == Outcome::refused && control.error == EPERM) GTEST_SKIP() << "Yama forbids tracing siblings";
    EXPECT_EQ(control.outcome, Outcome::succeeded) << act << ": " << control.detail << control.error;
    EXPECT_EQ(run_act(act, {}, As::user, no_wall).outcome, Outcome::refused) << act << " of process 1";
  }
  EXPECT_EQ(run_act("kill-host", {pid.c_str()}, As::user, no_wall).outcome, Outcome::succeeded);
  EXPECT_EQ(run_act("kill-host", {}, As::user, no_wall).outcome, Outcome::unavailable);
  ::kill(victim, SIGKILL);
  ::waitpid(victim, nullptr, 0);
}

TEST(IdentityActs, TellPrivilegeFromItsAbsence) {
  for (const char* act : {"uid-zero", "capset", "capabilities"}) {
    EXPECT_EQ(run_act(act, {}, As::fresh_root, no_wall).outcome, Outcome::succeeded) << act;
    // An ordinary user still has a bounding set: "capabilities" says so, and only the sandbox empties it.
    if (std::string_view(act) != "capabilities") {
      EXPECT_EQ(run_act(act, {}, As::user, no_wall).outcome, Outcome::refused) << act;
    }
  }
  const auto no_new_privileges = [] { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; };
  EXPECT_EQ(run_act("no-new-privileges", {}, As::user, no_wall).outcome, Outcome::succeeded);
  EXPECT_EQ(run_act("no-new-privileges", {}, As::user, no_new_privileges).outcome, Outcome::refused);
  const ActResult control = run_act("setuid-program", {}, As::user, no_wall);
  if (control.outcome == Outcome::unavailable) GTEST_SKIP() << control.detail;
  EXPECT_EQ(control.outcome, Outcome::succeeded) << control.detail;
  EXPECT_EQ(run_act("setuid-program", {}, As::user, no_new_privileges).outcome, Outcome::refused);
}

TEST(IdentityActs, AForgottenDescriptorIsFound) {
  const auto close_all = [] { return ::close_range(3, ~0U, 0) == 0; };
  const auto forget_one = [] { return ::close_range(3, ~0U, 0) == 0 && ::open("/etc/passwd", O_RDONLY) == 3; };
  EXPECT_EQ(run_act("inherited-descriptors", {}, As::caller, close_all).outcome, Outcome::refused);
  const ActResult result = run_act("inherited-descriptors", {}, As::caller, forget_one);
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_NE(std::string_view(result.detail).find("3: /etc/passwd"), std::string_view::npos) << result.detail;
}

// The sanitizer's shadow memory alone is larger than any limit of the address space.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool address_sanitized = true;
#elif defined(__has_feature)
constexpr bool address_sanitized = __has_feature(address_sanitizer);
#else
constexpr bool address_sanitized = false;
#endif

template <int Resource, rlim_t Amount>
bool limit() {
  const rlimit value{Amount, Amount};
  return ::setrlimit(static_cast<__rlimit_resource>(Resource), &value) == 0;
}

TEST(LimitActs, StopAtTheLimitAndNotBefore) {
  constexpr rlim_t mebibytes_200 = rlim_t{200} << 20;
  constexpr rlim_t mebibytes_4 = rlim_t{4} << 20;
  const auto expect = [](const char* act, const char* amount, auto wall) {
    EXPECT_EQ(run_act(act, {amount, "/tmp"}, As::user, no_wall).outcome, Outcome::succeeded) << act;
    const ActResult stopped = run_act(act, {amount, "/tmp"}, As::user, wall);
    EXPECT_EQ(stopped.outcome, Outcome::refused) << act << ": " << stopped.detail;
  };
  expect("fork-bomb", "40", limit<RLIMIT_NPROC, 20>);
  expect("descriptor-hog", "200", limit<RLIMIT_NOFILE, 100>);
  if (!address_sanitized) expect("memory-hog", "300000000", limit<RLIMIT_AS, mebibytes_200>);
  expect("memfd-hog", "20000000", limit<RLIMIT_FSIZE, mebibytes_4>);
  expect("disk-hog", "20000000", limit<RLIMIT_FSIZE, mebibytes_4>);
  EXPECT_EQ(run_act("core-dump", {}, As::user, limit<RLIMIT_CORE, 0>).outcome, Outcome::refused);
  EXPECT_EQ(run_act("raise-limits", {}, As::user, limit<RLIMIT_NOFILE, 100>).outcome, Outcome::refused);
}

TEST(NetworkActs, SucceedOnlyWhenTheRightSideAnswers) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const pid_t server = ::fork();
  if (server == 0) {
    while (true) {
      const int peer = ::accept(listener, nullptr, nullptr);
      (void)!::write(peer, "token", 5);
      ::close(peer);
    }
  }
  const auto connect = [&](const char* token, As who) {
    return run_act("host-loopback", {"127.0.0.1", port.c_str(), token}, who, no_wall);
  };
  EXPECT_EQ(connect("token", As::caller).outcome, Outcome::succeeded);
  EXPECT_EQ(connect("other", As::caller).error, EPROTO) << "somebody between us answered";
  EXPECT_EQ(connect("token", As::fresh_root).outcome, Outcome::refused) << "another network namespace";
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  ::close(listener);
  EXPECT_EQ(connect("token", As::caller).error, ECONNREFUSED);
}

TEST(NetworkActs, ChangesNeedTheCapability) {
  for (const char* act : {"add-address", "add-route", "interface-flags"}) {
    EXPECT_EQ(run_act(act, {}, As::fresh_root, no_wall).outcome, Outcome::succeeded) << act;
    EXPECT_EQ(run_act(act, {}, As::user, no_wall).error, EPERM) << act;
  }
}

TEST(Arguments, NumbersAreWholeAndNotNegative) {
  const char* const words[] = {"12", "-1", "1x", "", "99999999999999999999"};
  const Arguments arguments{5, words};
  EXPECT_EQ(arguments.number(0, 7), 12);
  for (int i = 1; i < 6; ++i) EXPECT_EQ(arguments.number(i, 7), 7) << i;
}

}  // namespace
}  // namespace bailey::verify
