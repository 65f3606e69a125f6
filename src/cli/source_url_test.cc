#include "cli/source_url.h"

#include <gtest/gtest.h>

namespace bailey::cli {
namespace {

TEST(SourceUrl, PathsAreNoUrls) {
  for (const char* path : {"", ".", "/a/b", "../x", "a:b", "https:/x"}) {
    const auto source = parse_source(path);
    ASSERT_TRUE(source) << path;
    EXPECT_FALSE(*source) << path;
  }
}

TEST(SourceUrl, ARepositoryHasAHostAndAName) {
  const auto source = parse_source("https://Example.org/owner/app.git").value().value();
  EXPECT_EQ(source.host, "example.org");
  EXPECT_EQ(source.port, 443);
  EXPECT_EQ(source.name, "app");
  EXPECT_EQ(source.url, "https://Example.org/owner/app.git");
  EXPECT_EQ(parse_source("https://example.org:8443/app/").value().value().port, 8443);
}

TEST(SourceUrl, WhatCanNotBeClonedSafelyIsRefusedWithARemedy) {
  for (const char* url :
       {"http://example.org/a", "ssh://git@example.org/a", "file:///etc", "https://user:token@example.org/a",
        "https://token@example.org/a", "https://", "https://example.org", "https://example.org/",
        "https://*.example.org/a", "https://example.org/..", "https://example.org/a b", "https://example.org/a?x=1",
        "https://10.0.0.1/a"})
    EXPECT_FALSE(parse_source(url)) << url;
}

}  // namespace
}  // namespace bailey::cli
