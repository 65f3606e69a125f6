// The index parser against indexes that git wrote, and against damaged ones.
#include "workspace/git_index.h"

#include <algorithm>

#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class GitIndexTest : public WorkspaceTest {
 protected:
  [[nodiscard]] std::string index_of(const std::string& prepare) const {
    shell(
        "rm -rf repo; git init -q -b main repo; cd repo; mkdir -p a/b; echo 1 >a/b/long-name-one; echo 22 "
        ">a/b/long-name-two; echo 3 >z; ln -s z l; git add .; " +
        prepare);
    return read(at("repo/.git/index"));
  }
};

std::vector<std::string> paths_in(std::string_view bytes) {
  std::vector<std::string> paths;
  const auto summary =
      parse_index(bytes, git::ObjectFormat::sha1, [&](const IndexEntry& entry) { paths.emplace_back(entry.path); });
  EXPECT_TRUE(summary) << to_lines(summary.error());
  return paths;
}

TEST_F(GitIndexTest, AllVersionsGiveWhatGitLists) {
  const std::vector<std::string> expected{"a/b/long-name-one", "a/b/long-name-two", "l", "z"};
  EXPECT_EQ(paths_in(index_of("git update-index --index-version 2")), expected);
  const auto three = index_of("git update-index --index-version 3; git update-index --skip-worktree z");
  EXPECT_EQ(paths_in(three), expected);
  EXPECT_EQ(paths_in(index_of("git update-index --index-version 4")), expected);
  EXPECT_EQ(index_entry_count(three).value(), 4U);
}

TEST_F(GitIndexTest, EntriesHaveModeSizeTimeAndFlags) {
  std::vector<std::string> seen;
  (void)parse_index(index_of("touch -d @1234567890 z; git update-index --add z; git update-index --skip-worktree z"),
                    git::ObjectFormat::sha1, [&](const IndexEntry& entry) {
                      EXPECT_TRUE(entry.path != "l" || entry.mode == 0120000U);
                      if (entry.path != "z") return;
                      EXPECT_EQ(entry.mode, 0100644U);
                      EXPECT_EQ(entry.size, 2U);
                      EXPECT_EQ(entry.mtime_seconds, 1234567890U);
                      EXPECT_TRUE(entry.skip_worktree);
                      seen.emplace_back(entry.path);
                    });
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(GitIndexTest, CutOffAnywhereIsAnErrorAndNeverReadsBeyond) {
  for (const char* version : {"2", "4"}) {
    const std::string whole = index_of(std::string("git update-index --index-version ") + version);
    for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
      const std::string cut(whole.data(), length);  // a buffer of its own, so that a sanitizer sees the end
      (void)parse_index(cut, git::ObjectFormat::sha1,
                        [](const IndexEntry& entry) { EXPECT_LE(entry.path.size(), index_path_bytes_max); });
    }
    EXPECT_FALSE(
        parse_index(std::string_view(whole).substr(0, 100), git::ObjectFormat::sha1, [](const IndexEntry&) {}));
  }
}

TEST_F(GitIndexTest, LyingCountsAndVersionsAndPathsBeyondTheLimitAreErrors) {
  std::string bytes = index_of("true");
  const auto fails = [](std::string_view text) {
    return !parse_index(text, git::ObjectFormat::sha1, [](const IndexEntry&) {});
  };
  EXPECT_FALSE(fails(bytes));  // control
  std::string more = bytes;
  std::fill(more.begin() + 8, more.begin() + 12, '\xff');
  EXPECT_TRUE(fails(more));
  std::string version = bytes;
  version[7] = 5;
  EXPECT_TRUE(fails(version));
  std::string long_path = bytes.substr(0, 8) + std::string("\0\0\0\1", 4) + bytes.substr(12, 62) +
                          std::string(index_path_bytes_max + 1, 'x') + std::string(40, '\0');
  EXPECT_TRUE(fails(long_path));
  EXPECT_TRUE(fails("DIRC"));
  EXPECT_TRUE(fails(""));
}

}  // namespace
}  // namespace bailey::workspace
