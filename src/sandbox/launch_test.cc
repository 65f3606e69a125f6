// The real sandbox, launched by the test: what commands find in it, and every stage of its start made to fail in turn.
#include "sandbox/launch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netfilter_ipv4.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "init/wire.h"
#include "os/files.h"
#include "sandbox/identity.h"
#include "sandbox/network.h"
#include "sandbox/refused_traffic.h"
#include "sandbox/rootfs.h"
#include "sandbox/seccomp_floor.h"
#include "sandbox/seccomp_profile.h"

namespace bailey::sandbox {
namespace {

std::string bytes_of(std::span<const sock_filter> program) {
  return std::string(reinterpret_cast<const char*>(program.data()), program.size_bytes());
}

class LaunchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/bailey-launch-XXXXXX";
    directory_ = ::mkdtemp(name);
    const auto ids = choose_ids(identity_facts());
    for (const char* part : {"home", "helpers", "workspace"}) {
      ASSERT_TRUE(os::make_directories(os::join(directory_, part)));
      if (::geteuid() == 0) {
        ASSERT_EQ(::chown(os::join(directory_, part).c_str(), ids.uid, ids.gid), 0);
      }
    }
    RootfsInput input;
    input.session_home = os::join(directory_, "home");
    input.helpers = os::join(directory_, "helpers");
    input.workspace = os::join(directory_, "workspace");
    input.memory_bytes = std::uint64_t{1} << 30;
    plan_.host_name = "bailey";
    plan_.ids = ids;
    plan_.steps = rootfs_steps(host_facts("/nonexistent", "/usr/bin"), input, {});
    plan_.files = rootfs_rules(input);
    plan_.resource_limits = {{RLIMIT_NOFILE, 128}};
    plan_.seccomp_program = bytes_of(floor_prefix()) + bytes_of(default_profile());
  }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(directory_)); }

  [[nodiscard]] Result<Sandbox> start() const { return launch(plan_, BAILEY_INIT, Cgroup()); }
  // The stage that the start fails in.
  [[nodiscard]] std::string failure() const {
    const auto sandbox = start();
    return sandbox ? "it started" : to_lines(sandbox.error());
  }

  struct Finished {
    int status = -1;
    std::string out;
  };
  static Finished run(Sandbox& sandbox, std::vector<std::string> argv) {
    int ends[2];
    if (::pipe(ends) != 0) return {};
    const Fd read(ends[0]);
    Fd write(ends[1]);
    const Fd null = os::open_file("/dev/null", O_RDWR).value();
    CommandSpec command{.id = 1, .argv = std::move(argv), .environment = {"PATH=/usr/bin:/bin"}};
    command.standard[0] = null.get();
    command.standard[1] = command.standard[2] = write.get();
    if (!sandbox.start(command)) return {};
    Finished finished;
    for (bool done = false; !done;) {
      const auto event = sandbox.next_event().value();
      if (const auto* ended = std::get_if<Ended>(&event)) finished.status = os::shell_status(ended->wait_status);
      if (const auto* refused = std::get_if<Refused>(&event)) finished.status = -refused->error;
      done = !std::holds_alternative<Started>(event);
    }
    write.reset();
    finished.out = os::read_all(read.get()).value_or("");
    return finished;
  }

  std::string directory_;
  SandboxPlan plan_;
};

TEST_F(LaunchTest, CommandsRunAsTheAgentInTheWorkspace) {
  auto sandbox = start().value();
  EXPECT_EQ(run(sandbox, {"sh", "-c", "id -u; pwd; hostname; echo x > made"}).out, "1000\n/workspace\nbailey\n");
  EXPECT_TRUE(os::exists(os::join(directory_, "workspace/made")));
  EXPECT_EQ(run(sandbox, {"sh", "-c", "exit 7"}).status, 7);
  EXPECT_EQ(run(sandbox, {"no-such-program"}).status, -ENOENT);
  EXPECT_EQ(run(sandbox, {"sh", "-c", "ulimit -n"}).out, "128\n");
}

TEST_F(LaunchTest, KillRestEndsWhatWasLeftBehindAndItsTrapsGetAChance) {
  auto sandbox = start().value();
  (void)run(sandbox,
            {"sh", "-c",
             "(trap 'touch /workspace/ended; exit' TERM; while :; do sleep 0.01; done) >/dev/null 2>&1 & sleep 0.1"});
  sandbox.kill_rest();
  EXPECT_TRUE(std::holds_alternative<Quiet>(sandbox.next_event().value()));
  EXPECT_TRUE(os::exists(os::join(directory_, "workspace/ended")));
}

