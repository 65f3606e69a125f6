#include "git/repository.h"

#include <gtest/gtest.h>

#include "git/config_file.h"
#include "git/git_lab.h"
#include "os/files.h"

namespace bailey::git {
namespace {

TEST(ConfigFile, ReadsGitsSyntax) {
  const auto config = parse_config(
      "# c\n[core]\n\tbare = false ; c\n\tName = \" a # b \"  # c\n\tflag\n[Remote \"Ori\\\"gin\"] url = "
      "a\\\nb\n[a.B]\nx=\\t\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(*config_value(*config, "core.bare"), "false");
  EXPECT_EQ(*config_value(*config, "core.name"), " a # b ");
  EXPECT_EQ(*config_value(*config, "core.flag"), "true");
  EXPECT_EQ(*config_value(*config, "remote.Ori\"gin.url"), "ab");
  EXPECT_EQ(*config_value(*config, "a.b.x"), "\t");
  EXPECT_EQ(config_value(*config, "core.none"), nullptr);
}

TEST(ConfigFile, TheLastValueWins) { EXPECT_EQ(*config_value(*parse_config("[a]x=1\nx=2\n"), "a.x"), "2"); }

TEST(ConfigFile, RefusesWhatGitRefuses) {
  for (const char* bad :
       {"x = 1\n", "[a\nx=1\n", "[a]\nx = \"1\n", "[a \"b\n\"]\n", "[a]\n=1\n", "[a]\nx y\n", "[a]\nx=\\q\n"})
    EXPECT_FALSE(parse_config(bad)) << bad;
  EXPECT_FALSE(parse_config(std::string(config_bytes_max + 1, '\n')));
  std::string many = "[a]\n";
  for (std::size_t i = 0; i <= config_entries_max; ++i) many += "x\n";
  EXPECT_FALSE(parse_config(many));
}

TEST(Repository, APlainOne) {
  GitLab lab;
  lab.make_host();
  const auto host = lab.host();
  EXPECT_EQ(host.git_dir, host.common_dir);
  EXPECT_EQ(host.bareness, Bareness::has_worktree);
  EXPECT_EQ(host.reflogs, ReflogPolicy::usual);
  EXPECT_EQ(host.object_stores, std::vector{lab.path("host/.git/objects")});
  EXPECT_EQ(host.shallow, "");
}

TEST(Repository, ALinkedWorktreeSharesTheCommonDirectory) {
  GitLab lab;
  lab.make_host();
  lab.out("git -C host worktree add -q -b side ../side");
  const auto side = open_host_repository(lab.path("host/.git/worktrees/side"));
  ASSERT_TRUE(side);
  EXPECT_EQ(side->common_dir, lab.path("host/.git"));
  EXPECT_EQ(side->git_dir, lab.path("host/.git/worktrees/side"));
}

TEST(Repository, ABareOneWithOtherObjectsAndFormats) {
  GitLab lab;
  lab.make_host("--object-format=sha256");
  lab.out("git clone -q --bare --shared host second; git clone -q --bare --shared second third");
  const auto third = open_host_repository(lab.path("third"));
  ASSERT_TRUE(third) << to_lines(third.error());
  EXPECT_EQ(third->format, ObjectFormat::sha256);
  EXPECT_EQ(third->bareness, Bareness::bare);
  EXPECT_EQ(third->reflogs, ReflogPolicy::never);
  const std::vector expected{lab.path("third/objects"), lab.path("second/objects"), lab.path("host/.git/objects")};
  EXPECT_EQ(third->object_stores, expected);
}

TEST(Repository, AlternatesThatLeadInCirclesOrNowhere) {
  GitLab lab;
  lab.make_host();
  lab.out(
      "echo /nonexistent/objects >host/.git/objects/info/alternates; echo ../objects "
      ">>host/.git/objects/info/alternates");
  EXPECT_EQ(lab.host().object_stores.size(), 1U);
}

TEST(Repository, TooManyAlternatesAreRefused) {
  GitLab lab;
  lab.make_host();
  lab.out("for i in $(seq 70); do mkdir o$i; echo $PWD/o$i >>host/.git/objects/info/alternates; done");
  EXPECT_FALSE(open_host_repository(lab.path("host/.git")));
}

TEST(Repository, OtherRefStorageIsRefusedWithARemedy) {
  GitLab lab;
  lab.make_host();
  lab.out("git -C host config core.repositoryFormatVersion 1; git -C host config extensions.refStorage reftable");
  const auto host = open_host_repository(lab.path("host/.git"));
  ASSERT_FALSE(host);
  EXPECT_NE(host.error().remedy.find("git refs migrate"), std::string::npos);
}

TEST(Repository, LinksAndDevicesInPlaceOfFilesAreRefused) {
  GitLab lab;
  lab.make_host();
  lab.out("mv host/.git/config elsewhere; ln -s ../../elsewhere host/.git/config");
  EXPECT_FALSE(open_host_repository(lab.path("host/.git")));
  lab.out("rm host/.git/config; mkfifo host/.git/config");
  EXPECT_FALSE(open_host_repository(lab.path("host/.git"))) << "a fifo must not make us wait either";
  lab.out("rm host/.git/config; mv elsewhere host/.git/config");
  EXPECT_TRUE(open_host_repository(lab.path("host/.git"))) << "control";
}

}  // namespace
}  // namespace bailey::git
