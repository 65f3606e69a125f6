#include "gateway/git_guard.h"

#include <gtest/gtest.h>

namespace bailey::gateway {
namespace {

RequestHead request(std::string method, std::string path, HttpFields fields = {}) {
  RequestHead head;
  head.method = std::move(method);
  head.path = std::move(path);
  head.fields = std::move(fields);
  return head;
}

TEST(GitGuard, FetchingAndReadingPass) {
  for (const auto& [method, path] : std::initializer_list<std::pair<const char*, const char*>>{
           {"GET", "/o/r.git/info/refs?service=git-upload-pack"},
           {"POST", "/o/r.git/git-upload-pack"},
           {"GET", "/git/git/blob/master/builtin/receive-pack.c"},
           {"GET", "/search?q=git-receive-pack"},
           {"GET", "/o/r.git/info/lfs/objects/0123"},
           {"POST", "/o/r.git/info/lfs/objects/batch"},
           {"POST", "/o/r.git/info/lfs/locks/verify"},
           {"POST", "/graphql"},
           {"PUT", "/repository/npm/-/package/x"},
           {"GET", "/100%"},
           {"GET", "/%zz?%"}})
    EXPECT_FALSE(publishing_by_git(request(method, path))) << method << ' ' << path;
}

TEST(GitGuard, PushesAreRefusedInEverySpelling) {
  for (const auto& [method, path] : std::initializer_list<std::pair<const char*, const char*>>{
           {"GET", "/o/r.git/info/refs?service=git-receive-pack"},
           {"GET", "/o/r/info/refs?service=git-receive-pack"},
           {"GET", "/o/r.git/info/refs?service=git%2Dreceive-pack"},
           {"GET", "/o/r.git/info/refs?service=git%252Dreceive-pack"},
           {"GET", "/o/r.git/info/refs?service=git-upload-pack&service=git-receive-pack"},
           {"GET", "/o/r.git/info/refs?SERVICE=GIT-RECEIVE-PACK"},
           {"GET", "/o/r.git/info%2Frefs?service=git-receive-pack"},
           {"GET", "/o/r.git/info/refs/?service=git-receive-pack"},
           {"HEAD", "/o/r.git/info/refs?x=1&service=git-receive-pack"},
           {"POST", "/o/r.git/git-receive-pack"},
           {"POST", "/o/r.git/git-receive-pack/"},
           {"POST", "/o/r.git/git-receive%2dpack"},
           {"POST", "/o/r.git/%67it-receive-pack"},
           {"PATCH", "/o/r.git/git-receive-pack"},
           {"LOCK", "/o/r.git/info/refs"},
           {"MKCOL", "/o/r.git/objects/ab"},
           {"PUT", "/o/r.git/objects/ab/cd"}})
    EXPECT_TRUE(publishing_by_git(request(method, path))) << method << ' ' << path;
  EXPECT_TRUE(
      publishing_by_git(request("POST", "/o/r.git/x", {{"Content-Type", "application/x-git-receive-pack-request"}})));
  EXPECT_TRUE(publishing_by_git(request("POST", "/o/r.git/x", {{"accept", "application/x-Git-Receive-Pack-result"}})));
}

TEST(GitGuard, LargeFilesCanBeFetchedButNotSent) {
  for (const auto& [method, path] :
       std::initializer_list<std::pair<const char*, const char*>>{{"PUT", "/o/r.git/info/lfs/objects/0123/5"},
                                                                  {"POST", "/o/r.git/info/lfs/verify"},
                                                                  {"POST", "/o/r.git/info/lfs/objects/0123"},
                                                                  {"POST", "/o/r.git/info/lfs/locks"},
                                                                  {"PUT", "/o/r.git/gitlab-lfs/objects/0123/5"},
                                                                  {"PUT", "/o/r.git/info%2flfs/objects/0123/5"}})
    EXPECT_TRUE(publishing_by_git(request(method, path))) << method << ' ' << path;
  EXPECT_TRUE(publishing_by_git(request("POST", "/o/r.git/info/lfs/objects/batch", {{"Content-Encoding", "gzip"}})));
}

bool passes(const std::vector<std::string>& pieces) {
  const auto scanner = large_files_scanner(request("POST", "/o/r.git/info/lfs/objects/batch"));
  for (const auto& piece : pieces)
    if (scanner->scan(piece)) return false;
  return !scanner->finish();
}

TEST(GitGuard, TheBatchOfLargeFilesMayOnlyAskForDownloads) {
  EXPECT_EQ(large_files_scanner(request("POST", "/o/r.git/git-upload-pack")), nullptr);
  const std::string download = R"({"operation":"download","objects":[{"oid":"01","size":5}],"transfers":["basic"]})";
  EXPECT_TRUE(passes({download}));
  std::vector<std::string> bytes;
  for (const char c : download) bytes.emplace_back(1, c);
  EXPECT_TRUE(passes(bytes)) << "byte by byte";
  for (const char* bad : {R"({"operation":"upload","objects":[]})", R"({"objects":[],"operation":"upload"})",
                          R"({"operation":"download","objects":[],"operation":"upload"})",
                          R"({"operation":"download","\u006fperation":"upload"})", R"( {"operation":"download"})",
                          R"({"operation": "upload"})", "", "{", R"({"operation":"downlo)", "[]"})
    EXPECT_FALSE(passes({bad})) << bad;
  EXPECT_FALSE(passes({R"({"operation":"download","oper)", R"(ation":"upload"})"})) << "cut in two";
  EXPECT_FALSE(passes({R"({"operation":"download",""operation":"upload"})"}));
}

}  // namespace
}  // namespace bailey::gateway
