// What the agent finds in its home, and what it can't do about it when the session starts again.
#include "session/keeper.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/temporary_directory.h"

namespace bailey::session {
namespace {

const std::string key = "sk-ant-api03-AAAAbbbb1111CCCCdddd2222";
using Mode = policy::HomeFileMode;

class Lab {
 public:
  Lab() {
    user_.home = user_directory_.file("u");
    user_.config = user_.home + "/.config/bailey";
    EXPECT_TRUE(os::make_directories(user_.home));
    EXPECT_TRUE(os::make_directories(session_.file("home")));
    plan_.is_secret_name = [](std::string_view name) { return name == ".env" || name == "id_rsa"; };
    plan_.secrets.push_back({.id = "key",
                             .source = "file:.a/login.json#/key",
                             .hosts = {"api.example.com"},
                             .methods = {},
                             .paths = {},
                             .uses = {{policy::SecretForm::bearer, {}}},
                             .variable = "A_KEY"});
  }
  void write(const std::string& path, std::string_view text, mode_t mode = 0600) const {
    const auto full = os::join(user_.home, path);
    ASSERT_TRUE(os::make_directories(std::string(os::directory_name(full))));
    ASSERT_TRUE(os::write_file(full, text, mode));
  }
  void link(const std::string& target, const std::string& path) const {
    ASSERT_EQ(::symlink(target.c_str(), os::join(user_.home, path).c_str()), 0);
  }
  std::unique_ptr<Keeper> start(KeepUse use = KeepUse::gateway) {
    auto keeper = Keeper::gather(plan_, user_, {}, session_.path(), use);
    EXPECT_TRUE(keeper) << to_lines(keeper.error());
    EXPECT_TRUE((*keeper)->write_home(std::nullopt));
    return std::move(*keeper);
  }
  [[nodiscard]] std::string inside(const std::string& path) const { return os::join(session_.file("home"), path); }
  [[nodiscard]] std::string read(const std::string& path) const {
    return os::read_file(inside(path)).value_or("nothing");
  }

