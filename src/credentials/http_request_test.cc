#include "credentials/http_request.h"

#include <gtest/gtest.h>

namespace bailey::credentials {
namespace {

HttpRequest to(std::string url) { return {.method = "GET", .url = std::move(url), .headers = {}, .body = {}}; }

TEST(HttpRequest, nothing_but_https_and_this_machine) {
  for (const char* url : {"https://h", "https://h:8443/x?y", "http://127.0.0.1:80/", "http://localhost:80/"})
    EXPECT_TRUE(is_safe_url(url)) << url;
  for (const char* url : {"", "http://h/", "http://127.0.0.1.evil.example/", "http://localhost.evil.example:80/",
                          "https://", "https://user@h/", "https://user:pw@h/", "https://h/a b", "https://h/\"",
                          "https://h/\n", "https://h/\\", "file:///etc/passwd", "HTTPS://h", "-K/etc/passwd"})
    EXPECT_FALSE(is_safe_url(url)) << url;
}

TEST(HttpRequest, a_secret_can_not_add_options_for_curl) {
  HttpRequest request = to("https://h/");
  request.headers.emplace_back("Authorization", SecretText("Bearer a\"b\\c"));
  request.body = SecretText("@/etc/passwd");
  const auto config = curl_config(request);
  ASSERT_TRUE(config);
  EXPECT_NE(config->find("header = \"Authorization: Bearer a\\\"b\\\\c\"\n"), std::string::npos) << *config;
  EXPECT_NE(config->find("data-raw = \"@/etc/passwd\"\n"), std::string::npos) << "data-raw reads no file";
  EXPECT_NE(config->find("proto = \"=https\"\n"), std::string::npos);
  EXPECT_EQ(config->find("location"), std::string::npos) << "redirects are not followed";
  for (const char* value : {"a\nurl = x", "a\rb", "a\tb"}) {
    HttpRequest hostile = to("https://h/");
    hostile.headers.emplace_back("X", SecretText(value));
    EXPECT_FALSE(curl_config(hostile));
    hostile = to("https://h/");
    hostile.body = SecretText(value);
    EXPECT_FALSE(curl_config(hostile));
  }
  HttpRequest file = to("https://h/");
  file.headers.emplace_back("@/etc/passwd", SecretText("x"));
  EXPECT_FALSE(curl_config(file)) << "curl would read headers from that file";
}

TEST(HttpRequest, the_status_is_the_last_line) {
  const auto answer = parse_curl_output("{\"a\":1}\n201\n204");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->body.view(), "{\"a\":1}\n201");
  for (const char* output : {"", "204", "\n", "\n000", "\n20", "\n2000", "\nabc", "\n-04", "\n204 "})
    EXPECT_FALSE(parse_curl_output(output)) << output;
  EXPECT_FALSE(parse_curl_output(std::string(http_answer_bytes_max + 1, 'x') + "\n200"));
}

TEST(HttpRequest, words_of_a_server_are_cut_and_made_visible) {
  EXPECT_EQ(shown_words("Not Found"), "Not Found");
  EXPECT_EQ(shown_words("bad token ghs_0123456789abcdefghij!"), "bad token …");
  EXPECT_EQ(shown_words("a\x1b[2J").find('\x1b'), std::string::npos);
  EXPECT_LT(shown_words(std::string(5000, 'x')).size(), 300U);
}

TEST(HttpRequest, forms_are_encoded) {
  EXPECT_EQ(form_encoded({{"a", "b c&d=e"}, {"é", "+"}}), "a=b%20c%26d%3De&%C3%A9=%2B");
}

}  // namespace
}  // namespace bailey::credentials
