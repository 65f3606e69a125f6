// Each way in which a secret could be led astray, tried with a real client against a real server, beside the same
// request as it should be. The lab's gateway speaks HTTP/1.1 and HTTP/2 on both sides.
#include "gateway/kept_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "gateway/credential_fields.h"
#include "gateway/http_lab_test_support.h"
#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

using policy::SecretForm;
using policy::SecretUse;

const std::string value = "sk-live-REALrealREALrealREALreal0123456789";
const std::string placeholder = "sk-live-fakeFAKEfakeFAKEfakeFAKE9876543210";

std::shared_ptr<const KeepIndex> index_of(std::vector<SecretUse> uses, std::vector<std::string> hosts = {lab_host}) {
  auto keep = lab::one_secret(value, placeholder, std::move(uses));
  keep.secrets[0].hosts = std::move(hosts);
  return std::make_shared<const KeepIndex>(std::move(keep));
}

LabOptions guarded(std::shared_ptr<const KeepIndex> keep, OriginKind origin = OriginKind::python_tls) {
  LabOptions options{.origin = origin};
  options.guard = [keep](const Authority& authority, const std::string& scheme, Observer& observer) {
    return std::make_unique<KeptRequest>(keep, authority, scheme, observer);
  };
  return options;
}

// What the sandbox speaks is what the origin speaks; exchange_test.cc has the other combinations.
struct Kept : testing::TestWithParam<std::tuple<std::string, OriginKind>> {
  [[nodiscard]] std::string version() const { return std::get<0>(GetParam()); }
  HttpLab lab{guarded(index_of({{SecretForm::header, "X-Key"},
                                {SecretForm::bearer, ""},
                                {SecretForm::basic, ""},
                                {SecretForm::query, "token"},
                                {SecretForm::json, "/auth/key"}}),
                      std::get<1>(GetParam()))};

  os::Output curl(std::vector<std::string> arguments, const std::string& path) {
    arguments.insert(arguments.begin(), {version(), "-w", "\n%{http_code}"});
    return lab.curl(std::move(arguments), path);
  }
  // The body of a request that was let through, at an origin that shows what it got.
  std::string sent(std::vector<std::string> arguments, const std::string& path = "/fields") {
    return curl(std::move(arguments), path).out;
  }
  void expect_refused(std::vector<std::string> arguments, const std::string& path, Seen as = Seen::secret_misplaced) {
    const auto before = lab.observations().size();
    const auto upstream = requests_at_origin();
    const std::string shown = testing::PrintToString(arguments) + " " + path;
    const auto got = curl(std::move(arguments), path);
    EXPECT_TRUE(got.out.ends_with("\n403")) << shown << " → " << got.out << got.err;
    EXPECT_EQ(got.out.find(placeholder), std::string::npos);
    EXPECT_NE(got.out.find("'key'"), std::string::npos) << "it says which secret: " << got.out;
    const auto seen = lab.wait_for(before + 2);
    const auto alarm = std::find_if(seen.begin() + static_cast<std::ptrdiff_t>(before), seen.end(),
                                    [&](const Observation& each) { return each.what == as; });
    EXPECT_NE(alarm, seen.end()) << shown;
    if (alarm == seen.end()) return;
    EXPECT_FALSE(alarm->allowed);
    EXPECT_EQ(alarm->secret, "key");
    for (const auto& each : seen)
      for (const auto* const text : {&each.path, &each.host, &each.reason, &each.method, &each.rule})
        EXPECT_FALSE(index_of({})->canaries().find(*text)) << *text;
    EXPECT_EQ(requests_at_origin(), upstream) << shown << ": nothing of it left";
  }
  [[nodiscard]] long requests_at_origin() {
    const auto seen = lab.observations();
    return std::ranges::count_if(seen,
                                 [](const auto& each) { return each.what == Seen::http_request && each.allowed; });
  }
};
INSTANTIATE_TEST_SUITE_P(Versions, Kept,
                         testing::Values(std::tuple("--http1.1", OriginKind::python_tls),
                                         std::tuple("--http2", OriginKind::http2)));

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_P(Kept, APlaceholderInItsPlaceIsSwappedAndTheEchoIsSwappedBack) {
  for (const std::string& field : {std::string("X-Key: ") + placeholder, "x-key: token " + placeholder,
                                   "Authorization: Bearer " + placeholder, "authorization: bearer " + placeholder}) {
    const auto got = sent({"-H", field});
    EXPECT_TRUE(got.ends_with("\n200")) << got;
    EXPECT_TRUE(holds(got, placeholder)) << "the origin shows what it was sent; here it is the placeholder again: "
                                         << got;
    EXPECT_FALSE(holds(got, value)) << got;
    EXPECT_TRUE(holds(got, "identity")) << got;
  }
  const auto seen = lab.observations();
  const auto used = std::ranges::count_if(seen, [](const auto& each) { return each.what == Seen::secret_used; });
  const auto echoed = std::ranges::count_if(seen, [](const auto& each) { return each.what == Seen::secret_echoed; });
  EXPECT_EQ(used, 4);
  EXPECT_EQ(echoed, 4) << "that it was swapped on the way out is known by what had to be swapped on the way in";
}

