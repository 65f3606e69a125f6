#include "gateway/injector.h"

#include <gtest/gtest.h>

#include "gateway/credential_fields.h"
#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

using policy::SecretForm;
using policy::SecretUse;

const std::string value = "sk-/REALrealREALreal+1";
const std::string placeholder = "sk-/fakeFAKEfakeFAKE+2";
const Authority home{.host = "origin.example", .port = 443};

credentials::Keep keep_of(std::vector<SecretUse> uses) { return lab::one_secret(value, placeholder, std::move(uses)); }

RequestHead head_of(HttpFields fields, std::string path = "/x", std::string method = "GET") {
  RequestHead head;
  head.method = std::move(method);
  head.path = std::move(path);
  head.fields = std::move(fields);
  return head;
}

std::string field(const RequestHead& head, std::string_view name) {
  const auto* const found = find_field(head.fields, name);
  return found == nullptr ? "" : found->value;
}

TEST(Injector, TheValueReplacesThePlaceholderAndNothingElseOfTheField) {
  const KeepIndex keep(keep_of({{SecretForm::header, "X-Key"}, {SecretForm::basic, ""}, {SecretForm::query, "k"}}));
  auto head = head_of({{"x-key", placeholder}});
  EXPECT_EQ(inject(keep, home, "https", head).used, SecretNumbers{0});
  EXPECT_EQ(field(head, "x-key"), value);
  head = head_of({{"X-Key", "Token " + placeholder}});
  (void)inject(keep, home, "https", head);
  EXPECT_EQ(field(head, "x-key"), "Token " + value);
  head = head_of({{"Authorization", basic_of("me", placeholder)}});
  (void)inject(keep, home, "https", head);
  EXPECT_EQ(field(head, "authorization"), basic_of("me", value));
  head = head_of({{"Authorization", basic_of(placeholder, "")}});
  (void)inject(keep, home, "https", head);
  EXPECT_EQ(field(head, "authorization"), basic_of(value, ""));
  head = head_of({}, "/x?a=&b&k=" + percent_encoded(placeholder) + "&c=%41");
  (void)inject(keep, home, "https", head);
  EXPECT_EQ(head.path, "/x?a=&b&k=" + percent_encoded(value) + "&c=%41");
}

TEST(Injector, ARefusedHeadIsAsItWas) {
  const KeepIndex keep(keep_of({{SecretForm::header, "X-Key"}}));
  auto head = head_of({{"X-Key", placeholder}, {"Other", placeholder}});
  const auto before = head.fields;
  EXPECT_TRUE(inject(keep, home, "https", head).refused);
  EXPECT_EQ(head.fields, before);
}

TEST(Injector, MethodsPathsHostsPortsAndSchemesAreThoseOfTheRule) {
  auto limited = keep_of({{SecretForm::header, "X-Key"}});
  limited.secrets[0].methods = {"POST"};
  limited.secrets[0].paths = {"/v1/**"};
  limited.secrets[0].hosts = {"*.origin.example", "other.example:8443"};
  const KeepIndex keep(std::move(limited));
  const auto passes = [&](const Authority& authority, const std::string& scheme, const std::string& method,
                          const std::string& path) {
    auto head = head_of({{"X-Key", placeholder}}, path, method);
    return !inject(keep, authority, scheme, head).refused && field(head, "x-key") == value;
  };
  EXPECT_TRUE(passes(home, "https", "POST", "/v1/a"));
  EXPECT_TRUE(passes({.host = "deep.origin.example", .port = 443}, "https", "POST", "/v1/a?q=1"));
  EXPECT_TRUE(passes({.host = "other.example", .port = 8443}, "https", "POST", "/v1/a"));
  EXPECT_FALSE(passes(home, "https", "GET", "/v1/a"));
  EXPECT_FALSE(passes(home, "https", "post", "/v1/a"));
  EXPECT_FALSE(passes(home, "https", "POST", "/v2/a"));
  EXPECT_FALSE(passes(home, "https", "POST", "/v1/../v2"));
  EXPECT_FALSE(passes(home, "https", "POST", "/v1/%2e%2e/v2"));
  EXPECT_FALSE(passes(home, "http", "POST", "/v1/a"));
  EXPECT_FALSE(passes({.host = "origin.example", .port = 8443}, "https", "POST", "/v1/a"));
  EXPECT_FALSE(passes({.host = "other.example", .port = 443}, "https", "POST", "/v1/a"));
  EXPECT_FALSE(passes({.host = "notorigin.example", .port = 443}, "https", "POST", "/v1/a"));
  EXPECT_FALSE(passes({.host = "origin.example.evil", .port = 443}, "https", "POST", "/v1/a"));
}

TEST(Injector, ASecretWithoutHostsIsACanary) {
  auto canary = keep_of({{SecretForm::header, "X-Key"}});
  canary.secrets[0].hosts.clear();
  const KeepIndex keep(std::move(canary));
  auto head = head_of({{"X-Key", placeholder}});
  const auto result = inject(keep, home, "https", head);
  ASSERT_TRUE(result.refused);
  EXPECT_EQ(result.refused->what, Seen::secret_misplaced);
}

