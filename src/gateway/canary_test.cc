#include "gateway/canary.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

using lab::one_secret;

const std::string value = "sk-test-api03-REALrealREALreal0123456789abcdefXYZ";
const std::string placeholder = "sk-test-api03-fakeFAKEfakeFAKE9876543210zyxwvuABC";

constexpr Sighting a_placeholder{0, Sighting::What::placeholder};
constexpr Sighting a_value{0, Sighting::What::value};

std::string base64(std::string_view bytes) {
  std::string padded(bytes);
  while (padded.size() % 3 != 0) padded += '\0';
  return base64_within(padded, 0);
}

std::string percent_encoded(std::string_view bytes) {
  std::string result;
  for (const char c : bytes) result += "%" + to_hex(std::string(1, c));
  return result;
}

// The forms that a body may carry it in.
std::vector<std::string> forms_of(const std::string& text) {
  std::string json;
  for (const char c : text) json += "\\u00" + to_hex(std::string(1, c));
  std::string wrapped = base64("some text in front of " + text + " and behind it");
  for (std::size_t at = 19; at < wrapped.size(); at += 20) wrapped.insert(at, "\n");
  std::string upper = to_hex(text);
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  return {text,
          to_hex(text),
          upper,
          percent_encoded(text),
          "%73" + text.substr(1),
          json,
          wrapped,
          base64(text),
          base64("x" + text),
          base64("xy" + text),
          to_url_alphabet(base64("x" + text)),
          text.substr(0, 30) + "\r\n" + text.substr(30)};
}

TEST(Canary, EveryFormOfAPlaceholderAndOfAValueIsFound) {
  const auto keep = one_secret(value, placeholder);
  const CanarySet set(keep);
  for (const auto& form : forms_of(placeholder))
    EXPECT_EQ(set.find("before " + form + " after"), a_placeholder) << form;
  for (const auto& form : forms_of(value)) {
    EXPECT_EQ(set.find("before " + form + " after"), a_value) << form;
    EXPECT_EQ(set.find(form, LookFor::values), a_value) << form;
  }
  for (const auto& form : forms_of(placeholder)) EXPECT_EQ(set.find(form, LookFor::values), std::nullopt);
  for (const auto& form : forms_of("sk-test-api03-somebodyElsesKey0000000000000000000"))
    EXPECT_EQ(set.find(form), std::nullopt) << "what is common to keys is no sighting: " << form;
}

TEST(Canary, EveryFormIsFoundWhereverTheStreamIsCut) {
  const auto keep = one_secret(value, placeholder);
  const CanarySet set(keep);
  for (const auto& form : forms_of(placeholder)) {
    const std::string text = "{\"a\":\"" + form + "\"}";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Canary canary(set);
      auto sighting = canary.feed(std::string_view(text).substr(0, cut));
      if (!sighting) sighting = canary.feed(std::string_view(text).substr(cut));
      EXPECT_EQ(sighting, a_placeholder) << form << " cut at " << cut;
    }
    Canary bytewise(set);
    std::optional<Sighting> sighting;
    for (const char c : text)
      if (!sighting) sighting = bytewise.feed({&c, 1});
    EXPECT_EQ(sighting, a_placeholder) << form;
  }
}

TEST(Canary, AnEscapeInFrontDoesNotHideWhatFollows) {
  const auto keep = one_secret("abcdef0123456789", "bcdefa9876543210");
  const CanarySet set(keep);
  for (const std::string front : {"%", "%b", "\\", "\\u", "\\u0", "\\u00", "%%", "\\\\"}) {
    Canary canary(set);
    EXPECT_EQ(canary.feed(front + "bcdefa9876543210"), a_placeholder) << front;
  }
}

TEST(Canary, NamesAreSearchedOverLabelsAndInAnyCase) {
  const auto keep = one_secret(value, placeholder);
  const CanarySet set(keep);
  std::string upper = placeholder;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  EXPECT_EQ(set.find_in_name(placeholder + ".evil.example"), a_placeholder);
  EXPECT_EQ(set.find_in_name(upper + ".evil.example"), a_placeholder);
  EXPECT_EQ(set.find_in_name(placeholder.substr(0, 20) + "." + placeholder.substr(20) + ".evil.example"),
            a_placeholder);
  const std::string hex = to_hex(placeholder);
  EXPECT_EQ(set.find_in_name(hex.substr(0, 60) + "." + hex.substr(60) + ".evil.example"), a_placeholder);
  // base32 of "xy" and the placeholder, in lower case and cut into labels
  const std::string base32 = "pb4xg2znorsxg5bnmfygsmbtfvtgc23fizauwrlgmfvwkrsbjnctsobxgy2timzsgeyhu6lyo53hkqkcim";
  EXPECT_EQ(set.find_in_name(base32.substr(0, 50) + "." + base32.substr(50) + ".evil.example"), a_placeholder);
  EXPECT_EQ(set.find_in_name("registry.npmjs.org"), std::nullopt);
}