TEST_P(Kept, BasicAndQueryAreSwappedInTheirOwnForm) {
  const auto basic = sent({"-u", "user:" + placeholder});
  EXPECT_TRUE(basic.ends_with("\n200")) << basic;
  EXPECT_FALSE(holds(basic, basic_of("user", value).substr(0, 30))) << basic;
  const auto query = sent({}, "/hello?a=1&token=" + placeholder + "&b");
  EXPECT_TRUE(holds(query, "hello /hello?a=1&token=" + placeholder + "&b")) << query;
  const auto seen = lab.wait_for(4);
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& each) { return each.what == Seen::secret_used; }), 2);
}

TEST_P(Kept, APlaceholderAnywhereElseIsRefusedWithAnAlarm) {
  EXPECT_TRUE(sent({"-H", "Other: harmless"}).ends_with("\n200"));
  expect_refused({"-H", "Other: " + placeholder}, "/");
  expect_refused({"-H", "X-Key: " + placeholder + " and more"}, "/");
  expect_refused({"-H", "X-Key: two words " + placeholder}, "/");
  expect_refused({"-H", placeholder + ": x"}, "/");
  expect_refused({"-H", "Cookie: a=" + placeholder}, "/");
  expect_refused({"-H", "User-Agent: " + to_hex(placeholder)}, "/");
  expect_refused({"-H", "Other: " + base64_within(placeholder, 0)}, "/");
  expect_refused({}, "/path/" + placeholder + "/x");
  expect_refused({}, "/path?other=" + placeholder);
  expect_refused({}, "/path?x=1&token=prefix" + placeholder);
  expect_refused({}, "/path?x=%73" + placeholder.substr(1));
  expect_refused({}, "/path?x=%2573" + placeholder.substr(1));
  expect_refused({"-H", "X-Key: " + value.substr(0, 10) + placeholder}, "/");
}

TEST_P(Kept, WhatThePolicyRefusesAnywayIsAnAlarmAllTheSame) {
  const auto got = curl({}, "/forbidden/" + placeholder);
  EXPECT_TRUE(holds(got.out, "not today")) << got.out;
  const auto seen = lab.wait_for(2);
  EXPECT_TRUE(std::ranges::any_of(seen, [](const auto& each) { return each.what == Seen::secret_misplaced; }));
  EXPECT_TRUE(std::ranges::none_of(seen, [](const auto& each) { return holds(each.path, placeholder); }));
  const auto in_place = curl({"-H", "X-Key: " + placeholder}, "/forbidden");
  EXPECT_TRUE(holds(in_place.out, "not today"));
  EXPECT_TRUE(std::ranges::none_of(lab.wait_for(3), [](const auto& each) { return each.what == Seen::secret_used; }));
}