TEST_F(LaunchTest, AClosedControlSocketEndsEverything) {
  auto sandbox = start().value();
  const pid_t init = sandbox.init_pid();
  sandbox.destroy();
  EXPECT_NE(::kill(init, 0), 0);
}

TEST_F(LaunchTest, TheControlEverythingRightStarts) { EXPECT_EQ(failure(), "it started"); }
TEST_F(LaunchTest, AMissingSourceStopsTheStart) {
  plan_.steps.push_back({.kind = init::Step::bind, .target = "/x", .source = "/nonexistent"});
  // As root the supervisor opens the sources, else init does: the one names the source, the other the target.
  const std::string lines = failure();
  EXPECT_TRUE(lines.find("'/nonexistent'") != std::string::npos || lines.find("'/x'") != std::string::npos) << lines;
}
TEST_F(LaunchTest, ALinkInATargetIsNotFollowed) {
  ASSERT_EQ(::symlink("/etc", os::join(directory_, "home/trap").c_str()), 0);
  plan_.steps.push_back({.kind = init::Step::directory, .target = "/home/agent/trap/planted", .mode = 0755});
  EXPECT_NE(failure().find("build the root file system"), std::string::npos) << failure();
}
TEST_F(LaunchTest, AnOverlayThatCanNotBeMountedStopsTheStart) {
  plan_.steps.push_back(
      {.kind = init::Step::overlay, .target = "/workspace", .source = "/nonexistent", .upper = "/a", .work = "/b"});
  EXPECT_NE(failure().find("build the root file system: '/workspace'"), std::string::npos) << failure();
}
TEST_F(LaunchTest, ALandlockRuleForAMissingPathStopsTheStart) {
  plan_.files.push_back({FileAccess::read_write, "/nonexistent"});
  EXPECT_NE(failure().find("Landlock"), std::string::npos) << failure();
}
TEST_F(LaunchTest, ALandlockAbiOfTheFutureStopsTheStart) {
  plan_.landlock_abi_min = 99;
  EXPECT_NE(failure().find("Landlock"), std::string::npos) << failure();
}
TEST_F(LaunchTest, ABrokenFilterStopsTheStart) {
  plan_.seccomp_program = "12345678";
  EXPECT_NE(failure().find("seccomp"), std::string::npos) << failure();
  plan_.seccomp_program.clear();
  EXPECT_NE(failure().find("seccomp"), std::string::npos) << failure();
}
TEST_F(LaunchTest, AnUnknownResourceLimitStopsTheStart) {
  plan_.resource_limits.push_back({99, 1});
  EXPECT_NE(failure().find("resource limits"), std::string::npos) << failure();
}
TEST_F(LaunchTest, AHostNameThatIsTooLongStopsTheStart) {
  plan_.host_name = std::string(100, 'x');
  EXPECT_NE(failure().find("host name"), std::string::npos) << failure();
}
// A connection to an address that belongs to nobody arrives at our socket, which learns where it was going.
TEST_F(LaunchTest, WithAGatewayEveryConnectionArrivesAtItsSocket) {
  const std::vector<std::string> connect = {"timeout", "5", "bash", "-c",
                                            "exec 3<>/dev/tcp/203.0.113.9/4444 && head -1 <&3"};
  {
    auto control = start().value();
    EXPECT_NE(run(control, connect).status, 0) << "without a gateway there is no way out";
  }
  plan_.gateway = GatewayNetwork{redirect_rules()};
  auto sandbox = start().value();
  const int listener = sandbox.listeners()[static_cast<std::size_t>(init::Listener::tcp4)].get();
  ASSERT_GE(listener, 0);
  sockaddr_in meant{};
  std::thread gateway([&] {
    pollfd waiting{listener, POLLIN, 0};
    if (::poll(&waiting, 1, 5000) != 1) return;
    const Fd client(::accept(listener, nullptr, nullptr));
    socklen_t size = sizeof meant;
    ::getsockopt(client.get(), SOL_IP, SO_ORIGINAL_DST, &meant, &size);
    (void)::send(client.get(), "hello\n", 6, MSG_NOSIGNAL);
  });
  const auto finished = run(sandbox, connect);
  gateway.join();
  EXPECT_EQ(finished.out, "hello\n");
  EXPECT_EQ(ntohs(meant.sin_port), 4444);
  EXPECT_EQ(ntohl(meant.sin_addr.s_addr), 0xcb007109U);
}