TEST(Canary, ATextWithDotsIsFoundInANameWithoutThem) {
  const auto keep = one_secret("eyJhbGci.eyJzdWIi.realrealreal", "eyJhbGci.eyJzdWIi.fakefakefake");
  const CanarySet set(keep);
  EXPECT_EQ(set.find_in_name("eyJhbGcieyJzdWIi.fakefakefake.evil.example"), a_placeholder);
}

TEST(Canary, AnAccessKeysIdIsFoundButIsNoSecret) {
  auto keep = one_secret("AKIAREALREALREALREAL:realrealrealrealrealrealrealrealrealreal",
                         "AKIAFAKEFAKEFAKEFAKE:fakefakefakefakefakefakefakefakefakefake");
  keep.secrets[0].uses = {{policy::SecretForm::aws, ""}};
  const CanarySet set(keep);
  EXPECT_EQ(set.find("id=AKIAFAKEFAKEFAKEFAKE"), a_placeholder);
  EXPECT_EQ(set.find("id=AKIAREALREALREALREAL"), std::nullopt);
  EXPECT_EQ(set.find("fakefakefakefakefakefakefakefakefakefake"), a_placeholder);
  EXPECT_EQ(set.find("realrealrealrealrealrealrealrealrealreal"), a_value);
}

// Against a search that can't be wrong.
RC_GTEST_PROP(PatternSet, FindsWhatANaiveSearchFinds, ()) {
  const auto letter = rc::gen::element('a', 'A', 'b', 'B', '%', '\0');
  const auto texts = *rc::gen::container<std::vector<std::string>>(
      *rc::gen::inRange<std::size_t>(1, 8),
      rc::gen::container<std::string>(*rc::gen::inRange<std::size_t>(8, 20), letter));
  auto text = *rc::gen::container<std::string>(letter);
  const auto planted = *rc::gen::inRange<std::size_t>(0, texts.size() + 1);
  if (planted < texts.size()) text.insert(*rc::gen::inRange<std::size_t>(0, text.size() + 1), texts[planted]);
  const auto from = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  PatternSet set;
  for (const auto& each : texts) RC_ASSERT(set.add(each, Letters::as_they_are, 0));
  set.seal();
  const bool is_there =
      std::ranges::any_of(texts, [&](const std::string& each) { return text.find(each, from) != std::string::npos; });
  const auto hit = set.find(text, from);
  RC_ASSERT(hit.has_value() == is_there);
  if (hit) {
    RC_ASSERT(hit->at >= from);
    RC_ASSERT(text.substr(hit->at, hit->bytes) == set.bytes(hit->number));
  }
}

RC_GTEST_PROP(Canary, AStreamInPiecesSaysWhatTheWholeSays, (std::string noise)) {
  const auto keep = one_secret("%abREALre\\u0041\n", "%abFAKEfa\\u0041\n");
  const CanarySet set(keep);
  std::string text = noise;
  if (*rc::gen::arbitrary<bool>())
    text.insert(*rc::gen::inRange<std::size_t>(0, text.size() + 1), percent_encoded("%abFAKEfa\\u0041\n"));
  Canary whole(set);
  Canary pieces(set);
  const auto expected = whole.feed(text);
  std::optional<Sighting> sighting;
  for (std::size_t at = 0; at < text.size() && !sighting;) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 9);
    sighting = pieces.feed(std::string_view(text).substr(at, size));
    at += size;
  }
  RC_ASSERT(sighting == expected);
}

TEST(PatternSet, WhatIsTooShortIsNotAdded) {
  PatternSet set;
  EXPECT_FALSE(set.add("1234567", Letters::any_case, 0));
  set.seal();
  EXPECT_EQ(set.size(), 0U);
  EXPECT_FALSE(set.find("1234567 1234567"));
}

}  // namespace
}  // namespace bailey::gateway
