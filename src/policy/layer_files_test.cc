#include "policy/layer_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "os/files.h"
#include "policy/trust.h"

namespace bailey::policy {
namespace {

class LayerFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/bailey-layers-XXXXXX";
    root_ = ::mkdtemp(name);
    for (const auto* directory : {"policy.d", "repo", "state"}) {
      ASSERT_TRUE(os::make_directories(root_ + "/" + directory));
    }
    paths_ = {.administrator_directory = root_ + "/policy.d",
              .user_file = root_ + "/config.toml",
              .repository_directory = root_ + "/repo",
              .trust_file = root_ + "/state/bailey/trust"};
  }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(root_)); }

  void write(const std::string& name, std::string_view text) { ASSERT_TRUE(os::write_file(root_ + "/" + name, text)); }
  std::string error() {
    const auto files = read_layers(paths_);
    return files ? "no error" : to_lines(files.error());
  }

  std::string root_;
  LayerPaths paths_;
};

TEST_F(LayerFilesTest, AbsentFilesAreAbsentLayers) {
  paths_.administrator_directory = root_ + "/none";
  const auto files = read_layers(paths_);
  ASSERT_TRUE(files) << to_lines(files.error());
  EXPECT_TRUE(files->administrator.empty());
  EXPECT_FALSE(files->user || files->project);
  EXPECT_EQ(files->project_trust, Trust::untrusted);
}

TEST_F(LayerFilesTest, AllLayersAreReadTheAdministratorsInOrder) {
  write("policy.d/20.toml", "b");
  write("policy.d/10.toml", "a");
  write("policy.d/README", "not a policy");
  write("policy.d/.hidden.toml", "an editor's");
  write("config.toml", "user");
  write("repo/.bailey.toml", "project");
  const auto files = read_layers(paths_);
  ASSERT_TRUE(files) << to_lines(files.error());
  ASSERT_EQ(files->administrator.size(), 2u);
  EXPECT_EQ(files->administrator[0].text, "a");
  EXPECT_EQ(files->user->text, "user");
  EXPECT_EQ(files->project->text, "project");
  EXPECT_EQ(files->project_trust, Trust::untrusted);
}

TEST_F(LayerFilesTest, APolicyThatCannotBeReadStopsTheStart) {
  ASSERT_EQ(::symlink("/nonexistent/x", (root_ + "/policy.d/10.toml").c_str()), 0);
  EXPECT_NE(error(), "no error");
  ASSERT_EQ(::unlink((root_ + "/policy.d/10.toml").c_str()), 0);
  EXPECT_EQ(error(), "no error");
  write("policy.d/10.toml", std::string(layer_file_bytes_max + 1, '#'));
  EXPECT_NE(error(), "no error");
}

TEST_F(LayerFilesTest, TooManyPoliciesAreRefused) {
  for (std::size_t i = 0; i <= administrator_files_max; ++i) write("policy.d/" + std::to_string(i) + ".toml", "");
  EXPECT_NE(error().find("more than 100 files"), std::string::npos);
}

TEST_F(LayerFilesTest, ARepositorysLinkFifoDirectoryOrHugeFileIsRefusedAtOnce) {
  const auto project = root_ + "/repo/.bailey.toml";
  write("secret", "aws_key = 1");
  ASSERT_EQ(::symlink((root_ + "/secret").c_str(), project.c_str()), 0);
  EXPECT_NE(error().find("project's configuration"), std::string::npos) << error();
  ASSERT_EQ(::unlink(project.c_str()), 0);
  ASSERT_EQ(::mkfifo(project.c_str(), 0600), 0);
  EXPECT_NE(error().find("not a regular file"), std::string::npos) << error();
  ASSERT_EQ(::unlink(project.c_str()), 0);
  ASSERT_EQ(::mkdir(project.c_str(), 0700), 0);
  EXPECT_NE(error().find("not a regular file"), std::string::npos) << error();
  ASSERT_EQ(::rmdir(project.c_str()), 0);
  write("repo/.bailey.toml", std::string(layer_file_bytes_max, '#'));
  EXPECT_EQ(error(), "no error");
  write("repo/.bailey.toml", std::string(layer_file_bytes_max + 1, '#'));
  EXPECT_NE(error(), "no error");
}

