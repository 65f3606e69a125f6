#include "sandbox/seccomp_profile.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "os/files.h"
#include "sandbox/seccomp_cache_file.h"

namespace bailey::sandbox {
namespace {

constexpr const char* text = R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
    {"names":["read","frobnicate"],"action":"SCMP_ACT_ALLOW"}]})";

bool same(const std::vector<sock_filter>& a, const std::vector<sock_filter>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(sock_filter)) == 0;
}

class SeccompCache : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/seccomp-cache-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    path_ = seccomp_cache_path(text, directory_);
  }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(directory_)); }

  std::string directory_;
  std::string path_;
};

TEST_F(SeccompCache, TheSecondStartReadsWhatTheFirstCompiled) {
  const auto compiled = cached_profile(text, "mine.json", directory_);
  ASSERT_TRUE(compiled) << to_lines(compiled.error());
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);

  // Marked, so that reading can be told from compiling.
  SeccompProgram marked = *compiled;
  marked.ignored = {"from-the-cache"};
  ASSERT_TRUE(os::write_file_atomic(path_, write_cache_file(marked)));
  const auto read = cached_profile(text, "mine.json", directory_);
  ASSERT_TRUE(read);
  EXPECT_TRUE(same(read->code, compiled->code));
  EXPECT_EQ(read->ignored, marked.ignored);
  EXPECT_EQ(compiled->ignored, std::vector<std::string>{"frobnicate"});
}

TEST_F(SeccompCache, AnotherTextIsAnotherFile) {
  EXPECT_NE(path_, seccomp_cache_path(std::string(text) + " ", directory_));
}

TEST_F(SeccompCache, DamagedFilesAreCompiledAnew) {
  const auto compiled = cached_profile(text, "mine.json", directory_);
  ASSERT_TRUE(compiled);
  const std::string good = os::read_file(path_).value();
  for (std::size_t at = 0; at < good.size(); at += 13) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_FALSE(read_cache_file(bad)) << at;
    EXPECT_FALSE(read_cache_file(good.substr(0, at))) << at;
  }
  EXPECT_FALSE(read_cache_file(good + "x"));
  ASSERT_TRUE(os::write_file_atomic(path_, "rubbish"));
  EXPECT_TRUE(same(cached_profile(text, "mine.json", directory_)->code, compiled->code));
  EXPECT_EQ(os::read_file(path_).value(), good);
}

// The attack: somebody puts a program of their own where ours is looked for.
TEST_F(SeccompCache, AFileThatOthersCouldHaveWrittenIsNotTrusted) {
  ASSERT_TRUE(cached_profile(text, "mine.json", directory_));
  const SeccompProgram allow_all{{sock_filter{BPF_RET | BPF_K, 0, 0, 0x7fff0000}}, {}};
  ASSERT_TRUE(os::write_file_atomic(path_, write_cache_file(allow_all)));
  EXPECT_EQ(cached_profile(text, "mine.json", directory_)->code.size(), 1U) << "the control: read when it is ours";
  ASSERT_EQ(::chmod(path_.c_str(), 0666), 0);
  EXPECT_GT(cached_profile(text, "mine.json", directory_)->code.size(), 1U);

  const std::string elsewhere = directory_ + "/elsewhere";
  ASSERT_TRUE(os::write_file_atomic(elsewhere, write_cache_file(allow_all)));
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::symlink(elsewhere.c_str(), path_.c_str()), 0);
  EXPECT_GT(cached_profile(text, "mine.json", directory_)->code.size(), 1U);
}

TEST_F(SeccompCache, ACacheThatCanNotBeWrittenIsNoError) {
  EXPECT_TRUE(cached_profile(text, "mine.json", "/proc/self/no/such/cache"));
}

TEST_F(SeccompCache, AProfileThatIsTooLargeIsAnError) {
  const std::string large(oci_profile_bytes_max + 1, ' ');
  EXPECT_FALSE(cached_profile(large, "mine.json", directory_));
}

TEST(SeccompDefaultProfile, IsWhatTheFileSays) {
  const std::string path = std::string(BAILEY_SOURCE_DIR) + "/policy/seccomp.json";
  const auto profile = parse_oci_profile(os::read_file(path).value(), path);
  ASSERT_TRUE(profile);
  const auto program = compile_oci_profile(*profile);
  ASSERT_TRUE(program);
  const auto built_in = default_profile();
  EXPECT_TRUE(same(program->code, {built_in.begin(), built_in.end()}));
#if defined(__x86_64__)
  EXPECT_EQ(program->ignored, std::vector<std::string>{}) << "a name in our own profile is wrong";
#endif
}

}  // namespace
}  // namespace bailey::sandbox
