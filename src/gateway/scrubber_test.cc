#include "gateway/scrubber.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "gateway/credential_fields.h"
#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

const std::string value = "sk-/REALrealREALrealREALrealREALrealREAL+1";
const std::string placeholder = "sk-/fakeFAKEfakeFAKEfakeFAKEfakeFAKEfak+2";

const KeepIndex& keep() {
  static const KeepIndex index(lab::one_secret(value, placeholder + "x"));
  return index;
}
const std::string shown = placeholder + "x";

std::string scrubbed(Scrubber& scrubber, const std::string& text, std::size_t piece) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const auto passed = scrubber.feed(std::string_view(text).substr(at, piece));
    if (!passed) return out + "<cut>";
    out += *passed;
  }
  const auto rest = scrubber.finish();
  return rest ? out + std::string(*rest) : out + "<cut>";
}

TEST(Scrubber, EveryUsualFormIsReplacedHoweverTheStreamIsCut) {
  std::string json_value = value;
  std::string json_shown = shown;
  json_value.insert(3, "\\");
  json_shown.insert(3, "\\");
  const std::pair<std::string, std::string> forms[] = {{value, shown},
                                                       {percent_encoded(value), percent_encoded(shown)},
                                                       {json_value, json_shown},
                                                       {to_hex(value), to_hex(shown)},
                                                       {base64_within(value, 0), base64_within(shown, 0)},
                                                       {base64_within(value, 2), base64_within(shown, 2)}};
  for (const auto& [real, fake] : forms) {
    const std::string text = "before " + real + real + " between " + real + " after";
    const std::string wanted = "before " + fake + fake + " between " + fake + " after";
    for (std::size_t piece = 1; piece < text.size(); piece += 3) {
      Scrubber scrubber(keep(), {0});
      EXPECT_EQ(scrubbed(scrubber, text, piece), wanted) << piece;
      EXPECT_EQ(scrubber.found(), SecretNumbers{0});
    }
  }
}

TEST(Scrubber, WhatIsHarmlessPassesAtOnce) {
  Scrubber scrubber(keep(), {0});
  EXPECT_EQ(scrubber.feed("data: 1\n\n"), "data: 1\n\n");
  EXPECT_EQ(scrubber.feed("data: sk"), "data: ") << "it may be the beginning of one";
  EXPECT_EQ(scrubber.feed("y\n"), "sky\n");
  EXPECT_EQ(scrubber.finish(), "");
  EXPECT_TRUE(scrubber.found().empty());
}

TEST(Scrubber, AFormThatCantBeReplacedEndsTheResponse) {
  std::string escaped;
  for (const char c : value) escaped += "\\u00" + to_hex(std::string(1, c));
  for (const auto& text : {escaped, value.substr(0, 20) + "\r\n" + value.substr(20)}) {
    Scrubber scrubber(keep(), {0});
    const auto out = scrubbed(scrubber, "a" + text + "b", 1000);
    EXPECT_TRUE(out.ends_with("<cut>")) << out;
    EXPECT_EQ(scrubber.found(), SecretNumbers{0});
  }
  Scrubber of_none(keep(), {});
  EXPECT_TRUE(scrubbed(of_none, value, 1000).ends_with("<cut>")) << "a value that this request did not hold";
}

TEST(Scrubber, AWholeTextIsCleanedInPlace) {
  Scrubber scrubber(keep(), {0});
  std::string location = "https://other.example/?t=" + percent_encoded(value);
  EXPECT_TRUE(scrubber.clean(location));
  EXPECT_EQ(location, "https://other.example/?t=" + percent_encoded(shown));
  std::string wrapped = value.substr(0, 20) + "\\n" + value.substr(20);
  EXPECT_FALSE(scrubber.clean(wrapped));
}

RC_GTEST_PROP(Scrubber, NoValueComesOutAndNothingElseChanges, (std::vector<std::string> noise)) {
  std::string text;
  std::string wanted;
  for (const auto& each : noise) {
    text += each + value;
    wanted += each + shown;
  }
  Scrubber scrubber(keep(), {0});
  RC_ASSERT(scrubbed(scrubber, text, *rc::gen::inRange<std::size_t>(1, 50)) == wanted);
}

}  // namespace
}  // namespace bailey::gateway