TEST_F(LayerFilesTest, AllowListsAreReadAndAProjectsNeedsTrustOfItsOwn) {
  const auto trust_now = [&] { return read_layers(paths_)->project_trust; };
  paths_.user_allowlist = root_ + "/allowlist.txt";
  write("allowlist.txt", "a.com");
  write("repo/.bailey-allowlist.txt", "b.com");
  EXPECT_EQ(read_layers(paths_)->user_allowlist->text, "a.com");
  EXPECT_EQ(read_layers(paths_)->project_allowlist->text, "b.com");
  EXPECT_EQ(trust_now(), Trust::untrusted);
  const auto shown = trust_project(paths_.trust_file, paths_.repository_directory);
  ASSERT_TRUE(shown) << to_lines(shown.error());
  EXPECT_EQ(shown->allowlist->text, "b.com");
  EXPECT_EQ(trust_now(), Trust::trusted);
  write("repo/.bailey-allowlist.txt", "b.com\nevil.example");
  EXPECT_EQ(trust_now(), Trust::untrusted);
  // The same text in the other file is another text.
  ASSERT_EQ(::unlink((root_ + "/repo/.bailey-allowlist.txt").c_str()), 0);
  write("repo/.bailey.toml", "b.com");
  EXPECT_EQ(trust_now(), Trust::untrusted);
}

TEST_F(LayerFilesTest, TrustHoldsForExactlyTheTrustedContentAndPlace) {
  const auto trust_now = [&] { return read_layers(paths_)->project_trust; };
  write("repo/.bailey.toml", "network = 'proxy'");
  EXPECT_EQ(trust_now(), Trust::untrusted);
  const auto shown = trust_project(paths_.trust_file, paths_.repository_directory);
  ASSERT_TRUE(shown) << to_lines(shown.error());
  EXPECT_EQ(shown->configuration->text, "network = 'proxy'");
  EXPECT_EQ(trust_now(), Trust::trusted);
  write("repo/.bailey.toml", "network = 'allow-all'");
  EXPECT_EQ(trust_now(), Trust::untrusted);
  // Trusting the new content forgets the old one.
  ASSERT_TRUE(trust_project(paths_.trust_file, paths_.repository_directory));
  write("repo/.bailey.toml", "network = 'proxy'");
  EXPECT_EQ(trust_now(), Trust::untrusted);
  ASSERT_TRUE(trust_project(paths_.trust_file, paths_.repository_directory));
  // The same bytes elsewhere are somebody else's.
  ASSERT_TRUE(os::make_directories(root_ + "/other"));
  write("other/.bailey.toml", "network = 'proxy'");
  paths_.repository_directory = root_ + "/other";
  EXPECT_EQ(trust_now(), Trust::untrusted);
  // The same directory through a link is the same.
  ASSERT_EQ(::symlink((root_ + "/repo").c_str(), (root_ + "/link").c_str()), 0);
  paths_.repository_directory = root_ + "/link";
  EXPECT_EQ(trust_now(), Trust::trusted);
  ASSERT_TRUE(forget_project(paths_.trust_file, root_ + "/repo"));
  EXPECT_EQ(trust_now(), Trust::untrusted);
}

TEST_F(LayerFilesTest, NothingToTrustIsAnError) {
  const auto shown = trust_project(paths_.trust_file, paths_.repository_directory);
  ASSERT_FALSE(shown);
  EXPECT_NE(to_lines(shown.error()).find("no .bailey.toml"), std::string::npos);
}

TEST(TrustRecord, LinesThatAreNotUnderstoodTrustNothing) {
  const auto record = with_trust("", "/home/u/app", "content");
  EXPECT_EQ(trust_in(record, "/home/u/app", "content"), Trust::trusted);
  EXPECT_EQ(trust_in(record, "/home/u/app", "content "), Trust::untrusted);
  EXPECT_EQ(trust_in(record.substr(1), "/home/u/app", "content"), Trust::untrusted);
  EXPECT_EQ(trust_in(record.substr(0, 100), "/home/u/app", "content"), Trust::untrusted);
  EXPECT_EQ(trust_in("\n \n/home/u/app content\n", "/home/u/app", "content"), Trust::untrusted);
  EXPECT_EQ(trust_in("", "/home/u/app", ""), Trust::untrusted);
}

TEST(TrustRecord, APathWithANewlineAddsNoLine) {
  const auto forged = with_trust("", "/home/u/evil\n" + with_trust("", "/home/u/app", "content"), "x");
  EXPECT_EQ(trust_in(forged, "/home/u/app", "content"), Trust::untrusted);
}

}  // namespace
}  // namespace bailey::policy
