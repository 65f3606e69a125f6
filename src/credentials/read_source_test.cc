#include "credentials/read_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "credentials/file_source.h"
#include "credentials/helper_program.h"
#include "credentials/test_support.h"

namespace bailey::credentials {
namespace {

// "=value", "absent: why", "refused: why | remedy"
std::string answer(std::string_view source, const SourceContext& context) {
  const auto read = read_source(source, context);
  if (read.state == SourceState::present) return "=" + std::string(read.value.view());
  return std::string(source_state_words[static_cast<std::size_t>(read.state)]) + ": " + read.why +
         (read.remedy.empty() ? "" : " | " + read.remedy);
}

bool starts(const std::string& text, std::string_view start) { return text.starts_with(start); }

TEST(ReadSource, Variables) {
  const Home home;
  const auto context = home.context({{"TOKEN", " abc \n"}, {"EMPTY", " "}});
  EXPECT_EQ(answer("env:TOKEN", context), "=abc");
  EXPECT_TRUE(starts(answer("env:EMPTY", context), "absent: "));
  EXPECT_TRUE(starts(answer("env:OTHER", context), "absent: "));
  EXPECT_TRUE(starts(answer("nonsense", context), "refused: "));
}

TEST(ReadSource, TheSecretsFileIsOursAloneOrRefused) {
  const Home home;
  const auto context = home.context();
  const std::string file = ".config/bailey/mcp-secrets.env";
  EXPECT_TRUE(starts(answer("secrets:NPM", context), "absent: "));
  home.write(file, "NPM=abc\n", 0600);
  EXPECT_EQ(answer("secrets:NPM", context), "=abc");
  EXPECT_TRUE(starts(answer("secrets:OTHER", context), "absent: "));
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U}) {
    ASSERT_EQ(::chmod(home.at(file).c_str(), mode), 0);
    EXPECT_TRUE(starts(answer("secrets:NPM", context), "refused: ")) << mode;
    EXPECT_NE(answer("secrets:NPM", context).find("chmod 600"), std::string::npos);
  }
  ASSERT_EQ(::chmod(home.at(file).c_str(), 0600), 0);
  ASSERT_EQ(::rename(home.at(file).c_str(), home.at("elsewhere").c_str()), 0);
  ASSERT_EQ(::symlink(home.at("elsewhere").c_str(), home.at(file).c_str()), 0);
  EXPECT_TRUE(starts(answer("secrets:NPM", context), "refused: ")) << "a link could be anybody's";
  ASSERT_EQ(::unlink(home.at(file).c_str()), 0);
  ASSERT_EQ(::mkfifo(home.at(file).c_str(), 0600), 0);
  EXPECT_TRUE(starts(answer("secrets:NPM", context), "refused: ")) << "and does not wait for a writer";
}

TEST(ReadSource, FilesWholeAndInTheirForms) {
  const Home home;
  const auto context = home.context();
  home.write("token", " abc\n");
  home.write("empty", "\n");
  home.write("a.json", R"({"t": {"a/b": ["x", "abc"], "n": null, "i": 5, "e": ""}})");
  home.write("a.toml", "[p.x]\ntoken = 'abc'\n");
  home.write(".npmrc", "//r.example/:_authToken=abc\n");
  home.write("bad.json", "{\"t\": \"hunter2hunter2");
  EXPECT_EQ(answer("file:token", context), "=abc");
  EXPECT_TRUE(starts(answer("file:empty", context), "absent: "));
  EXPECT_TRUE(starts(answer("file:none", context), "absent: "));
  EXPECT_TRUE(starts(answer("file:token/below", context), "absent: "));
  EXPECT_EQ(answer("file:a.json#/t/a~1b/1", context), "=abc");
  for (const char* pointer : {"/t/a~1b/2", "/t/a~1b/01x", "/t/n", "/t/e", "/none", "/t/a~1b/1/x"})
    EXPECT_TRUE(starts(answer("file:a.json#" + std::string(pointer), context), "absent: ")) << pointer;
  EXPECT_TRUE(starts(answer("file:a.json#/t/i", context), "refused: "));
  EXPECT_TRUE(starts(answer("file:a.json#/t", context), "refused: "));
  EXPECT_EQ(answer("file:a.toml#p.x.token", context), "=abc");
  EXPECT_TRUE(starts(answer("file:a.toml#p.y", context), "absent: "));
  EXPECT_EQ(answer("file:.npmrc#//r.example/:_authToken", context), "=abc");
  EXPECT_TRUE(starts(answer("file:bad.json#/t", context), "refused: "));
  EXPECT_EQ(answer("file:bad.json#/t", context).find("hunter2"), std::string::npos);
}

