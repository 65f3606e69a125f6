#include "credentials/oauth_client.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bailey::credentials {
namespace {

constexpr UnixSeconds now = 1'800'000'000;
HttpAnswer answer(int status, std::string_view body) { return {status, SecretText(body)}; }

std::string_view header(const HttpRequest& request, std::string_view name) {
  const auto found = std::ranges::find(request.headers, name, [](const auto& header) { return header.first; });
  return found == request.headers.end() ? std::string_view() : found->second.view();
}

TEST(OAuthClient, halves_of_the_login_are_encoded_before_they_are_joined) {
  const auto request = client_token_request("https://h/token", {"a b", "c:d"}, {"read", "write"});
  EXPECT_EQ(header(request, "Authorization"), "Basic YSUyMGI6YyUzQWQ=");  // a%20b:c%3Ad
  EXPECT_EQ(request.body.view(), "grant_type=client_credentials&scope=read%20write");
}

TEST(OAuthClient, the_token_and_its_end) {
  const auto token = parse_client_token(
      answer(200, R"({"access_token":"0123456789","token_type":"bearer","expires_in":60,"scope":"read"})"), {"read"},
      now);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->excess, "");
  EXPECT_EQ(token->minted.expires, now + 60);
}

TEST(OAuthClient, a_scope_that_was_not_asked_for_is_refused) {
  for (const char* scope : {R"("read admin")", R"("admin")", "7", R"(["read"])"}) {
    const auto token = parse_client_token(
        answer(200, R"({"access_token":"0123456789","token_type":"Bearer","scope":)" + std::string(scope) + "}"),
        {"read"}, now);
    ASSERT_TRUE(token) << scope;
    EXPECT_NE(token->excess, "") << scope;
  }
}

TEST(OAuthClient, an_end_that_makes_no_sense_is_refused) {
  for (const char* end : {"0", "-1", "\"60\"", "1e12", "99999999999", "null"}) {
    const auto token = parse_client_token(
        answer(200, R"({"access_token":"0123456789","token_type":"Bearer","expires_in":)" + std::string(end) + "}"), {},
        now);
    ASSERT_TRUE(token) << end;
    EXPECT_NE(token->excess, "") << end;
  }
}

TEST(OAuthClient, other_answers_are_errors) {
  for (const char* body :
       {"", "{}", "[]", R"({"access_token":"0123456789"})", R"({"access_token":"0123456789","token_type":"mac"})",
        R"({"token_type":"Bearer"})", R"({"access_token":"a b c d e f","token_type":"Bearer"})"})
    EXPECT_FALSE(parse_client_token(answer(200, body), {}, now)) << body;
  EXPECT_FALSE(parse_client_token(answer(302, R"({"access_token":"0123456789","token_type":"Bearer"})"), {}, now));
  EXPECT_TRUE(parse_client_revocation(answer(200, "")));
  EXPECT_FALSE(parse_client_revocation(answer(503, "")));
}

}  // namespace
}  // namespace bailey::credentials