TEST_P(Kept, APlaceholderInABodyIsRefusedHoweverItIsWritten) {
  EXPECT_TRUE(holds(sent({"-d", "harmless"}, "/echo"), "8 bytes harmless"));
  const auto body_file = [&](const std::string& body) {
    std::ofstream(lab.directory() + "/body") << body;
    return "@" + lab.directory() + "/body";
  };
  expect_refused({"-d", "x=" + placeholder}, "/echo");
  expect_refused({"-d", "x=" + percent_encoded("/" + placeholder)}, "/echo");
  expect_refused({"-d", base64_within("x" + placeholder, 1)}, "/echo");
  expect_refused({"-d", to_hex(placeholder)}, "/echo");
  expect_refused({"-F", "file=" + placeholder}, "/echo");
  const std::string far = std::string(200'000, 'x') + placeholder;
  expect_refused({"--data-binary", body_file(far)}, "/echo");
  expect_refused({"-X", "POST", "-T", lab.directory() + "/body", "-H", "Transfer-Encoding: chunked"}, "/echo");
  (void)body_file(placeholder);
  ASSERT_TRUE(os::run({.argv = {"/bin/gzip", "-kf", lab.directory() + "/body"}, .environment = {}}));
  const std::string packed = "@" + lab.directory() + "/body.gz";
  expect_refused({"--data-binary", packed, "-H", "Content-Encoding: gzip"}, "/echo");
  expect_refused({"--data-binary", packed}, "/echo");
}

TEST_P(Kept, ABodyInAnUnknownCodingIsRefused) {
  const auto got = sent({"-d", "whatever", "-H", "Content-Encoding: br"}, "/echo");
  EXPECT_TRUE(got.ends_with("\n415")) << got;
}

TEST_P(Kept, AnotherCredentialInThePlaceOfAPinnedSecretIsRefused) {
  EXPECT_TRUE(sent({}).ends_with("\n200")) << "none at all is fine";
  expect_refused({"-H", "X-Key: somebody-elses-key-0123456789"}, "/", Seen::secret_pinned);
  expect_refused({"-H", "Authorization: Bearer somebody-elses-key"}, "/", Seen::secret_pinned);
  expect_refused({"-H", "Authorization: token other"}, "/", Seen::secret_pinned);
  expect_refused({"-u", "other:other"}, "/", Seen::secret_pinned);
  expect_refused({"-H", "X-Api-Key: other"}, "/", Seen::secret_pinned);
  expect_refused({"-H", "X-Key: " + placeholder, "-H", "X-Key: other"}, "/", Seen::secret_pinned);
  expect_refused({}, "/x?token=other", Seen::secret_pinned);
  expect_refused({"-d", R"({"auth":{"key":"other"}})", "-H", "Content-Type: application/json"}, "/echo",
                 Seen::secret_pinned);
}

TEST_P(Kept, AJsonFieldIsFilledInItsPlaceOnly) {
  const std::string type = "Content-Type: application/json";
  const std::string body = R"({"auth":{"key":")" + placeholder + R"("},"n":1})";
  const auto filled = sent({"-d", body, "-H", type}, "/echo");
  EXPECT_TRUE(holds(filled, std::to_string(body.size()) + " bytes {\"auth\"")) << filled;
  const auto seen = lab.wait_for(2);
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& each) { return each.what == Seen::secret_used; }), 1);
  expect_refused({"-d", R"({"auth":{"other":")" + placeholder + R"("}})", "-H", type}, "/echo");
  expect_refused({"-d", R"({"auth":{"key":")" + placeholder + R"("},"copy":")" + placeholder + R"("})", "-H", type},
                 "/echo");
  expect_refused({"-d", R"({"auth":{"key":"\u0073)" + placeholder.substr(1) + R"("}})", "-H", type}, "/echo");
  expect_refused({"-d", R"({"auth":{"key":")" + placeholder + R"("},"auth":{}})", "-H", type}, "/echo");
  expect_refused({"-d", body, "-H", "Content-Type: text/plain"}, "/echo");
}

TEST_P(Kept, RequestsThatAskForTheirOwnTextCarryNoSecret) {
  const auto trace = curl({"-X", "TRACE", "-H", "X-Key: " + placeholder}, "/");
  EXPECT_TRUE(trace.out.ends_with("\n403")) << trace.out;
  expect_refused({"-X", "TRACK", "-H", "X-Key: " + placeholder}, "/");
  expect_refused({"-H", "X-Key: " + placeholder, "-H", "X-HTTP-Method-Override: TRACE"}, "/");
}

TEST_P(Kept, AHeaderCantBeSplitAroundASecret) {
  // curl refuses to write a line end into HTTP/2; the escaped one is what frameworks undo.
  expect_refused({"-H", "X-Key: " + placeholder + "%0d%0aEvil: x"}, "/");
  expect_refused({}, "/?token=" + placeholder + "%0d%0aEvil:%20x");
}

