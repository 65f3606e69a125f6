#include "guest/restore.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/restore_stream.h"
#include "os/files.h"

namespace bailey::guest {
namespace {

using Kind = RestoreOperation::Kind;

class RestoreTest : public ::testing::Test {
 protected:
  RestoreTest() {
    const char* base = std::getenv("TMPDIR");
    top_ = std::string(base != nullptr ? base : "/tmp") + "/restore-test-XXXXXX";
    if (::mkdtemp(top_.data()) == nullptr) std::abort();
    for (const char* name : {"/workspace", "/workspace/d", "/outside"}) (void)::mkdir((top_ + name).c_str(), 0700);
    write("workspace/a", "old");
    write("workspace/d/f", "inner");
    write("outside/f", "mine");
  }
  ~RestoreTest() override { (void)os::remove_tree(top_); }

  void write(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(os::write_file(top_ + '/' + name, text, 0644));
  }
  std::string read(const std::string& name) const { return os::read_file(top_ + '/' + name).value_or("(none)"); }
  bool exists(const std::string& name) const { return os::exists(top_ + '/' + name); }
  unsigned mode(const std::string& name) const {
    struct stat status {};
    return ::lstat((top_ + '/' + name).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }

  // What it answers.
  std::string restored(const std::string& stream, int wanted = 0) const {
    int down[2];
    int up[2];
    if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) std::abort();
    EXPECT_TRUE(os::write_all(down[1], stream));
    ::close(down[1]);
    const Fd root = *os::open_file(top_ + "/workspace", O_RDONLY | O_DIRECTORY);
    EXPECT_EQ(restore(down[0], up[1], root.get()), wanted);
    ::close(down[0]);
    ::close(up[1]);
    const std::string answer = os::read_all(up[0]).value_or("");
    ::close(up[0]);
    return answer;
  }
  static std::string file(const std::string& path, const std::string& text, unsigned mode = 0644) {
    return encode({.kind = Kind::file, .mode = mode, .mtime_ns = 5'000'000'001, .bytes = text.size(), .path = path}) +
           text;
  }
  static std::string end() { return encode({.kind = Kind::end}); }

  std::string top_;
};

TEST_F(RestoreTest, FilesDirectoriesLinksAndModes) {
  const auto stream = encode({.kind = Kind::remove, .path = "d"}) + file("a", "new", 0755) +
                      encode({.kind = Kind::directory, .path = "e"}) + file("e/g", "") +
                      encode({.kind = Kind::link, .path = "l", .target = "../outside"}) +
                      encode({.kind = Kind::mode, .mode = 0500, .path = "e"}) + end();
  EXPECT_EQ(restored(stream), "ok\n");
  EXPECT_EQ(read("workspace/a"), "new");
  EXPECT_EQ(mode("workspace/a"), 0755U);
  EXPECT_FALSE(exists("workspace/d"));
  EXPECT_EQ(read("workspace/e/g"), "");
  EXPECT_EQ(mode("workspace/e"), 0500U);
  // A directory that is closed to writing is no obstacle.
  EXPECT_EQ(restored(file("e/h", "x") + encode({.kind = Kind::remove, .path = "e/g"}) + end()), "ok\n");
  EXPECT_EQ(read("workspace/e/h"), "x");
  EXPECT_EQ(restored(encode({.kind = Kind::remove, .path = "e"}) + end()), "ok\n");
  EXPECT_FALSE(exists("workspace/e"));
}

// The agent has put links where directories were.
TEST_F(RestoreTest, LinksAreNotFollowed) {
  ASSERT_TRUE(os::remove_tree(top_ + "/workspace/d"));
  ASSERT_EQ(::symlink("../outside", (top_ + "/workspace/d").c_str()), 0);
  ASSERT_EQ(::symlink("../outside/f", (top_ + "/workspace/link").c_str()), 0);
  EXPECT_EQ(restored(file("d/f", "attack") + encode({.kind = Kind::remove, .path = "d/f"}) +
                     encode({.kind = Kind::mode, .mode = 0700, .path = "d"}) + file("link", "new") + end()),
            "ok\n");
  EXPECT_EQ(read("outside/f"), "mine");
  EXPECT_EQ(read("workspace/link"), "new");
  EXPECT_EQ(restored(encode({.kind = Kind::remove, .path = "d"}) + end()), "ok\n");
  EXPECT_EQ(read("outside/f"), "mine");
}

TEST_F(RestoreTest, PathsThatLeadOutEndIt) {
  for (const char* path : {"../outside/f", "/etc/x", "a/../../outside/f", ""})
    EXPECT_EQ(restored(file(path, "attack") + end(), 1), "") << path;
  EXPECT_EQ(read("outside/f"), "mine");
}

TEST_F(RestoreTest, AStreamThatIsCutOffLeavesTheOldFile) {
  const auto stream = file("a", "a longer text");
  EXPECT_EQ(restored(stream.substr(0, stream.size() - 3), 1), "");
  EXPECT_EQ(read("workspace/a"), "old");
  EXPECT_EQ(restored("nonsense\n", 1), "");
  EXPECT_EQ(restored(std::string(10'000, 'x'), 1), "");
}

}  // namespace
}  // namespace bailey::guest
