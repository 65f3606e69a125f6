// Logins of agents in files of the shapes that claude, codex and gemini write, and their renewal.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "credentials/login_renewal.h"
#include "credentials/renew_login.h"
#include "credentials/test_support.h"
#include "credentials/web_token.h"

namespace bailey::credentials {
namespace {

constexpr UnixSeconds now = 1'800'000'000;

policy::OAuthLogin claude() {
  return {.file = ".claude/.credentials.json",
          .access = "/claudeAiOauth/accessToken",
          .refresh = "/claudeAiOauth/refreshToken",
          .id_token = {},
          .expires = "/claudeAiOauth/expiresAt",
          .unit = policy::LoginTime::milliseconds,
          .renewed = {},
          .token_url = "https://console.example/token",
          .client = "client-1",
          .client_secret = {},
          .scope = {},
          .body = policy::LoginBody::json};
}

policy::OAuthLogin codex() {
  auto where = claude();
  where.file = ".codex/auth.json";
  where.access = "/tokens/access_token";
  where.refresh = "/tokens/refresh_token";
  where.id_token = "/tokens/id_token";
  where.expires.clear();
  where.renewed = "/last_refresh";
  return where;
}

std::string claude_file(UnixSeconds expires, std::string_view access = "sk-ant-oat01-old") {
  return R"({"other":{"kept":[1,2.5,"ü"]},"claudeAiOauth":{"accessToken":")" + std::string(access) +
         R"(","refreshToken":"sk-ant-ort01-old","expiresAt":)" + std::to_string(expires * 1000) +
         R"(,"scopes":["user:inference"],"subscriptionType":"max"}})";
}

std::string web_token(UnixSeconds expires) {
  return to_base64url(R"({"alg":"RS256"})") + '.' + to_base64url(R"({"exp":)" + std::to_string(expires) + "}") + ".sig";
}

HttpAnswer answer(int status, std::string_view body) { return {status, SecretText(body)}; }
constexpr const char* renewal_answer =
    R"({"access_token":"sk-ant-oat01-new","refresh_token":"sk-ant-ort01-new","expires_in":28800,"token_type":"Bearer"})";

TEST(Login, claude_says_when_it_ends_in_milliseconds) {
  const auto login = read_login(claude_file(now), claude());
  ASSERT_TRUE(login && *login);
  EXPECT_EQ((*login)->access.view(), "sk-ant-oat01-old");
  EXPECT_EQ((*login)->expires, now);
}

TEST(Login, codex_says_it_in_the_token_itself) {
  const auto login = read_login(R"({"OPENAI_API_KEY":null,"tokens":{"access_token":")" + web_token(now + 9) +
                                    R"(","refresh_token":"rt-00000000"}})",
                                codex());
  ASSERT_TRUE(login && *login);
  EXPECT_EQ((*login)->expires, now + 9);
}

TEST(Login, another_way_to_log_in_is_none_of_ours) {
  for (const char* text : {"{}", R"({"claudeAiOauth":null})", R"({"claudeAiOauth":{"accessToken":7}})"}) {
    const auto login = read_login(text, claude());
    ASSERT_TRUE(login) << text;
    EXPECT_FALSE(*login) << text;
  }
  for (const char* text : {"", "not json", R"({"claudeAiOauth":{"accessToken":"a b c d e f"}})"})
    EXPECT_FALSE(read_login(text, claude())) << text;
}

TEST(Login, ends_of_web_tokens_that_make_no_sense_are_none) {
  for (const std::string& token : {std::string("opaque"), std::string("a.b"), std::string("..."), std::string("a.!!.c"),
                                   to_base64url("{}") + '.' + to_base64url(R"({"exp":"soon"})") + ".x",
                                   to_base64url("{}") + '.' + to_base64url(R"({"exp":-1})") + ".x",
                                   to_base64url("{}") + '.' + to_base64url(std::string(500, '[')) + ".x"})
    EXPECT_EQ(expiry_of_web_token(token), no_expiry) << token;
}

