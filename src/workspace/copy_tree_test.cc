// The copy itself: the same bytes, names, modes and times; nothing outside; nothing half done unnoticed.
#include "workspace/copy_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "os/files.h"
#include "workspace/copy_file.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class CopyTreeTest : public WorkspaceTest {
 protected:
  TreeFindings copy(const char* from = "from", const char* to = "to") const {
    EXPECT_TRUE(os::make_directories(at(to)));
    auto found = copy_tree({.from = at(from), .to = at(to)});
    EXPECT_TRUE(found) << to_lines(found.error());
    return found.value_or(TreeFindings{});
  }
  // Everything that stat(1) and sha1sum(1) say about a tree, but for setuid bits.
  [[nodiscard]] std::string listing(const std::string& tree) const {
    return shell("cd " + tree +
                 "; find . -printf '%p %y %m %T@ %l\\n' | sort; find . -type f -exec sha1sum {} + | sort");
  }
  [[nodiscard]] struct stat status(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::lstat(at(name).c_str(), &status), 0) << name;
    return status;
  }
};

TEST_F(CopyTreeTest, CopyIsTheSameInNamesBytesModesAndTimes) {
  shell(
      "mkdir from; cd from; mkdir -p d/e/f empty; echo 1 >d/1; echo 2 >d/e/2; head -c 100000 /dev/urandom >d/e/f/100k; "
      "head -c 3000000 /dev/urandom >3m;"
      "touch none; ln -s d/1 link; chmod 600 d/1; chmod 755 d/e/2; chmod 444 none; ln d/1 hard; printf x "
      ">$'new\\nline'; printf x >$'\\xff\\xfe'; printf x >' '; printf x >'-rf'; mkdir $'d\\n\\x80'; printf x "
      ">$'d\\n\\x80/x';"
      "touch -d '2001-02-03 04:05:06.789' d/1 d/e; touch -h -d '2002-02-02' link; umask 0; printf x >group; mkdir "
      "open; chmod 2775 open");
  copy();
  EXPECT_EQ(shell("chmod g-s from/open; cd from; touch -r ../to/open open"), "");
  EXPECT_EQ(listing(at("to")), listing(at("from")));
  EXPECT_EQ(status("to/hard").st_nlink, 1U);
  EXPECT_NE(status("to/d/1").st_ino, status("from/d/1").st_ino);
}

TEST_F(CopyTreeTest, SetuidAndStickyBitsAreDropped) {
  shell("mkdir from; cd from; echo x >s; chmod 6755 s; mkdir t; chmod 3777 t");
  EXPECT_EQ(status("from/s").st_mode & 07777, 06755U);  // control
  copy();
  EXPECT_EQ(status("to/s").st_mode & 07777, 0755U);
  EXPECT_EQ(status("to/t").st_mode & 07777, 0777U);
}

TEST_F(CopyTreeTest, ReadOnlyDirectoriesKeepTheirModeAndContents) {
  shell("mkdir -p from/a/b; echo x >from/a/b/c; chmod 555 from/a/b from/a");
  copy();
  EXPECT_EQ(read(at("to/a/b/c")), "x\n");
  EXPECT_EQ(status("to/a").st_mode & 0777, 0555U);
}

TEST_F(CopyTreeTest, SparseFilesStaySparse) {
  shell(
      "mkdir from; truncate -s 5G from/big; printf end >>from/big; printf begin | dd of=from/big conv=notrunc "
      "status=none; truncate -s 5G from/hole; truncate -s 60K from/small");
  copy();
  EXPECT_EQ(status("to/big").st_size, (5LL << 30) + 3);
  EXPECT_LT(status("to/big").st_blocks * 512, 1 << 20);
  EXPECT_LT(status("to/hole").st_blocks * 512, 1 << 20);
  EXPECT_EQ(shell("head -c 5 to/big; tail -c 3 to/big"), "beginend");
}

TEST_F(CopyTreeTest, LargeFileIsCopiedWhole) {
  // The 5 GB of the promise take a while: BAILEY_SLOW_TESTS asks for them.
  const std::string size = std::getenv("BAILEY_SLOW_TESTS") != nullptr ? "5120" : "64";
  shell("mkdir from; head -c " + size + "M /dev/zero | tr '\\0' 'x' >from/big");
  copy();
  shell("cmp from/big to/big");
}

TEST_F(CopyTreeTest, DeepTreeIsCopiedAndWhatNobodyCanNameIsLeftOutWithANote) {
  const std::string make =
      "python3 -c \"import os,sys\nos.mkdir(sys.argv[1]); os.chdir(sys.argv[1])\n"
      "for i in range(int(sys.argv[3])):\n os.mkdir(sys.argv[2]); os.chdir(sys.argv[2])\nopen('end','w')\" ";
  shell(make + "from " + std::string(200, 'd') + " 30");
  EXPECT_TRUE(has_note(copy().notes.sentences(), "nested too deeply"));
  EXPECT_EQ(shell("find to -type d | wc -l"), "20");
  shell(make + "many d 1500");
  EXPECT_FALSE(has_note(copy("many", "many-copy").notes.sentences(), "nested too deeply"));
  EXPECT_EQ(shell("find many-copy | wc -l"), "1502");
}

