#include <gtest/gtest.h>

#include "policy/manifest.h"
#include "policy/oauth_login_file.h"
#include "toml/parse.h"

namespace bailey::policy {
namespace {

constexpr const char* good = R"(
file = ".agent/auth.json"
access = "/tokens/access"
refresh = "/tokens/refresh"
token_url = "https://login.example/token"
client = "client-1"
)";

Result<OAuthLogin> read(const std::string& text) { return read_oauth_login(TRY(toml::parse(text, "t.toml"))); }

TEST(OAuthLogin, what_it_needs_at_least) {
  const auto login = read(good);
  ASSERT_TRUE(login) << login.error().why;
  EXPECT_EQ(login->source(), "file:.agent/auth.json#/tokens/access");
  EXPECT_EQ(login->body, LoginBody::form);
  EXPECT_EQ(login->expires, "");
}

TEST(OAuthLogin, mistakes_are_refused_with_their_place) {
  const std::string text = good;
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  for (const auto& wrong : {with("https://login", "http://login"), with(".agent/", "../"), with(".agent/", "/"),
                            with("/tokens/access", "tokens"), with(".agent/auth", "a#b"),
                            with("client = \"client-1\"", ""), text + "unit = \"hours\"\n", text + "body = \"xml\"\n",
                            text + "unknown = 1\n", text + "expires = \"at\"\n", with("client-1", "")}) {
    const auto refused = read(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_NE((refused.error().what + refused.error().why).find("t.toml:"), std::string::npos) << refused.error().why;
  }
}

TEST(OAuthLogin, logins_of_the_agents_are_among_their_secrets) {
  for (const char* agent : {"claude", "codex", "gemini"}) {
    const auto manifest = load_manifest(agent, "/nonexistent");
    ASSERT_TRUE(manifest) << manifest.error().why;
    ASSERT_EQ(manifest->logins.size(), 1U) << agent;
    bool found = false;
    for (const auto& secret : manifest->secrets) found = found || secret.source == manifest->logins[0].source();
    EXPECT_TRUE(found) << agent;
  }
}

}  // namespace
}  // namespace bailey::policy
