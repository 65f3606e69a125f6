#include "sandbox/network.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/fd.h"
#include "init/load_rules.h"

namespace bailey::sandbox {
namespace {

bool write_own(const char* file, const std::string& text) {
  const Fd fd(::open(file, O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// nft(8) wants to be called root.
bool become_root_of_new_namespaces() {
  const std::string uid = std::to_string(::geteuid());
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_own("/proc/self/setgroups", "deny") &&
         write_own("/proc/self/uid_map", "0 " + uid + " 1");
}

// Runs `body` in user and network namespaces of its own; its exit status.
template <typename Body>
int in_namespaces(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(become_root_of_new_namespaces() ? body() : 99);
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// What nft(8) reads back from the kernel after our batch.
TEST(RedirectRules, SayToNftWhatTheyShouldSay) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int status = in_namespaces([&] {
    if (const int error = init::load_rules(redirect_rules()); error != 0) return error;
    ::dup2(ends[1], 1);
    ::execl("/usr/sbin/nft", "nft", "--stateless", "list", "ruleset", nullptr);
    return 98;
  });
  ::close(ends[1]);
  ASSERT_EQ(status, 0);
  std::string listed;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    listed.append(buffer.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  EXPECT_EQ(listed, R"(table inet bailey {
	counter refused_quic {
	}

	counter refused_udp {
	}

	counter refused_icmp {
	}

	counter refused_other {
	}

	chain to_gateway {
		type nat hook output priority -100; policy accept;
		udp dport 53 redirect to :53
		tcp dport 53 redirect to :53
		ip daddr 127.0.0.0/8 return
		ip daddr 198.18.0.1 return
		ip6 daddr ::1 return
		ip6 daddr fd62:6169:6c65:7900::1 return
		meta l4proto tcp redirect to :700
	}

	chain refused {
		type filter hook output priority filter; policy accept;
		ip daddr 127.0.0.0/8 accept
		ip daddr 198.18.0.1 accept
		ip6 daddr ::1 accept
		ip6 daddr fd62:6169:6c65:7900::1 accept
		meta l4proto tcp reject with icmpx admin-prohibited
		udp dport 443 counter name "refused_quic" reject with icmpx admin-prohibited
		meta l4proto udp counter name "refused_udp" reject with icmpx admin-prohibited
		meta l4proto icmp counter name "refused_icmp" reject with icmpx admin-prohibited
		meta l4proto ipv6-icmp counter name "refused_icmp" reject with icmpx admin-prohibited
		counter name "refused_other" reject with icmpx admin-prohibited
	}
}
)");
}

TEST(LoadRules, ABatchThatIsNoneIsRefusedAndNothingIsInForce) {
  std::string damaged = redirect_rules();
  damaged.replace(damaged.find("filter"), 6, "filtre");
  const int status = in_namespaces([&] {
    if (init::load_rules("no batch at all") == 0 || init::load_rules({}) == 0 || init::load_rules(damaged) == 0)
      return 1;
    return ::system("rules=$(/usr/sbin/nft list ruleset) && test -z \"$rules\"") == 0 ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
}

TEST(LoadRules, WithoutTheCapabilityNothingIsLoaded) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    // In a user namespace below the one that the network belongs to.
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(99);
    ::_exit(init::load_rules(redirect_rules()));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), EPERM);
}

}  // namespace
}  // namespace bailey::sandbox