TEST_F(LaunchTest, DatagramsOtherThanDnsFailAtOnce) {
  plan_.gateway = GatewayNetwork{redirect_rules()};
  auto sandbox = start().value();
  const char* script =
      "import socket\n"
      "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
      "s.settimeout(5)\n"
      "s.connect(('203.0.113.9', int(__import__('sys').argv[1])))\n"
      "try:\n s.send(b'x'); s.send(b'x'); s.recv(1); print('answered')\n"
      "except TimeoutError: print('silence')\n"
      "except OSError as e: print('refused')\n";
  EXPECT_EQ(run(sandbox, {"python3", "-c", script, "443"}).out, "refused\n");
  // Control: to port 53 the same datagram goes through, to a socket that nobody reads here.
  EXPECT_EQ(run(sandbox, {"python3", "-c", script, "53"}).out, "silence\n");
}

TEST_F(LaunchTest, RefusedDatagramsAreCountedByKind) {
  plan_.gateway = GatewayNetwork{redirect_rules()};
  auto sandbox = start().value();
  EXPECT_EQ(read_refused_traffic(sandbox.counters()).value(), RefusedTraffic{}) << "nothing is refused unasked";
  const char* script =
      "import socket\n"
      "for family, to in ((socket.AF_INET, '203.0.113.9'), (socket.AF_INET6, '2001:db8::9')):\n"
      " for port, count in ((443, 3), (9999, 2), (53, 1)):\n"
      "  for i in range(count):\n"
      "   try: socket.socket(family, socket.SOCK_DGRAM).sendto(b'x' * 1000, (to, port))\n"
      "   except PermissionError: pass\n"
      "print('sent')\n";
  ASSERT_EQ(run(sandbox, {"python3", "-c", script}).out, "sent\n");
  const auto counted = read_refused_traffic(sandbox.counters()).value();
  EXPECT_EQ(counted[0].packets, 6U) << "UDP to port 443";
  EXPECT_EQ(counted[1].packets, 4U) << "other UDP; DNS is none of it";
  EXPECT_GE(counted[1].bytes, 4000U);
  EXPECT_EQ(counted[2].packets + counted[3].packets, 0U);
  // A connection is not refused, although nobody answers it here.
  (void)run(sandbox, {"timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/203.0.113.9/443"});
  EXPECT_EQ(read_refused_traffic(sandbox.counters()).value(), counted) << "asked again, nothing has come";
}

TEST_F(LaunchTest, RulesThatDoNotLoadStopTheStart) {
  std::string damaged = redirect_rules();
  const std::size_t at = damaged.find("filter");
  damaged.replace(at, 6, "filtre");
  for (const std::string& rules : {std::string("no rules at all"), damaged, redirect_rules().substr(0, 400)}) {
    plan_.gateway = GatewayNetwork{rules};
    EXPECT_NE(failure().find("load the rules of the network"), std::string::npos) << failure();
  }
}

TEST_F(LaunchTest, AMissingInitIsAnErrorBeforeAnythingStarts) {
  EXPECT_EQ(launch(plan_, "/nonexistent", Cgroup()).error().code, ENOENT);
}

TEST(Wire, RefusesEveryCutAndKeepsValues) {
  init::WireWriter writer;
  writer.u8(7);
  writer.u64(std::uint64_t{1} << 40);
  writer.text(std::string_view("a\0b", 3));
  const std::string& bytes = writer.bytes();
  init::WireReader whole(bytes.data(), bytes.size());
  EXPECT_EQ(whole.u8(), 7);
  EXPECT_EQ(whole.u64(), std::uint64_t{1} << 40);
  EXPECT_EQ(whole.text().size(), 3U);
  EXPECT_TRUE(whole.ok());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    init::WireReader cut(bytes.data(), size);
    (void)cut.u8();
    (void)cut.u64();
    (void)cut.text();
    EXPECT_FALSE(cut.ok()) << size;
  }
}
TEST(Wire, ALengthThatLiesIsNoRead) {
  const char lying[] =
      "\xff\xff\xff\xff"
      "abc";
  init::WireReader reader(lying, sizeof lying);
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace bailey::sandbox