TEST(KeptAtOtherHost, APlaceholderForAnotherHostIsRefused) {
  HttpLab lab(guarded(index_of({{SecretForm::bearer, ""}}, {"other.example"})));
  const auto got = lab.curl({"-H", "Authorization: Bearer " + placeholder, "-w", "%{http_code}"}, "/fields");
  EXPECT_TRUE(got.out.ends_with("403")) << got.out;
  EXPECT_TRUE(holds(got.out, "other.example")) << "where it belongs: " << got.out;
  EXPECT_TRUE(lab.curl({"-H", "Authorization: Bearer mine", "-w", "%{http_code}"}, "/fields").out.ends_with("200"))
      << "nobody's host: anybody's key";
}

TEST(KeptAtOtherPort, APlaceholderForAnotherPortIsRefused) {
  HttpLab lab(guarded(index_of({{SecretForm::bearer, ""}}, {lab_host + ":8443"})));
  EXPECT_TRUE(
      lab.curl({"-H", "Authorization: Bearer " + placeholder, "-w", "%{http_code}"}, "/fields").out.ends_with("403"));
}

TEST(KeptInPlain, NothingGoesOverPlainHttp) {
  HttpLab lab(guarded(index_of({{SecretForm::bearer, ""}}, {lab_host, lab_host + ":80"}), OriginKind::python_plain));
  const auto got = lab.curl({"-H", "Authorization: Bearer " + placeholder, "-w", "%{http_code}"}, "/fields");
  EXPECT_TRUE(got.out.ends_with("403")) << got.out;
  EXPECT_TRUE(holds(got.out, "https")) << got.out;
  EXPECT_TRUE(lab.curl({"-w", "%{http_code}"}, "/fields").out.ends_with("200"));
}

TEST(KeptInPlain, ChunksSplitAPlaceholderInVainAndTrailersAreSearched) {
  HttpLab lab(guarded(index_of({{SecretForm::bearer, ""}}), OriginKind::python_plain));
  const std::string start =
      "POST /echo HTTP/1.1\r\nHost: " + lab_host + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(holds(lab.talk(start + "3\r\nabc\r\n0\r\n\r\n"), "3 bytes abc"));
  std::string chunks;
  for (const char c : placeholder) chunks += std::string("1;x=y\r\n") + c + "\r\n";
  EXPECT_TRUE(lab.talk(start + chunks + "0\r\n\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(lab.talk(start + "3\r\nabc\r\n0\r\nX-Key: " + placeholder + "\r\n\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(lab.talk("GET / HTTP/1.1\r\nHost: " + lab_host + "\r\nX: a\r\n " + placeholder + "\r\n\r\n")
                  .starts_with("HTTP/1.1 400"))
      << "a folded line";
}

TEST(KeptInPlain, WebSocketMessagesAreUnmaskedAndSearched) {
  HttpLab lab(guarded(index_of({{SecretForm::bearer, ""}}), OriginKind::python_plain));
  const std::string upgrade = "GET /socket HTTP/1.1\r\nHost: " + lab_host +
                              "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"
                              "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
  const auto frame = [](std::string_view payload) {
    std::string bytes = "\x81";
    bytes += static_cast<char>(0x80 | payload.size());
    const std::string mask = "\x11\x22\x33\x44";
    bytes += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
    return bytes;
  };
  (void)lab.talk(upgrade + frame(placeholder.substr(0, 20)) + frame(placeholder.substr(20)));
  const auto seen = lab.wait_for(2);
  EXPECT_TRUE(std::ranges::any_of(seen, [](const auto& each) { return each.what == Seen::secret_misplaced; }))
      << "two frames of one placeholder";
}

TEST(KeptRedirect, ARedirectCarriesNothingAndItsTargetRefusesThePlaceholder) {
  HttpLab lab(guarded(index_of({{SecretForm::header, "X-Key"}}, {"other.example"})));
  EXPECT_TRUE(lab.curl({"-L", "-H", "X-Key: " + placeholder, "-w", "%{http_code}"}, "/fields").out.ends_with("403"));
}

}  // namespace
}  // namespace bailey::gateway