TEST(ReadSource, LinksLeadBelowTheHomeDirectoryOrAreRefused) {
  const Home home;
  const Home other;
  const auto context = home.context();
  home.write("dotfiles/token", "abc");
  other.write("token", "theirs");
  ASSERT_EQ(::symlink("dotfiles/token", home.at("inside").c_str()), 0);
  ASSERT_EQ(::symlink(other.at("token").c_str(), home.at("outside").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", home.at("dangling").c_str()), 0);
  ASSERT_EQ(::mkfifo(home.at("fifo").c_str(), 0600), 0);
  EXPECT_EQ(answer("file:inside", context), "=abc");
  EXPECT_TRUE(starts(answer("file:outside", context), "refused: "));
  EXPECT_TRUE(starts(answer("file:dangling", context), "absent: "));
  EXPECT_TRUE(starts(answer("file:fifo", context), "refused: "));
  EXPECT_TRUE(starts(answer("file:dotfiles", context), "refused: "));
  home.write("large", std::string(source_file_bytes_max + 1, 'x'));
  EXPECT_TRUE(starts(answer("file:large", context), "refused: "));
}

TEST(ReadSource, GitAnswersForItsHelpersAndNeverAsks) {
  const Home home;
  home.program("git-credential-mine", "[ \"$1\" = get ] && printf 'username=u\\npassword=abc\\n'\n");
  home.write(".gitconfig", "[credential \"https://a.example\"]\n\thelper = mine\n");
  const auto context = home.context({{"GIT_ASKPASS", home.at("bin/ask")}, {"GIT_DIR", home.path()}});
  home.program("ask", "touch " + home.at("asked") + "; echo wrong\n");
  EXPECT_EQ(answer("git-credential:https://a.example/repo", context), "=abc");
  EXPECT_TRUE(starts(answer("git-credential:https://b.example", context), "absent: "));
  EXPECT_FALSE(os::exists(home.at("asked")));
}

TEST(ReadSource, ProgramsThatKeepSecrets) {
  const Home home;
  home.program(
      "gh", "[ \"$*\" = 'auth token --hostname github.com' ] && echo abc || { echo 'not logged in' >&2; exit 1; }\n");
  home.program("secret-tool", "[ \"$*\" = 'lookup service s account a b' ] && printf abc\n");
  home.program("pass", "echo \"$2\"\n");
  const auto context = home.context();
  EXPECT_EQ(answer("gh:github.com", context), "=abc");
  EXPECT_EQ(answer("gh:other.example", context), "absent: gh knows none: not logged in");
  EXPECT_EQ(answer("keyring:s/a b", context), "=abc");
  EXPECT_TRUE(starts(answer("keyring:s/b", context), "absent: "));
  EXPECT_EQ(answer("command:pass show a/b", context), "=a/b");
  EXPECT_EQ(answer("command:" + home.at("bin/pass") + " show $HOME;x", context), "=$HOME;x") << "there is no shell";
  EXPECT_TRUE(starts(answer("command:no-such-program", context), "refused: "));
}

TEST(ReadSource, WhatGoesWrongInAProgramIsSaidInOneHarmlessLine) {
  const Home home;
  home.program("bad", "printf 'no\\033[2J\\nsecond line' >&2; exit 3\n");
  home.program("silent", "exit 0\n");
  home.program("endless", "exec yes\n");
  const auto context = home.context();
  EXPECT_EQ(answer("command:bad", context),
            "refused: 'bad' ended with status 3: no\\x1b[2J | run it yourself to see why");
  EXPECT_TRUE(starts(answer("command:silent", context), "refused: "));
  EXPECT_TRUE(starts(answer("command:endless", context), "refused: "));
}

TEST(ReadSource, AProgramGetsNoTerminalNoInputNoOtherSecretAndNoRepository) {
  const Home home;
  home.program("show", "cat; pwd; echo \"other=$OTHER\"; (: </dev/tty) 2>/dev/null && echo tty; true\n");
  auto context = home.context({{"OTHER", "hunter2"}});
  EXPECT_EQ(answer("command:show", context), "=/\nother=hunter2") << "control";
  context.withheld_variables = {"OTHER"};
  EXPECT_EQ(answer("command:show", context), "=/\nother=");
}

TEST(RunHelper, EndsOneThatTakesTooLongWithAllThatItStarted) {
  const Home home;
  home.program("slow", "echo waiting for you >&2; sleep 1000 & echo $! >" + home.at("pid") + "; wait\n");
  const auto run = run_helper({home.at("bin/slow")}, {"PATH=/usr/bin:/bin"}, {}, std::chrono::milliseconds(1000));
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().why.find("waiting for you"), std::string::npos);
  const auto pid = os::read_file(home.at("pid"));
  ASSERT_TRUE(pid);
  const auto is_gone = [&] { return ::kill(std::atoi(pid->c_str()), 0) != 0; };
  for (int look = 0; look < 100 && !is_gone(); ++look) ::usleep(20'000);
  // As a zombie of whoever adopts orphans it may still have a name.
  const auto state = os::read_file("/proc/" + std::to_string(std::atoi(pid->c_str())) + "/stat");
  EXPECT_TRUE(is_gone() || !state || state->find(") Z ") != std::string::npos);
}

TEST(RunHelper, ADaemonThatItLeavesBehindHoldsNothingUp) {
  const Home home;
  home.program("daemon", "sleep 5 & echo abc\n");
  const auto before = std::chrono::steady_clock::now();
  const auto run = run_helper({home.at("bin/daemon")}, {"PATH=/usr/bin:/bin"}, {});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->out.view(), "abc");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4));
}

}  // namespace
}  // namespace bailey::credentials
