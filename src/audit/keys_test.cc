#include "audit/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "audit/test_support.h"
#include "base/text.h"

namespace bailey::audit {
namespace {

using testing::TemporaryDirectory;

// RFC 8032, section 7.1, test 2: one byte.
TEST(Signature, SignsAsTheRfcSays) {
  const Seed seed{{0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
                   0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb}};
  const std::string expected =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
  EXPECT_EQ(sign(seed, "\x72"), expected);
  const PublicKey key = public_key(seed);
  EXPECT_TRUE(is_signed(key, "\x72", expected));
  EXPECT_FALSE(is_signed(key, "\x73", expected));
  EXPECT_FALSE(is_signed(key, "\x72", expected.substr(2)));
  EXPECT_FALSE(is_signed(key, "\x72", "A" + expected.substr(1)));
  EXPECT_FALSE(is_signed(PublicKey{}, "\x72", expected));
}

class Keys : public ::testing::Test {
 protected:
  std::string path() const { return os::join(keys_dir_, "audit.ed25519"); }
  Result<SigningKey> load() const { return load_or_make_key(keys_dir_); }

  TemporaryDirectory directory_;
  std::string keys_dir_ = directory_.file("state/keys");
};

TEST_F(Keys, AreMadeOnceAndStay) {
  const auto made = load();
  ASSERT_TRUE(made) << to_lines(made.error());
  EXPECT_TRUE(made->fresh);
  const auto again = load();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->fresh);
  EXPECT_EQ(again->public_key, made->public_key);
  EXPECT_EQ(load_public_key(public_key_path(keys_dir_)), made->public_key);
  EXPECT_TRUE(sync_key(keys_dir_));
}

TEST_F(Keys, AreRefusedWhenOthersMayReadThem) {
  ASSERT_TRUE(load());
  for (const mode_t mode : {0640, 0604, 0620, 0602}) {
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    const auto refused = load();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().remedy.find("chmod 600"), std::string::npos);
  }
  ASSERT_EQ(::chmod(path().c_str(), 0600), 0);
  EXPECT_TRUE(load());
}

TEST_F(Keys, AreRefusedWhenDamagedOrNoPlainFile) {
  ASSERT_TRUE(load());
  const std::string good = *os::read_file(path());
  for (const std::string& bad :
       {std::string(), good + "\n", good.substr(1), std::string("-----BEGIN PRIVATE KEY-----\n"), std::string("a\n\nb"),
        std::string("a\n====\nb"), std::string(5000, 'x')}) {
    ASSERT_TRUE(os::write_file(path(), bad));
    EXPECT_FALSE(load()) << bad;
  }
  ASSERT_TRUE(os::remove_tree(path()));
  ASSERT_EQ(::symlink("/dev/null", path().c_str()), 0);
  EXPECT_FALSE(load());
  ASSERT_TRUE(os::remove_tree(path()));
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_FALSE(load());
  ASSERT_TRUE(os::remove_tree(path()));
  ASSERT_TRUE(os::write_file(path(), good));
  EXPECT_TRUE(load());
}

TEST_F(Keys, APublicHalfOfAnotherKeyIsRefusedAndAMissingOneWritten) {
  ASSERT_TRUE(load());
  const std::string public_path = public_key_path(keys_dir_);
  const std::string good = *os::read_file(public_path);
  ASSERT_TRUE(load_or_make_key(directory_.file("other")));
  ASSERT_TRUE(os::write_file(public_path, *os::read_file(public_key_path(directory_.file("other")))));
  EXPECT_FALSE(load());
  ASSERT_TRUE(os::remove_tree(public_path));
  EXPECT_TRUE(load());
  EXPECT_EQ(os::read_file(public_path), good);
}

TEST_F(Keys, OfManyProcessesThatStartAtOnceAllUseOne) {
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(os::remove_tree(keys_dir_));
    int gate[2];
    ASSERT_EQ(::pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      const pid_t pid = ::fork();
      ASSERT_GE(pid, 0);
      if (pid == 0) {
        char byte = 0;
        ::close(gate[1]);
        static_cast<void>(::read(gate[0], &byte, 1) == 0);  // all wait for the gate to close
        const auto key = load();
        if (!key) ::_exit(1);
        std::ofstream(directory_.file("used." + std::to_string(i))) << key->name;
        ::_exit(0);
      }
      children.push_back(pid);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    for (const pid_t pid : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(pid, &status, 0), pid);
      EXPECT_EQ(status, 0);
    }
    for (int i = 0; i < 8; ++i) EXPECT_EQ(os::read_file(directory_.file("used." + std::to_string(i))), load()->name);
    EXPECT_EQ(os::list_directory(keys_dir_)->size(), 2u);  // no leftovers
  }
}

}  // namespace
}  // namespace bailey::audit
