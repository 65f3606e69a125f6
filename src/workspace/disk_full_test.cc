// A full disk: an error with a remedy, nothing half made, the host untouched. On a small tmpfs, in a child's
// namespaces.
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/files.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class DiskFullTest : public WorkspaceTest {
 protected:
  // Runs in a child whose state/ is a tmpfs of `bytes`; its exit status is 0 when `check` says so.
  int with_small_state(const std::string& bytes, const std::function<bool()>& check) const {
    const auto uid = ::getuid();
    const auto gid = ::getgid();
    const pid_t child = ::fork();
    if (child == 0) {
      const auto id_map = [](unsigned id) { return "0 " + std::to_string(id) + " 1"; };
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(10);
      (void)os::write_file("/proc/self/setgroups", "deny");
      (void)os::write_file("/proc/self/uid_map", id_map(uid));
      (void)os::write_file("/proc/self/gid_map", id_map(gid));
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
      if (::mount("none", at("state").c_str(), "tmpfs", 0, ("size=" + bytes).c_str()) != 0) ::_exit(11);
      (void)os::make_directories(at("state/session"));
      ::_exit(check() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return os::shell_status(status);
  }
};

TEST_F(DiskFullTest, CopyThatDoesNotFitIsAnErrorAndLeavesNothing) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  shell("cd repo; for i in $(seq 40); do head -c 50000 /dev/urandom >f$i; done; head -c 400000 /dev/urandom >large");
  EXPECT_EQ(with_small_state("500k",
                             [&] {
                               const auto result = prepare_source(at("repo"));
                               if (result) return false;
                               return result.error().code == ENOSPC && !result.error().remedy.empty() &&
                                      os::list_directory(at("state/session")).value().empty();
                             }),
            0);
  EXPECT_EQ(with_small_state("10m", [&] { return prepare_source(at("repo")).has_value(); }), 0);  // control
  EXPECT_EQ(shell("git -C repo status --porcelain | wc -l"), "41");
}

TEST_F(DiskFullTest, FreshGitThatDoesNotFitIsAnErrorToo) {
  BAILEY_NEEDS_NAMESPACES();
  make_repository();
  EXPECT_EQ(with_small_state("16k",
                             [&] {
                               const auto result = prepare_source(at("repo"));
                               return !result && result.error().code == ENOSPC &&
                                      os::list_directory(at("state/session")).value().empty();
                             }),
            0);
}

}  // namespace
}  // namespace bailey::workspace