TEST(Injector, ResponsesToAnInjectedRequestAreReadableAndWhole) {
  const KeepIndex keep(keep_of({{SecretForm::header, "X-Key"}}));
  auto head =
      head_of({{"X-Key", placeholder}, {"Accept-Encoding", "br"}, {"accept-encoding", "gzip"}, {"Range", "bytes=0-9"}});
  (void)inject(keep, home, "https", head);
  EXPECT_EQ(field(head, "accept-encoding"), "identity");
  EXPECT_EQ(field(head, "range"), "");
  auto other = head_of({{"Accept-Encoding", "br"}, {"Range", "bytes=0-9"}});
  (void)inject(keep, {.host = "elsewhere.example", .port = 443}, "https", other);
  EXPECT_EQ(field(other, "accept-encoding"), "br");
  EXPECT_EQ(field(other, "range"), "bytes=0-9");
}

TEST(Injector, PinningIsForTheSecretsHostsAndCanBeSwitchedOff) {
  auto open = keep_of({{SecretForm::header, "X-Key"}});
  open.secrets[0].pinned = false;
  const KeepIndex not_pinned(std::move(open));
  const KeepIndex pinned(keep_of({{SecretForm::header, "X-Key"}}));
  const auto is_refused = [](const KeepIndex& keep, const Authority& authority, HttpFields fields,
                             std::string path = "/x") {
    auto head = head_of(std::move(fields), std::move(path));
    const auto result = inject(keep, authority, "https", head);
    EXPECT_TRUE(!result.refused || result.refused->what == Seen::secret_pinned);
    return result.refused.has_value();
  };
  EXPECT_TRUE(is_refused(pinned, home, {{"X-Key", "another"}}));
  EXPECT_TRUE(is_refused(pinned, home, {{"Authorization", "Bearer another"}}));
  EXPECT_TRUE(is_refused(pinned, home, {{"X-Key", placeholder}, {"Authorization", "Bearer another"}}));
  EXPECT_TRUE(is_refused(pinned, home, {}, "/x?access_token=another"));
  EXPECT_FALSE(is_refused(pinned, home, {{"X-Key", ""}}));
  EXPECT_FALSE(is_refused(pinned, home, {}));
  EXPECT_FALSE(is_refused(pinned, {.host = "elsewhere.example", .port = 443}, {{"X-Key", "another"}}));
  EXPECT_FALSE(is_refused(not_pinned, home, {{"X-Key", "another"}}));
}

TEST(Injector, AValueThatNoHeaderCanCarryIsRefused) {
  const KeepIndex keep(lab::one_secret("line one\r\nEvil: yes", "line two\r\nEvil: not", {{SecretForm::bearer, ""}}));
  auto head = head_of({{"Authorization", "Bearer line two\r\nEvil: not"}});
  EXPECT_TRUE(inject(keep, home, "https", head).refused);
}

TEST(Injector, AnAccessKeysPlaceInASignatureIsFound) {
  auto aws = lab::one_secret("AKIAREALREALREALREAL:realrealrealrealrealrealrealrealrealreal",
                             "AKIAFAKEFAKEFAKEFAKE:fakefakefakefakefakefakefakefakefakefake", {{SecretForm::aws, ""}});
  const KeepIndex keep(std::move(aws));
  const std::string rest = "/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00";
  auto head = head_of({{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAFAKEFAKEFAKEFAKE" + rest}});
  const auto result = inject(keep, home, "https", head);
  EXPECT_FALSE(result.refused);
  EXPECT_EQ(result.to_sign, 0U);
  EXPECT_TRUE(result.used.empty());
  auto other = head_of({{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAOTHEROTHEROTHERO" + rest}});
  EXPECT_EQ(inject(keep, home, "https", other).refused->what, Seen::secret_pinned);
  auto presigned = head_of({}, "/?X-Amz-Credential=AKIAFAKEFAKEFAKEFAKE%2F20150830");
  EXPECT_EQ(inject(keep, home, "https", presigned).refused->what, Seen::secret_misplaced);
}

TEST(CredentialFields, OnlyBase64ThatHasOneSpellingIsBasic) {
  EXPECT_TRUE(parse_basic("Basic dTpw"));
  EXPECT_EQ(parse_basic("basic dTpw")->password, "p");
  for (const char* const bad : {"Basic dTpw=", "Basic dTpx====", "Basic  dTpw", "Basic dTp",
                                "Basic dXA=", "Basic dTr=", "Basic", "Basic ", "dTpw", "Basic d%3D", "Basic dTpw\n"})
    EXPECT_FALSE(parse_basic(bad)) << bad;
}

TEST(CredentialFields, ParametersOfAQuery) {
  EXPECT_TRUE(query_parameters("/x").empty());
  EXPECT_TRUE(query_parameters("/x?").empty());
  const auto parameters = query_parameters("/x?a=1&&b&=c&d=e=f");
  ASSERT_EQ(parameters.size(), 5U);
  EXPECT_EQ(parameters[0].value, "1");
  EXPECT_EQ(parameters[2].name, "b");
  EXPECT_EQ(parameters[3].name, "");
  EXPECT_EQ(parameters[4].value, "e=f");
  EXPECT_EQ(percent_decoded("%41%4g%"), "A%4g%");
}

}  // namespace
}  // namespace bailey::gateway
