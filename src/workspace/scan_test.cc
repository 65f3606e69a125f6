// The look at names, with and without memory: memory must never miss a new secret.
#include "workspace/scan.h"

#include <algorithm>

#include "os/files.h"
#include "workspace/scan_cache.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class ScanTest : public WorkspaceTest {
 protected:
  // Enough entries to be remembered, all of them old.
  void make_large() const {
    shell(
        "mkdir tree; cd tree; for i in $(seq 60); do mkdir -p d$i/e; (cd d$i; seq 100 | xargs touch); done; touch "
        "d3/.env d4/e/k.pem; mkdir -p d5/repo/.git");
    shell("sleep 2.1");
  }
  [[nodiscard]] TreeFindings look(const std::string& rules = "v1") const {
    TreeRules tree_rules{.is_secret = &is_secret_};
    auto found =
        scan_tree({.top = at("tree"), .rules = tree_rules, .cache_directory = at("cache"), .secret_rules = rules})
            .value();
    std::sort(found.secrets.begin(), found.secrets.end());
    return found;
  }
  IsSecret is_secret_ = [this](std::string_view name) {
    ++asked_;
    return name == ".env" || name.ends_with(".pem");
  };
  mutable std::atomic<int> asked_{0};
};

TEST_F(ScanTest, SecondLookReadsNoDirectoryAndFindsTheSame) {
  make_large();
  const auto first = look();
  EXPECT_EQ(first.secrets, (std::vector<std::string>{"d3/.env", "d4/e/k.pem"}));
  EXPECT_EQ(first.nested, std::vector<std::string>{"d5/repo"});
  EXPECT_GT(asked_, 5000);
  asked_ = 0;
  const auto second = look();
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(second.secrets, first.secrets);
  EXPECT_EQ(second.nested, first.nested);
  EXPECT_EQ(second.entries, first.entries);
}

TEST_F(ScanTest, EveryWayToBringASecretInIsSeenDespiteTheMemory) {
  make_large();
  (void)look();
  shell(
      "cd tree; touch d7/e/.env; mv d8/5 d8/x.pem; ln d9/1 d9/hard.pem; ln -s x d10/link.pem; mkdir -p d11/new/deep; "
      "touch d11/new/deep/.env;"
      "mkdir ../other; touch ../other/.env; rm -rf d12; mv ../other d12; touch d13/t.pem; touch -r d14 d13; touch "
      ".env; mkdir d15/e/.git; rm d3/.env");
  const auto found = look();
  EXPECT_EQ(found.secrets,
            (std::vector<std::string>{".env", "d10/link.pem", "d11/new/deep/.env", "d12/.env", "d13/t.pem",
                                      "d4/e/k.pem", "d7/e/.env", "d8/x.pem", "d9/hard.pem"}));
  EXPECT_EQ(found.nested.size(), 2U);
}

TEST_F(ScanTest, OtherRulesAndAnotherTreeAtTheSamePlaceAreLookedAtAnew) {
  make_large();
  (void)look();
  asked_ = 0;
  (void)look("v2");
  EXPECT_GT(asked_, 5000);
  shell("cp -a tree copy; rm -rf tree; mv copy tree; touch tree/d1/.env");
  EXPECT_EQ(look().secrets.size(), 3U);
}

TEST_F(ScanTest, DirectoryChangedAMomentAgoIsNotRemembered) {
  make_large();
  shell("touch tree/d1/recent");
  (void)look();
  asked_ = 0;
  (void)look();
  EXPECT_GE(asked_, 100);
  EXPECT_LT(asked_, 300);
}

TEST_F(ScanTest, SmallTreesAndTreesWithSizesLeaveNoMemory) {
  shell("mkdir tree; touch tree/.env");
  EXPECT_EQ(look().secrets.size(), 1U);
  EXPECT_FALSE(os::exists(at("cache")));
}

TEST_F(ScanTest, DamagedMemoryIsWorthlessAndNotWrong) {
  const ScannedDirectories directories{{"", {1, 2, 3, false, {"a", "b"}, {".env"}}}, {"a", {4, 5, 6, true, {}, {}}}};
  const std::string text = encode_scan("key", directories);
  EXPECT_EQ(decode_scan("key", text).value().at("").secrets, std::vector<std::string>{".env"});
  EXPECT_FALSE(decode_scan("other", text));
  for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(decode_scan("key", text.substr(0, length)));
  EXPECT_FALSE(decode_scan("key", text + "x"));
  make_large();
  (void)look();
  const auto file = os::list_directory(at("cache")).value().at(0);
  write("cache/" + file, "nonsense");
  EXPECT_EQ(look().secrets.size(), 2U);
}

}  // namespace
}  // namespace bailey::workspace
