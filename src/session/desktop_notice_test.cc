#include "session/desktop_notice.h"

#include <gtest/gtest.h>

namespace bailey::session {
namespace {

TEST(DesktopNotice, IsShownOnlyWhereADesktopIs) {
  EXPECT_FALSE(notice_command({}, "claude-x", "git-push", 7));
  EXPECT_FALSE(notice_command({{"HOME", "/home/u"}, {"DISPLAY", ""}}, "claude-x", "git-push", 7));
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"})
    EXPECT_TRUE(notice_command({{name, ":0"}}, "claude-x", "git-push", 7)) << name;
}

TEST(DesktopNotice, RunsAFixedProgramWithLittleOfTheEnvironment) {
  const auto command = notice_command(
      {{"PATH", "/tmp/evil"}, {"LD_PRELOAD", "/tmp/evil.so"}, {"DISPLAY", ":0"}, {"API_KEY", "x"}}, "s", "domain", 1);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->argv[0], notify_program);
  EXPECT_EQ(command->environment, std::vector<std::string>{"DISPLAY=:0"});
}

TEST(DesktopNotice, NothingInItIsMarkupOrAnOption) {
  const auto command = notice_command({{"DISPLAY", ":0"}}, "--hint=x<b>&amp;\n\x1b", "<img src=x>", 7);
  ASSERT_TRUE(command);
  ASSERT_EQ(command->argv[2], "--");
  for (const auto& argument : command->argv) EXPECT_EQ(argument.find_first_of("<>&\n\x1b"), std::string::npos);
}

}  // namespace
}  // namespace bailey::session