TEST_F(CopyTreeTest, FlatDirectoryOfManyFilesIsSharedAndComplete) {
  shell("mkdir from; cd from; for i in $(seq 3000); do echo $i >f$i; done");
  copy();
  EXPECT_EQ(listing(at("to")), listing(at("from")));
}

TEST_F(CopyTreeTest, ExcludedDirectoriesAreLeftOutAndMountPointsAreMadeEmpty) {
  shell("mkdir -p from/out/x from/mount/y from/in; echo i >from/in/i");
  ASSERT_TRUE(os::make_directories(at("to")));
  ASSERT_TRUE(copy_tree({.from = at("from"), .to = at("to"), .rules = {.left_out = {"out"}, .left_empty = {"mount"}}}));
  EXPECT_EQ(shell("cd to; find . | sort"), ".\n./in\n./in/i\n./mount");
}

// Somebody swaps a directory and a file of the tree for links that lead out, again and again, while it is copied.
TEST_F(CopyTreeTest, PathsSwappedDuringTheCopyNeverLeadOut) {
  shell(
      "mkdir outside; echo SECRET >outside/file; mkdir -p from/a/dir; echo harmless >from/a/dir/file; echo harmless "
      ">from/a/file; cp -a from/a/dir from/a/real; ln -s ../../outside from/a/swap; ln -s ../../outside/file "
      "from/a/swapfile; mkfifo from/a/pipe");
  std::atomic<bool> stop{false};
  std::atomic<int> swaps{0};
  std::thread attacker([&] {
    const Fd directory = os::open_file(at("from/a"), O_RDONLY | O_DIRECTORY).value();
    while (!stop) {
      ::renameat2(directory.get(), "dir", directory.get(), "swap", RENAME_EXCHANGE);
      ::renameat2(directory.get(), "file", directory.get(), "swapfile", RENAME_EXCHANGE);
      ::renameat2(directory.get(), "file", directory.get(), "pipe", RENAME_EXCHANGE);
      ++swaps;
    }
  });
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(os::remove_tree(at("to")));
    copy();
    // Links are there as links; nothing that is a file or lies below a directory has the secret in it.
    ASSERT_EQ(shell("find to -type f -exec grep -l SECRET {} + || true"), "");
  }
  stop = true;
  attacker.join();
  EXPECT_GT(swaps, 100);  // control: there was an attack
  // Control: a copy that follows links, of the very same tree, does bring the secret in.
  shell(
      "rm from/a/pipe; ln -sfn ../../outside from/a/extra; cp -rL from followed 2>/dev/null || true; grep -rq SECRET "
      "followed");
}

TEST_F(CopyTreeTest, FileWrittenToDuringTheCopyIsNoticed) {
  if (can_reflink(base_)) GTEST_SKIP() << "this file system clones a file at one moment: nothing can be half copied";
  shell("mkdir from; head -c 100000000 /dev/urandom >from/busy");
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::thread writer([&] {
    const Fd file = os::open_file(at("from/busy"), O_WRONLY).value();
    for (char c = 0; !stop; ++c, ++writes) (void)!::pwrite(file.get(), &c, 1, 7'000'000);
  });
  while (writes == 0) std::this_thread::yield();
  const auto found = copy();
  stop = true;
  writer.join();
  EXPECT_TRUE(has_note(found.notes.sentences(), "written to while it was copied: busy"));
  EXPECT_FALSE(has_note(copy("from", "again").notes.sentences(), "busy"));  // control
}

TEST_F(CopyTreeTest, ReflinkIsUsedWhereTheFileSystemCan) {
  if (!can_reflink(base_)) GTEST_SKIP() << "this file system has no reflink; TMPDIR on btrfs or xfs runs this test";
  shell("mkdir from; head -c 50000000 /dev/urandom >from/big; echo s >from/small; sync");
  copy();
  EXPECT_EQ(listing(at("to")), listing(at("from")));
  EXPECT_NE(shell("filefrag -v to/big").find("shared"), std::string::npos);
  shell("echo changed >to/small; cmp <(echo s) from/small");
}

TEST_F(CopyTreeTest, ForRootEverythingBelongsToTheAgent) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  shell("mkdir -p from/d to; echo x >from/d/x; ln -s x from/l; chmod 750 from/d; chown -R 4321:4321 from");
  ASSERT_TRUE(copy_tree({.from = at("from"), .to = at("to"), .owner = Owner{54321, 54322}}));
  EXPECT_EQ(shell("find to -printf '%U:%G %m\\n' | sort -u"),
            "54321:54322 644\n54321:54322 750\n54321:54322 755\n54321:54322 777");
}

}  // namespace
}  // namespace bailey::workspace
