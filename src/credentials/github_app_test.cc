#include "credentials/github_app.h"

#include <gtest/gtest.h>

#include "credentials/web_token.h"

namespace bailey::credentials {
namespace {

constexpr UnixSeconds now = 1'800'000'000;  // 2027-01-15T08:00:00Z
const Repository repository{"owner", "app"};
const Permissions asked = {{"contents", "write"}, {"issues", "read"}};

HttpAnswer answer(int status, std::string_view body) { return {status, SecretText(body)}; }

std::string token_answer(std::string_view permissions = R"({"contents":"write","metadata":"read"})",
                         std::string_view selection = "selected",
                         std::string_view repositories = R"([{"name":"app","full_name":"Owner/App"}])",
                         std::string_view end = "2027-01-15T09:00:00Z") {
  return R"({"token":"ghs_0123456789","expires_at":")" + std::string(end) + R"(","permissions":)" +
         std::string(permissions) + R"(,"repository_selection":")" + std::string(selection) + R"(","repositories":)" +
         std::string(repositories) + "}";
}

std::string excess_of(const std::string& body) {
  const auto token = parse_installation_token(answer(201, body), repository, asked, now);
  EXPECT_TRUE(token) << body;
  return token ? token->excess : "unreadable";
}

TEST(GithubApp, the_token_says_when_it_ends) {
  const auto token = parse_installation_token(answer(201, token_answer()), repository, asked, now);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->excess, "");
  EXPECT_EQ(token->minted.token.view(), "ghs_0123456789");
  EXPECT_EQ(token->minted.expires, now + 3600);
}

TEST(GithubApp, less_than_asked_is_fine) {
  EXPECT_EQ(excess_of(token_answer(R"({"contents":"read"})")), "");
  EXPECT_EQ(excess_of(token_answer("{}")), "");
}

TEST(GithubApp, more_than_asked_is_refused) {
  EXPECT_NE(excess_of(token_answer(R"({"contents":"admin"})")), "");
  EXPECT_NE(excess_of(token_answer(R"({"issues":"write"})")), "");
  EXPECT_NE(excess_of(token_answer(R"({"contents":"write","administration":"read"})")), "");
  EXPECT_NE(excess_of(token_answer(R"({"metadata":"write"})")), "");
  EXPECT_NE(excess_of(token_answer(R"({"contents":"everything"})")), "") << "a word that we don't know";
  EXPECT_NE(excess_of(token_answer(R"({"contents":2})")), "");
}

TEST(GithubApp, a_token_that_does_not_say_what_it_is_good_for_is_refused) {
  EXPECT_NE(excess_of(R"({"token":"ghs_0123456789"})"), "");
  EXPECT_NE(excess_of(token_answer("null")), "");
  EXPECT_NE(excess_of(token_answer(R"({"contents":"write"})", "all")), "");
  EXPECT_NE(excess_of(token_answer("{}", "selected", "[]")), "");
  EXPECT_NE(excess_of(token_answer("{}", "selected", R"([{"full_name":"owner/app"},{"full_name":"owner/b"}])")), "");
  EXPECT_NE(excess_of(token_answer("{}", "selected", R"([{"full_name":"other/app"}])")), "");
  EXPECT_NE(excess_of(token_answer("{}", "selected", R"([{"name":"app"}])")), "");
  for (const char* end : {"", "tomorrow", "2027-01-15T09:00:00", "2026-01-15T09:00:00Z", "2999-01-15T09:00:00Z"})
    EXPECT_NE(excess_of(token_answer("{}", "selected", R"([{"full_name":"owner/app"}])", end)), "") << end;
}

TEST(GithubApp, answers_without_a_token_are_errors) {
  for (const char* body : {"", "{}", "[]", "null", "not json", R"({"token":7})", R"({"token":"short"})",
                           R"({"token":"with a space in it"})", R"({"token":"ghs_line\nbreak00"})",
                           R"({"token":"ghs_0123456789","token":"ghs_9876543210"})"})
    EXPECT_FALSE(parse_installation_token(answer(201, body), repository, asked, now)) << body;
  EXPECT_FALSE(parse_installation_token(answer(200, token_answer()), repository, asked, now));
}

TEST(GithubApp, the_installation_is_a_positive_number) {
  EXPECT_EQ(*parse_installation(answer(200, R"({"id":42})"), repository), 42);
  for (const char* body :
       {"{}", R"({"id":"42"})", R"({"id":0})", R"({"id":-1})", R"({"id":1e99})", R"({"id":4.5})", ""})
    EXPECT_FALSE(parse_installation(answer(200, body), repository)) << body;
  const auto missing = parse_installation(answer(404, R"({"message":"Not Found"})"), repository);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().remedy.find("install the app"), std::string::npos);
}

TEST(GithubApp, what_a_server_repeats_of_a_secret_is_not_shown) {
  const auto refused =
      parse_installation(answer(500, R"({"message":"bad key eyJhbGciOiJSUzI1NiJ9.e30.x"})"), repository);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why.find("eyJhbGci"), std::string::npos) << refused.error().why;
}

TEST(GithubApp, the_web_token_is_good_for_less_than_ten_minutes) {
  const std::string input = jwt_signing_input("12345", now);
  const std::size_t dot = input.find('.');
  EXPECT_EQ(from_base64url(input.substr(0, dot)), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(from_base64url(input.substr(dot + 1)), R"({"iat":1799999940,"exp":1800000540,"iss":"12345"})");
}

TEST(GithubApp, the_repository_is_that_of_the_origin_at_the_same_site) {
  const auto found = repository_for("https://api.github.com", "GitHub.com", "owner/app.git");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->owner + '/' + found->name, "owner/app");
  EXPECT_TRUE(repository_for("https://ghe.example.org/api/v3", "ghe.example.org", "owner/app"));
  EXPECT_TRUE(repository_for("https://api.github.com", "ssh.github.com", "owner/app"));
  for (const char* host : {"gitlab.com", "github.com.evil.example", "evil-github.com", ""})
    EXPECT_FALSE(repository_for("https://api.github.com", host, "owner/app")) << host;
  for (const char* path :
       {"", "app", "owner/", "/app", "owner/app/more", "../app", "owner/..", "own er/app", "owner/a?b"})
    EXPECT_FALSE(repository_for("https://api.github.com", "github.com", path)) << path;
}

TEST(GithubApp, a_revocation_of_what_is_not_valid_any_more_is_done) {
  EXPECT_TRUE(parse_revocation(answer(204, "")));
  EXPECT_TRUE(parse_revocation(answer(401, "")));
  for (const int status : {200, 301, 403, 404, 500, 503}) EXPECT_FALSE(parse_revocation(answer(status, ""))) << status;
}

}  // namespace
}  // namespace bailey::credentials
