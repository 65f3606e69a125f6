// Orders against issuers made of functions: what is asked in which order, and what becomes of answers that grant more.
#include "credentials/carry_out.h"

#include <gtest/gtest.h>

namespace bailey::credentials {
namespace {

constexpr UnixSeconds now = 1'800'000'000;

struct FakeIssuer {
  std::vector<std::pair<int, std::string>> answers;
  std::vector<std::string> asked;
  std::string input;

  IssuerWorld world() {
    return {.send = [this](const HttpRequest& request) -> Result<HttpAnswer> {
              asked.push_back(request.method + ' ' + request.url);
              if (asked.size() > answers.size()) return fail("ask", "nobody answers");
              const auto& [status, body] = answers[asked.size() - 1];
              return HttpAnswer{status, SecretText(body)};
            },
            .read_secret = [](const std::string& source) -> Result<SecretText> {
              if (source.empty()) return fail("read", "no key");
              return SecretText("key of " + source);
            },
            .sign = [](std::string_view, std::string_view) -> Result<std::string> { return std::string("signed"); },
            .run = [this](const std::vector<std::string>& argv, std::string_view text) -> Result<SecretText> {
              asked.push_back(argv.front());
              input = text;
              return SecretText(argv.back());
            },
            .now = [] { return now; }};
  }
};

MintOrder order(policy::TokenProvider provider) {
  MintOrder mint;
  mint.issuer.provider = provider;
  mint.issuer.api = "https://api.example";
  mint.issuer.client = "client";
  mint.issuer.key = "env:KEY";
  mint.repository = {"owner", "app"};
  mint.permissions = {{"contents", "read"}};
  mint.scopes = {"read"};
  return mint;
}

constexpr const char* good_token =
    R"({"token":"ghs_0123456789","expires_at":"2027-01-15T09:00:00Z","permissions":{"contents":"read"},)"
    R"("repository_selection":"selected","repositories":[{"full_name":"owner/app"}]})";
constexpr const char* wide_token =
    R"({"token":"ghs_0123456789","expires_at":"2027-01-15T09:00:00Z","permissions":{"contents":"write"},)"
    R"("repository_selection":"selected","repositories":[{"full_name":"owner/app"}]})";

TEST(CarryOut, a_github_token_takes_two_requests) {
  FakeIssuer issuer{.answers = {{200, R"({"id":42})"}, {201, good_token}}};
  const auto minted = carry_out(issuer.world(), order(policy::TokenProvider::github_app));
  ASSERT_TRUE(minted) << minted.error().why;
  EXPECT_EQ(minted->token.view(), "ghs_0123456789");
  EXPECT_EQ(issuer.asked, (std::vector<std::string>{"GET https://api.example/repos/owner/app/installation",
                                                    "POST https://api.example/app/installations/42/access_tokens"}));
}

TEST(CarryOut, a_github_token_that_can_do_more_is_revoked_at_once) {
  FakeIssuer issuer{.answers = {{200, R"({"id":42})"}, {201, wide_token}, {204, ""}}};
  const auto minted = carry_out(issuer.world(), order(policy::TokenProvider::github_app));
  ASSERT_FALSE(minted);
  EXPECT_EQ(issuer.asked.back(), "DELETE https://api.example/installation/token");
  EXPECT_NE(minted.error().why.find("refused and revoked"), std::string::npos) << minted.error().why;
}

TEST(CarryOut, a_wide_token_that_cant_be_revoked_says_so) {
  FakeIssuer issuer{.answers = {{200, R"({"id":42})"}, {201, wide_token}, {500, ""}}};
  const auto minted = carry_out(issuer.world(), order(policy::TokenProvider::github_app));
  ASSERT_FALSE(minted);
  EXPECT_NE(minted.error().why.find("could not be revoked"), std::string::npos) << minted.error().why;
}

TEST(CarryOut, a_client_token_with_more_scopes_is_revoked_at_once) {
  FakeIssuer issuer{
      .answers = {{200, R"({"access_token":"0123456789","token_type":"Bearer","scope":"read admin"})"}, {200, ""}}};
  auto mint = order(policy::TokenProvider::oauth_client);
  mint.issuer.revoke_url = "https://api.example/revoke";
  EXPECT_FALSE(carry_out(issuer.world(), mint));
  EXPECT_EQ(issuer.asked.back(), "POST https://api.example/revoke");
}

TEST(CarryOut, a_command_says_one_word_and_gets_it_back) {
  FakeIssuer issuer;
  auto mint = order(policy::TokenProvider::command);
  mint.mint = {"mint", "  one-token-123\n"};
  const auto minted = carry_out(issuer.world(), mint);
  ASSERT_TRUE(minted);
  EXPECT_EQ(minted->token.view(), "one-token-123");
  for (const char* out : {"", "short", "two words here", "line\nbreak-in-it", "esc\x1b[2Jape-in-it"}) {
    mint.mint = {"mint", out};
    EXPECT_FALSE(carry_out(issuer.world(), mint)) << out;
  }
  RevokeOrder revoke{mint.issuer, {}, SecretText("one-token-123")};
  EXPECT_FALSE(carry_out(issuer.world(), revoke)) << "there is no way to";
  revoke.issuer.revoke = {"take-back"};
  EXPECT_TRUE(carry_out(issuer.world(), revoke));
  EXPECT_EQ(issuer.input, "one-token-123");
}

TEST(CarryOut, without_a_key_nobody_is_asked) {
  FakeIssuer issuer;
  auto mint = order(policy::TokenProvider::github_app);
  mint.issuer.key.clear();
  EXPECT_FALSE(carry_out(issuer.world(), mint));
  EXPECT_TRUE(issuer.asked.empty());
}

TEST(CarryOut, orders_and_answers_cross_the_pipe_unchanged) {
  auto mint = order(policy::TokenProvider::github_app);
  mint.key = SecretText("pem\nlines\n");
  FieldWriter text;
  encode(text, TokenOrder(std::move(mint)));
  const auto read = decode_order(text.view());
  ASSERT_TRUE(read) << read.error().why;
  const auto* back = std::get_if<MintOrder>(&*read);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->key.view(), "pem\nlines\n");
  EXPECT_EQ(back->repository.name, "app");
  EXPECT_EQ(back->permissions, (Permissions{{"contents", "read"}}));
  for (std::size_t cut = 0; cut < text.view().size(); ++cut) EXPECT_FALSE(decode_order(text.view().substr(0, cut)));
  EXPECT_FALSE(decode_order(std::string(text.view()) + "1:x,"));

  FieldWriter answer;
  encode(answer, Result<Minted>(Minted{SecretText("0123456789"), 7, Freshness::kept}));
  const auto minted = decode_answer(answer.view());
  ASSERT_TRUE(minted);
  EXPECT_EQ(minted->expires, 7);
  EXPECT_EQ(minted->freshness, Freshness::kept);
  for (const char* hostile :
       {"", "4:done,", "4:done,1:x,2:-1,1:0,", "4:done,1:x,1:0,1:9,", "5:maybe,", "6:failed,1:a,"})
    EXPECT_FALSE(decode_answer(hostile)) << hostile;
}

}  // namespace
}  // namespace bailey::credentials
