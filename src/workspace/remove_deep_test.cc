#include "workspace/remove_deep.h"

#include <sys/resource.h>

#include "os/files.h"
#include "workspace/test_support.h"

namespace bailey::workspace {
namespace {

class RemoveDeepTest : public WorkspaceTest {};

TEST_F(RemoveDeepTest, TreeDeeperThanDescriptorsAndNamesAllowIsRemoved) {
  shell(
      "python3 -c \"import os\nos.mkdir('deep'); os.chdir('deep')\nfor i in range(20000):\n os.mkdir('dddddddd'); "
      "os.chdir('dddddddd')\nopen('end','w')\"");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{256, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto removed = remove_deep(at("deep"));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(removed) << to_lines(removed.error());
  EXPECT_FALSE(os::exists(at("deep")));
}

TEST_F(RemoveDeepTest, ClosedDirectoriesFilesAndLinksGoAndNothingBehindALinkDoes) {
  shell(
      "mkdir -p keep t/a/b t/closed/in; echo k >keep/file; echo x >t/a/b/x; ln -s ../../keep t/a/link; mkfifo t/pipe; "
      "mkdir t/moved-up-0; chmod 0 t/closed/in t/closed t/a/b; touch file; ln -s keep link");
  EXPECT_TRUE(remove_deep(at("t")));
  EXPECT_TRUE(remove_deep(at("file")));
  EXPECT_TRUE(remove_deep(at("link")));
  EXPECT_TRUE(remove_deep(at("nothing")));
  EXPECT_EQ(shell("ls; cat keep/file"), "home\nkeep\nstate\nk");
}

}  // namespace
}  // namespace bailey::workspace
