#include "sandbox/limits.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>

#include "os/files.h"
#include "os/process.h"
#include "sandbox/identity.h"
#include "sandbox/usage.h"

namespace bailey::sandbox {
namespace {

struct FakeTree {
  std::set<std::string> writable;
  std::string subtree_control;

  [[nodiscard]] CgroupFacts facts(std::string self, std::string mounts) const {
    CgroupFacts facts;
    facts.self_cgroup = std::move(self);
    facts.mounts = std::move(mounts);
    facts.uid = 1000;
    facts.writable = [this](const std::string& path) { return writable.contains(path); };
    facts.read = [this](const std::string&) { return subtree_control; };
    return facts;
  }
};

constexpr const char* v2_mount = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
constexpr const char* v1_mounts =
    "cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
    "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n";

TEST(ChooseCgroup, ADelegatedSubtreeComesFirst) {
  const FakeTree tree{{"/sys/fs/cgroup/user/a", "/sys/fs/cgroup/user/a/cgroup.procs"}, "cpu memory pids\n"};
  const auto choice = choose_cgroup(tree.facts("0::/user/a\n", v2_mount));
  EXPECT_EQ(choice.form, CgroupForm::v2_delegated);
  EXPECT_EQ(choice.parents, std::vector<std::string>{"/sys/fs/cgroup/user/a"});
}
TEST(ChooseCgroup, WithoutAllThreeControllersItIsNoUse) {
  const FakeTree tree{{"/sys/fs/cgroup/user/a", "/sys/fs/cgroup/user/a/cgroup.procs"}, "cpu memory\n"};
  EXPECT_EQ(choose_cgroup(tree.facts("0::/user/a\n", v2_mount)).form, CgroupForm::none);
}
TEST(ChooseCgroup, TheUsersManagerIsAskedForAScope) {
  auto facts = FakeTree{}.facts("0::/user/a\n", v2_mount);
  facts.user_manager = true;
  EXPECT_EQ(choose_cgroup(facts).form, CgroupForm::v2_scope);
}
TEST(ChooseCgroup, Version1NeedsEveryControllerWritable) {
  const FakeTree tree{{"/sys/fs/cgroup/pids", "/sys/fs/cgroup/memory/x", "/sys/fs/cgroup/cpu"}, {}};
  const std::string self = "8:pids:/\n4:memory:/x\n1:cpu,cpuacct:/\n";
  EXPECT_EQ(choose_cgroup(tree.facts(self, v1_mounts)).form, CgroupForm::v1);
  const FakeTree without_memory{{"/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpu"}, {}};
  const auto choice = choose_cgroup(without_memory.facts(self, v1_mounts));
  EXPECT_EQ(choice.form, CgroupForm::none);
  EXPECT_NE(choice.why.find("'memory'"), std::string::npos) << choice.why;
}

TEST(Cgroup, AsRootLimitsAreWrittenAndTheGroupsGoAway) {
  const auto choice = choose_cgroup(cgroup_facts());
  if (choice.form == CgroupForm::none) GTEST_SKIP() << "no cgroup can be made here: " << choice.why;
  const LimitValues limits{.pids = 7, .memory_bytes = 64 << 20, .cpus = 0.5};
  std::string directory;
  {
    const auto group = Cgroup::create(choice, "limits-test", limits).value();
    directory = os::join(choice.parents.front(), "bailey-limits-test");
    EXPECT_EQ(os::read_file(directory + "/pids.max").value(), "7\n");
    auto child = os::spawn({.argv = {"/bin/sleep", "60"}}).value();
    ASSERT_TRUE(group.add(child.pid()));
    EXPECT_EQ(os::read_file(directory + "/cgroup.procs").value(), std::to_string(child.pid()) + "\n");
  }
  EXPECT_FALSE(os::exists(directory));
}

TEST(ResourceLimits, MemoryPerProcessOnlyWhereNoCgroupCounts) {
  const LimitValues limits{.pids = 10, .memory_bytes = 1 << 30, .cpus = 1, .disk_bytes = 1 << 20, .open_files = 100};
  const auto has_data = [&](CgroupForm form) {
    for (const auto& limit : resource_limits(limits, form))
      if (limit.resource == RLIMIT_DATA) return true;
    return false;
  };
  EXPECT_TRUE(has_data(CgroupForm::none));
  EXPECT_FALSE(has_data(CgroupForm::v1));
  EXPECT_EQ(resource_limits(limits, CgroupForm::none).front().value, 0U);  // no core files
}

TEST(Identity, RootIsNeverMapped) {
  EXPECT_EQ(choose_ids({.uid = 1001, .gid = 100}).uid, 1001U);
  EXPECT_EQ(choose_ids({.uid = 0, .user = "root", .subuid = "root:200000:65536\n"}).uid, 200000U);
  EXPECT_EQ(choose_ids({.uid = 0, .user = "root"}).uid, fallback_id);
  EXPECT_EQ(choose_ids({.uid = 0, .user = "root", .subuid = "root:0:10\n"}).uid, fallback_id);
}

TEST(Usage, CountsAChildsMemoryAndAFilesBlocks) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr std::size_t bytes = 64 << 20;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    ::pause();
    ::_exit(memory == MAP_FAILED ? 1 : 0);
  }
  std::uint64_t seen = 0;
  for (int tries = 0; tries < 500 && seen < (60 << 20); ++tries, ::usleep(10000))
    seen = process_usage(child).memory_bytes;
  EXPECT_GE(seen, std::uint64_t{60} << 20);
  ::kill(child, SIGKILL);
  char name[] = "/tmp/bailey-usage-XXXXXX";
  const std::string directory = ::mkdtemp(name);
  ASSERT_TRUE(os::make_directories(directory + "/a/b"));
  ASSERT_TRUE(os::write_file(directory + "/a/b/f", std::string(1 << 20, 'x')));
  ASSERT_EQ(::symlink("/usr", (directory + "/a/link").c_str()), 0);
  ::sync();
  const auto used = disk_usage({directory}, std::uint64_t{1} << 40);
  EXPECT_GE(used, 1U << 20);
  EXPECT_LT(used, 2U << 20);  // the link was not followed
  EXPECT_TRUE(os::remove_tree(directory));
}

}  // namespace
}  // namespace bailey::sandbox
