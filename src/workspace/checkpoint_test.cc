#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/files.h"
#include "workspace/checkpoint_store.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

Checkpoint example() {
  Checkpoint checkpoint{.info = {3, "auto-save", "one", WallTime(std::chrono::microseconds(5))}, .layers = {}};
  const std::string hash(64, 'a');
  checkpoint.layers.push_back(
      {"",
       SavedLayer::Form::copy,
       {{"a",
         {.kind = EntryKind::file, .mode = 0644, .bytes = 3, .mtime_ns = -1, .inode = 9, .ctime_ns = 4, .hash = hash}},
        {"d\n", {.kind = EntryKind::opaque, .mode = 0755}},
        {"l", {.kind = EntryKind::link, .target = "a b\nc"}},
        {"w", {.kind = EntryKind::whiteout}}}});
  return checkpoint;
}

TEST(CheckpointFile, ReadsWhatItWrites) {
  const auto parsed = parse_checkpoint(encode(example()));
  ASSERT_TRUE(parsed) << to_lines(parsed.error());
  EXPECT_EQ(parsed->info.number, 3U);
  EXPECT_EQ(parsed->info.name, "one");
  EXPECT_EQ(parsed->layers[0].entries, example().layers[0].entries);
}

TEST(CheckpointFile, RefusesWhatIsDamaged) {
  const auto text = encode(example());
  for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(parse_checkpoint(text.substr(0, length)));
  EXPECT_FALSE(parse_checkpoint(text + "x"));
  auto bad = example();
  bad.layers[0].entries["../x"] = {.kind = EntryKind::whiteout};
  EXPECT_FALSE(parse_checkpoint(encode(bad)));
  bad = example();
  bad.layers[0].entries["a"].hash = "../../../etc/passwd";
  EXPECT_FALSE(parse_checkpoint(encode(bad)));
  bad = example();
  bad.layers[0].target = "../y";
  EXPECT_FALSE(parse_checkpoint(encode(bad)));
}

class CheckpointTest : public WorkspaceTest {
 protected:
  SavedCheckpoint saved(const Prepared& workspace, const CheckpointLimits& limits = {},
                        const std::string& name = "") const {
    const auto result = (*CheckpointStore::open(session())).save(workspace, "asked for", name, clock, limits);
    EXPECT_TRUE(result) << to_lines(result.error());
    return result ? *result : SavedCheckpoint{};
  }
  [[nodiscard]] std::string session() const { return at("state/session"); }
  [[nodiscard]] std::string contents() const {
    return shell("find state/session/checkpoints/contents -type f | wc -l");
  }
  Prepared copy() const {
    make_repository();
    shell("echo '*.o' >repo/.gitignore; echo object >repo/x.o");
    auto workspace = prepared(at("repo"));
    shell("find '" + workspace.root + "' -exec touch -h -d '2026-01-01' {} +");
    return workspace;
  }
  SystemClock clock;
};

TEST_F(CheckpointTest, IgnoredFilesAndTheGitDirectoryAreInIt) {
  const auto workspace = copy();
  EXPECT_EQ(saved(workspace, {}, "first").info.number, 1U);
  const auto checkpoint = *(*CheckpointStore::open(session())).load("first");
  const auto& entries = checkpoint.layers.at(0).entries;
  for (const char* path : {"a", "dir/b", "x.o", ".git/HEAD", ".git/index"}) EXPECT_TRUE(entries.contains(path)) << path;
  const auto store = *CheckpointStore::open(session());
  EXPECT_EQ(*os::read_all(store.content(entries.at("x.o").hash)->get()), "object\n");
}

TEST_F(CheckpointTest, UnchangedFilesAreKeptOnceAndNothingIsSharedWithTheTree) {
  const auto workspace = copy();
  saved(workspace);
  const auto before = contents();
  saved(workspace);
  EXPECT_EQ(contents(), before);
  EXPECT_EQ(shell("cd state/session; find workspace checkpoints -type f -links +1 | wc -l"), "0");
  shell("echo more >>'" + workspace.root + "/x.o'");
  saved(workspace);
  EXPECT_EQ(contents(), std::to_string(std::stoi(before) + 1));
}

TEST_F(CheckpointTest, TheOldestMakeRoom) {
  const auto workspace = copy();
  const CheckpointLimits limits{.checkpoints_max = 2};
  saved(workspace, limits);
  shell("echo 2 >>'" + workspace.root + "/a'");
  saved(workspace, limits);
  shell("echo 3 >>'" + workspace.root + "/a'");
  EXPECT_EQ(saved(workspace, limits).dropped, std::vector<unsigned>{1});
  const auto store = *CheckpointStore::open(session());
  EXPECT_FALSE(store.load("1"));
  EXPECT_EQ(store.list()->size(), 2U);
  EXPECT_EQ(store.load("")->info.number, 3U);
  const auto second = store.load("2");
  for (const auto& [path, entry] : second->layers.at(0).entries)
    if (entry.kind == EntryKind::file) {
      EXPECT_TRUE(store.content(entry.hash)) << path;
    }
}

TEST_F(CheckpointTest, LimitsOfBytes) {
  const auto workspace = copy();
  shell("head -c 100000 /dev/urandom >'" + workspace.root + "/big'; truncate -s 1T '" + workspace.root + "/huge'");
  const auto first = saved(workspace);
  EXPECT_TRUE(has_note(first.notes.sentences(), "too large: huge"));
  EXPECT_FALSE((*CheckpointStore::open(session())).load("")->layers.at(0).entries.contains("huge"));
  EXPECT_FALSE((*CheckpointStore::open(session())).save(workspace, "r", "", clock, {.bytes_max = 50'000}));
  shell("echo changed >>'" + workspace.root + "/a'");
  EXPECT_FALSE((*CheckpointStore::open(session())).save(workspace, "r", "", clock, {.free_bytes_min = UINT64_MAX / 2}));
  EXPECT_EQ(shell("cd state/session/checkpoints; ls *.list"), "1.list");
}

TEST_F(CheckpointTest, WhatAKilledSaveLeftGoes) {
  const auto workspace = copy();
  saved(workspace);
  const auto before = contents();
  shell("cd state/session/checkpoints/contents; mkdir -p ff; echo x >ff/dead; echo x >incoming");
  saved(workspace);
  EXPECT_EQ(std::stoi(contents()) - std::stoi(before), 1);  // `incoming` is written over by the next content
}

TEST_F(CheckpointTest, ADirectoryThatIsTooDeepOrClosedIsNoObstacle) {
  const auto workspace = copy();
  shell("cd '" + workspace.root + "'; d=x; for i in $(seq 400); do mkdir $d; cd $d; done; cd '" + workspace.root +
        "'; mkdir closed; echo x >closed/f; chmod 0 closed; ln -s /etc link; mkfifo pipe");
  saved(workspace);
  const auto entries = (*CheckpointStore::open(session())).load("")->layers.at(0).entries;
  EXPECT_TRUE(entries.contains("link"));
  EXPECT_FALSE(entries.contains("pipe"));
  shell("chmod 700 '" + workspace.root + "/closed'");
}

TEST(CheckpointName, IsNoNumber) {
  EXPECT_TRUE(check_checkpoint_name("before-refactoring.1"));
  for (const char* name : {"1", "", "a b", "a/b", "\x1b[m"}) EXPECT_FALSE(check_checkpoint_name(name)) << name;
}

}  // namespace
}  // namespace bailey::workspace