TEST(Login, the_file_keeps_everything_else) {
  const auto renewal = parse_renewal(answer(200, renewal_answer), now);
  ASSERT_TRUE(renewal);
  const auto text = renewed_text(claude_file(now), claude(), *renewal, now);
  ASSERT_TRUE(text);
  const auto login = read_login(*text, claude());
  ASSERT_TRUE(login && *login);
  EXPECT_EQ((*login)->access.view(), "sk-ant-oat01-new");
  EXPECT_EQ((*login)->refresh.view(), "sk-ant-ort01-new");
  EXPECT_EQ((*login)->expires, now + 28'800);
  for (const char* kept : {"\"kept\"", "2.5", "ü", "user:inference", "\"subscriptionType\": \"max\""})
    EXPECT_NE(text->find(kept), std::string::npos) << *text;
}

TEST(Login, codex_notes_when_it_was_renewed) {
  const auto renewal = parse_renewal(
      answer(200, R"({"access_token":")" + web_token(now + 60) + R"(","id_token":")" + web_token(now + 5) + R"("})"),
      now);
  ASSERT_TRUE(renewal);
  EXPECT_EQ(renewal->expires, now + 60);
  const auto text = renewed_text(
      R"({"tokens":{"id_token":"a","access_token":"oldoldold","refresh_token":"rt-00000000"},"last_refresh":"2020"})",
      codex(), *renewal, now);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("\"last_refresh\": \"2027-01-15T08:00:00.000000Z\""), std::string::npos) << *text;
  EXPECT_NE(text->find("rt-00000000"), std::string::npos) << "no new one came: the old one stays";
  EXPECT_EQ(text->find("\"id_token\": \"a\""), std::string::npos);
}

TEST(Login, hostile_answers_are_errors) {
  for (const char* body :
       {"", "{}", "[]", R"({"access_token":""})", R"({"access_token":"short"})", R"({"access_token":"0123 456789"})",
        R"({"access_token":"0123456789","expires_in":0})", R"({"access_token":"0123456789","expires_in":1e30})",
        R"({"access_token":"0123456789","access_token":"9876543210"})"})
    EXPECT_FALSE(parse_renewal(answer(200, body), now)) << body;
  for (const int status : {302, 400, 401, 429, 500}) EXPECT_FALSE(parse_renewal(answer(status, renewal_answer), now));
}

class RenewLogin : public testing::Test {
 protected:
  LoginPlace place() const {
    return {.login = claude(), .path = home_.at(".claude/.credentials.json"), .locks = home_.at("locks")};
  }
  Result<Minted> keep() {
    return keep_login(
        place(),
        [this](const HttpRequest& request) {
          asked_.emplace_back(request.body.view());
          if (meanwhile_) meanwhile_();
          return Result<HttpAnswer>(answer(status_, renewal_answer));
        },
        [] { return now; });
  }
  [[nodiscard]] std::string file() const { return *os::read_file(place().path); }

  Home home_;
  std::vector<std::string> asked_;
  std::function<void()> meanwhile_;
  int status_ = 200;
};

TEST_F(RenewLogin, a_good_one_is_only_read) {
  home_.write(".claude/.credentials.json", claude_file(now + 3600));
  const auto kept = keep();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->freshness, Freshness::kept);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(RenewLogin, one_near_its_end_is_renewed_in_the_users_file) {
  home_.write(".claude/.credentials.json", claude_file(now + 60));
  const auto kept = keep();
  ASSERT_TRUE(kept) << kept.error().why;
  EXPECT_EQ(kept->freshness, Freshness::fresh);
  EXPECT_EQ(kept->token.view(), "sk-ant-oat01-new");
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0], R"({"grant_type":"refresh_token","refresh_token":"sk-ant-ort01-old","client_id":"client-1"})");
  EXPECT_NE(file().find("sk-ant-ort01-new"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(place().path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(keep()->freshness, Freshness::kept) << "the next one finds it good";
}

TEST_F(RenewLogin, what_the_hosts_program_wrote_meanwhile_stays) {
  home_.write(".claude/.credentials.json", claude_file(now + 60));
  meanwhile_ = [this] { home_.write(".claude/.credentials.json", claude_file(now + 9999, "sk-ant-oat01-theirs")); };
  const auto kept = keep();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->token.view(), "sk-ant-oat01-theirs");
  EXPECT_NE(file().find("sk-ant-oat01-theirs"), std::string::npos);
  EXPECT_EQ(os::list_directory(home_.at(".claude"))->size(), 1U) << "nothing is left beside it";
}

TEST_F(RenewLogin, a_refused_renewal_leaves_the_file_alone) {
  home_.write(".claude/.credentials.json", claude_file(now - 60));
  status_ = 400;
  EXPECT_FALSE(keep());
  EXPECT_EQ(file(), claude_file(now - 60));
}

TEST_F(RenewLogin, a_link_to_the_file_stays_a_link) {
  home_.write("dotfiles/credentials.json", claude_file(now + 60));
  ASSERT_TRUE(os::make_directories(home_.at(".claude")));
  ASSERT_EQ(::symlink("../dotfiles/credentials.json", place().path.c_str()), 0);
  ASSERT_TRUE(keep());
  EXPECT_NE(os::read_file(home_.at("dotfiles/credentials.json"))->find("sk-ant-oat01-new"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::lstat(place().path.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
}

TEST_F(RenewLogin, nobody_is_logged_in) {
  EXPECT_EQ(keep()->freshness, Freshness::none);
  home_.write(".claude/.credentials.json", "{}");
  EXPECT_EQ(keep()->freshness, Freshness::none);
}

}  // namespace
}  // namespace bailey::credentials