  TemporaryDirectory user_directory_;
  TemporaryDirectory session_;
  os::UserDirectories user_;
  CredentialPlan plan_;
};

std::string all_notes(const Keeper& keeper) {
  std::string text;
  for (const auto& note : keeper.notes()) text += note + '\n';
  return text;
}

TEST(Keeper, FilesAreCopiedWithPlaceholdersOrNotThere) {
  Lab lab;
  lab.write(".a/login.json", "{\"key\": \"" + key + "\"}");
  lab.write(".a/commands/deploy.sh", "echo " + key + "\n", 0755);
  lab.write(".a/history", "private");
  lab.plan_.home = {{".a/login.json", Mode::placeholder},
                    {".a/commands", Mode::copy},
                    {".a/history", Mode::absent},
                    {".none", Mode::copy}};
  const auto keeper = lab.start();
  const auto* kept = keeper->vault().find("key");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(lab.read(".a/login.json"), "{\n  \"key\": \"" + kept->placeholder + "\"\n}\n");
  EXPECT_EQ(lab.read(".a/commands/deploy.sh"), "echo " + kept->placeholder + "\n");
  struct stat status {};
  ASSERT_EQ(::stat(lab.inside(".a/commands/deploy.sh").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  EXPECT_EQ(lab.read(".a/history"), "nothing");
  EXPECT_EQ(all_notes(*keeper), "");
  const std::vector<std::pair<std::string, std::string>> variables = {{"A_KEY", kept->placeholder}};
  EXPECT_EQ(keeper->vault().variables(), variables);
}

TEST(Keeper, LinksOfTheUserLeadToNoSecretAndNotOut) {
  Lab lab;
  lab.write("dotfiles/settings.json", "{\"theme\": \"dark\"}");
  lab.write(".ssh/id_rsa", "KEY");
  lab.write(".ssh/config", "CONFIG");
  lab.write("dir/plain", "plain");
  lab.write("dir/.env", "SECRET");
  lab.link("dotfiles/settings.json", "settings.json");
  lab.link(".ssh/config", "ssh");
  lab.link("/etc/hostname", "outside");
  lab.link("../.ssh/id_rsa", "dir/inner");
  lab.link("/etc", "dir/etc");
  ASSERT_EQ(::mkfifo(os::join(lab.user_.home, "dir/fifo").c_str(), 0600), 0);
  lab.plan_.home = {
      {"settings.json", Mode::placeholder}, {"ssh", Mode::copy}, {"outside", Mode::copy}, {"dir", Mode::copy}};
  const auto keeper = lab.start();
  EXPECT_NE(lab.read("settings.json").find("dark"), std::string::npos) << "people keep dotfiles";
  EXPECT_EQ(lab.read("ssh"), "nothing");
  EXPECT_EQ(lab.read("outside"), "nothing");
  EXPECT_EQ(lab.read("dir/plain"), "plain");
  for (const char* path : {"dir/.env", "dir/inner", "dir/etc", "dir/fifo"})
    EXPECT_EQ(lab.read(path), "nothing") << path;
  for (const char* name : {"~/ssh", "~/outside", "~/dir"})
    EXPECT_NE(all_notes(*keeper).find(name), std::string::npos) << name;
}

TEST(Keeper, WhatIsNotUnderstoodIsWithheldAndNamed) {
  Lab lab;
  lab.write("settings.json", "{\"key\": \"" + key + "\"  // mine\n}");
  lab.plan_.home = {{"settings.json", Mode::placeholder}};
  const auto keeper = lab.start();
  EXPECT_EQ(lab.read("settings.json"), "nothing");
  EXPECT_NE(all_notes(*keeper).find("withheld from the agent: ~/settings.json"), std::string::npos);
  EXPECT_EQ(all_notes(*keeper).find("AAAAbbbb"), std::string::npos) << "nor does the note quote it";
}

TEST(Keeper, ASessionThatStartsAgainHasTheSamePlaceholdersAndItsOwnCopies) {
  Lab lab;
  lab.write(".a/login.json", "{\"key\": \"" + key + "\"}");
  lab.write("notes.md", "from the host");
  lab.plan_.home = {{".a/login.json", Mode::placeholder}, {"notes.md", Mode::copy}};
  const auto first = lab.start()->vault().find("key")->placeholder;
  ASSERT_TRUE(os::write_file(lab.inside("notes.md"), "the agent's"));
  ASSERT_TRUE(os::write_file(lab.inside(".a/login.json"), "{}"));
  const auto again = lab.start();
  EXPECT_EQ(again->vault().find("key")->placeholder, first);
  EXPECT_EQ(lab.read("notes.md"), "the agent's");
  EXPECT_NE(lab.read(".a/login.json").find(first), std::string::npos) << "a login that was renewed counts";
  const auto seed = lab.session_.file("placeholders.seed");
  struct stat status {};
  ASSERT_EQ(::stat(seed.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(Keeper, LinksThatTheAgentMadeInItsHomeAreNotFollowed) {
  Lab lab;
  lab.write(".a/login.json", "{\"key\": \"" + key + "\"}");
  lab.write(".b/settings.json", "{}");
  lab.write("victim/login.json", "theirs");
  lab.plan_.home = {{".a/login.json", Mode::placeholder}, {".b/settings.json", Mode::placeholder}};
  // A directory that is a link, and a file that is one.
  ASSERT_EQ(::symlink(os::join(lab.user_.home, "victim").c_str(), lab.inside(".a").c_str()), 0);
  ASSERT_TRUE(os::make_directories(lab.inside(".b")));
  ASSERT_EQ(::symlink(os::join(lab.user_.home, "victim/login.json").c_str(), lab.inside(".b/settings.json").c_str()),
            0);
  const auto keeper = lab.start();
  EXPECT_EQ(os::read_file(os::join(lab.user_.home, "victim/login.json")).value_or(""), "theirs");
  EXPECT_NE(all_notes(*keeper).find("~/.a/login.json"), std::string::npos);
  EXPECT_EQ(lab.read(".b/settings.json"), "{}\n") << "the link was replaced";
}

TEST(Keeper, WithoutANetworkNothingIsReadAndFilesHaveCanariesOnly) {
  Lab lab;
  lab.write(".a/login.json", "{\"key\": \"" + key + "\"}");
  lab.plan_.home = {{".a/login.json", Mode::placeholder}};
  const auto keeper = lab.start(KeepUse::nothing);
  EXPECT_TRUE(keeper->vault().reports().empty());
  EXPECT_TRUE(keeper->vault().variables().empty());
  EXPECT_EQ(lab.read(".a/login.json").find(key), std::string::npos);
}

TEST(Keeper, VariablesAreWipedFromTheProcess) {
  ::setenv("BAILEY_TEST_SECRET", "aaaa1111bbbb2222", 1);
  const char* value = std::getenv("BAILEY_TEST_SECRET");
  std::vector<std::pair<std::string, std::string>> environment = {{"BAILEY_TEST_SECRET", "aaaa1111bbbb2222"},
                                                                  {"OTHER", "kept"}};
  wipe_variables({"BAILEY_TEST_SECRET"}, environment);
  EXPECT_EQ(environment[0].second, "");
  EXPECT_EQ(environment[1].second, "kept");
  EXPECT_EQ(std::getenv("BAILEY_TEST_SECRET"), nullptr);
  EXPECT_EQ(value[0], '\0');
}

}  // namespace
}  // namespace bailey::session
