#include "gateway/path_glob.h"

#include <gtest/gtest.h>

namespace bailey::gateway {
namespace {

TEST(PathGlob, AStarStaysInItsSegmentAndTwoDoNot) {
  EXPECT_TRUE(path_matches("/a/*/c", "/a/b/c"));
  EXPECT_FALSE(path_matches("/a/*/c", "/a/b/x/c"));
  EXPECT_TRUE(path_matches("/a/**/c", "/a/b/x/c"));
  EXPECT_TRUE(path_matches("/a/**", "/a/"));
  EXPECT_TRUE(path_matches("/a/**", "/a/b/c"));
  EXPECT_FALSE(path_matches("/a/**", "/a"));
  EXPECT_TRUE(path_matches("/*.tgz", "/x.tgz"));
  EXPECT_FALSE(path_matches("/*.tgz", "/x/y.tgz"));
  EXPECT_TRUE(path_matches("**", "/x/y"));
  EXPECT_TRUE(path_matches("/a", "/a"));
  EXPECT_FALSE(path_matches("/a", "/ab"));
  EXPECT_FALSE(path_matches("/ab", "/a"));
  EXPECT_TRUE(path_matches("/***/c", "/a/b/c"));
}

TEST(PathGlob, HostileInputEndsSoon) {
  const auto path = "/" + std::string(path_bytes_max - 1, 'a');
  std::string glob;
  for (int at = 0; at < 40; ++at) glob += "**a*";
  EXPECT_FALSE(path_matches(glob + "b", path));
}

TEST(NormalPath, SpellingsOfOnePathAreOne) {
  EXPECT_EQ(normal_path("/%61dmin/%7Eme"), "/admin/~me");
  EXPECT_EQ(normal_path("/a%c3%bc%20b"), "/a%C3%BC%20b");
  EXPECT_EQ(normal_path("/a/"), "/a/");
  EXPECT_EQ(normal_path("/"), "/");
  EXPECT_EQ(normal_path("/@scope%40x/-/a.tgz"), "/@scope%40x/-/a.tgz");
}

TEST(NormalPath, WhatServersReadDifferentlyHasNone) {
  using namespace std::string_view_literals;
  for (const auto path :
       {""sv,         "a"sv,   "*"sv,      "/../b"sv,  "/a/.."sv,  "/a/./b"sv,    "/a/%2e%2e/b"sv, "/a/%2E./b"sv,
        "/a//b"sv,    "//a"sv, "/a%2fb"sv, "/a%2Fb"sv, "/a%5cb"sv, "/a\\b"sv,     "/a%00"sv,       "/a\0b"sv,
        "/a%0d%0a"sv, "/a%"sv, "/a%2"sv,   "/a%zz"sv,  "/a b"sv,   "/\xC3\xBC"sv, "/a/..;x/b"sv,   "/a/.;/b"sv}) {
    EXPECT_FALSE(normal_path(path)) << path;
  }
  EXPECT_TRUE(normal_path("/" + std::string(path_bytes_max - 1, 'a')));
  EXPECT_FALSE(normal_path("/" + std::string(path_bytes_max, 'a')));
}

}  // namespace
}  // namespace bailey::gateway
