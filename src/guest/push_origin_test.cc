// `git push origin` and `git fetch origin` through the guard, with real git on both ends and a real server behind HTTP
// basic authentication: what is asked, what reaches the remote, and every way around the question.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "git/git_lab.h"
#include "git/remote_address.h"
#include "git/remote_receive.h"
#include "guest/remote_helper.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr const char* login = "robot:s3cret-token";

class PushOrigin : public ::testing::Test {
 protected:
  PushOrigin() { lab.guest_bin = GUEST_BIN; }
  ~PushOrigin() override {
    if (server_ > 0) lab.sh("kill " + std::to_string(server_));
  }

  // host/ with the remote origin, origin.git behind HTTP, work/ as the sandbox has it. The host's credential helper
  // knows the login; the sandbox knows nothing.
  void make_session() {
    lab.make_host();
    lab.out(
        "mkdir srv user && git clone -q --bare host srv/origin.git && git -C srv/origin.git config http.receivepack "
        "true");
    start_server();
    const std::string url = "http://127.0.0.1:" + port_ + "/origin.git";
    lab.out("git -C host remote add origin " + url +
            " && git -C host fetch -q ../srv/origin.git 'refs/heads/*:refs/remotes/origin/*'");
    lab.out(
        "git config --file user/.gitconfig credential.helper '!f() { echo username=robot; echo password=s3cret-token; "
        "}; f'");
    lab.make_quarantine("shell/one");
    lab.make_work("shell/one");
    lab.out("cd work && git remote add origin " + url + " && git config remote.origin.vcs bailey");
    RemoteService service;
    service.remote = *guarded_remote("origin", url, url, "", lab.path("host"));
    service.host_git_dir = lab.host().git_dir;
    lab.remotes = {service};
    lab.host_environment = {"HOME=" + lab.path("user"), "PATH=/usr/bin:/bin"};
    lab.serve();
  }
  void start_server() {
    server_ = std::stoi(lab.out(std::string("python3 -B " BAILEY_SOURCE_DIR "/tests/support/git_http.py srv port ") +
                                login + " >/dev/null 2>server.log & echo $!"));
    port_ = lab.out("while ! [ -e port ]; do sleep 0.1; done; cat port");
  }
  void rule(policy::GitAction action, std::vector<policy::GitOp> ops, std::vector<std::string> refs = {}) {
    lab.remotes[0].rules.push_back({"test", std::move(ops), {"origin"}, std::move(refs), action, "", 0});
    lab.restart_server();
  }
  os::Output push(const std::string& arguments) const { return lab.sh("cd work && git push " + arguments); }
  void commit(const std::string& name) const {
    lab.out("cd work && echo " + name + " >" + name + " && git add . && git commit -q -m " + name);
  }
  std::string remote_refs() const {
    return lab.out("git -C srv/origin.git for-each-ref --format='%(refname) %(objectname)'");
  }
  std::string remote_has(const std::string& ref) const {
    return lab.out("git -C srv/origin.git rev-parse -q --verify " + ref + " || true");
  }
  std::string head() const { return lab.out("git -C work rev-parse HEAD"); }
  void expect_refused(const std::string& arguments, const std::string& reason) const {
    const std::string before = remote_refs();
    const auto result = push(arguments);
    EXPECT_NE(result.exit_status, 0) << arguments;
    EXPECT_NE(result.err.find(reason), std::string::npos) << arguments << '\n' << result.err;
    EXPECT_EQ(remote_refs(), before) << arguments;
  }
  GitLab lab;
  std::string port_;
  int server_ = -1;
};

TEST_F(PushOrigin, IsAskedAboutAndOnYesReachesTheRemoteWithTheHostsCredentials) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  const auto result = push("origin HEAD");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_NE(result.err.find("bailey approvals approve 7"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("pushed to origin"), std::string::npos) << result.err;
  EXPECT_EQ(remote_has("refs/heads/shell/one"), head());
  EXPECT_NE(lab.asks().find("push 1 commit to origin (127.0.0.1:" + port_ + "/origin), branch shell/one"),
            std::string::npos)
      << lab.asks();
  EXPECT_NE(lab.asks().find("\"remember\":\"git-push origin refs/heads/shell/one\""), std::string::npos) << lab.asks();
  EXPECT_NE(lab.reports().find("\"end\":\"pushed\""), std::string::npos) << lab.reports();
  EXPECT_EQ((lab.asks() + lab.reports() + result.err).find("s3cret"), std::string::npos);
  EXPECT_EQ(lab.out("git -C quarantine for-each-ref refs/bailey/held; ls quarantine/held"), "") << "nothing stays held";
  EXPECT_NE(lab.sh("cd work && git -c remote.origin.vcs= push origin HEAD:refs/heads/x </dev/null").exit_status, 0)
      << "the sandbox by itself has no credentials";
}

TEST_F(PushOrigin, DeniedReachesNobodyAndSaysWhatToDo) {
  make_session();
  commit("b");
  lab.answer_with("denied");
  expect_refused("origin HEAD", "[remote rejected] HEAD -> shell/one (denied by the user)");
  lab.answer_with("expired");
  expect_refused("origin HEAD", "nobody decided in time");
  EXPECT_EQ(lab.out("git -C quarantine for-each-ref refs/bailey/held; ls quarantine/held"), "");
  lab.answer_with("approved");
  EXPECT_EQ(push("origin HEAD").exit_status, 0) << "control: the same push";
}

TEST_F(PushOrigin, ForceDeletionTagsAndOtherRefsAreCalledOut) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  ASSERT_EQ(push("origin HEAD").exit_status, 0);
  EXPECT_EQ(push("origin HEAD:refs/heads/main").exit_status, 0);
  EXPECT_NE(lab.asks().find("refs/heads/main is not this session's branch"), std::string::npos) << lab.asks();
  lab.out("cd work && git tag v1 && git notes add -m note");
  EXPECT_EQ(push("origin v1").exit_status, 0);
  EXPECT_NE(lab.asks().find("publishes the tag refs/tags/v1"), std::string::npos);
  EXPECT_EQ(push("origin refs/notes/commits").exit_status, 0);
  EXPECT_NE(lab.asks().find("refs/notes/commits is no branch"), std::string::npos);
  lab.out("cd work && git commit -q --amend -m rewritten && git tag -f v1");
  EXPECT_NE(push("origin HEAD").exit_status, 0) << "the client sees by itself that it is no fast-forward";
  EXPECT_EQ(push("--force origin HEAD").exit_status, 0);
  EXPECT_NE(lab.asks().find("FORCE: rewrites refs/heads/shell/one, which loses 1 commit"), std::string::npos)
      << lab.asks();
  EXPECT_EQ(push("--force origin v1").exit_status, 0);
  EXPECT_NE(lab.asks().find("MOVES the published tag refs/tags/v1"), std::string::npos);
  EXPECT_EQ(push("origin :refs/heads/shell/one").exit_status, 0);
  EXPECT_NE(lab.asks().find("DELETES refs/heads/shell/one at the remote"), std::string::npos);
  EXPECT_EQ(remote_has("refs/heads/shell/one"), "");
}

TEST_F(PushOrigin, ARuleThatAllowsPushesAllowsNeitherForceNorDeletionNorOtherBranches) {
  make_session();
  rule(policy::GitAction::allow, {policy::GitOp::push}, {"refs/heads/shell/*"});
  commit("b");
  lab.answer_with("denied");
  EXPECT_EQ(push("origin HEAD").exit_status, 0) << "control: nobody is asked";
  EXPECT_EQ(lab.asks(), "");
  lab.out("cd work && git commit -q --amend -m rewritten");
  expect_refused("--force origin HEAD", "denied by the user");
  expect_refused("origin +HEAD:refs/heads/shell/one", "denied by the user");
  expect_refused("origin :refs/heads/shell/one", "denied by the user");
  expect_refused("origin HEAD:refs/heads/main", "denied by the user");
  expect_refused("origin HEAD:refs/heads/shell/a/b", "denied by the user");
  expect_refused("origin HEAD:refs/heads/shell/two HEAD:refs/heads/main", "denied by the user");
  rule(policy::GitAction::allow, {policy::GitOp::force, policy::GitOp::remove});
  EXPECT_EQ(push("--force origin HEAD").exit_status, 0) << "control: with a rule that names it";
}

TEST_F(PushOrigin, ARuleThatBlocksIsNotAskedAbout) {
  make_session();
  rule(policy::GitAction::block, {policy::GitOp::push}, {"refs/heads/main"});
  commit("b");
  lab.answer_with("approved");
  expect_refused("origin HEAD:refs/heads/main", "rule test");
  expect_refused("--force origin HEAD:refs/heads/main", "rule test");
  expect_refused("origin HEAD :refs/heads/main", "rule test");
  EXPECT_EQ(push("origin HEAD").exit_status, 0) << "control: another branch";
}

TEST_F(PushOrigin, TheRemoteMovedMeanwhile) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  ASSERT_EQ(push("origin HEAD").exit_status, 0);
  commit("c");
  // Between the question and the outcome somebody else pushes: the held push is carried out after that.
  lab.answer_with("none");
  lab.sh("cd work && timeout -s KILL 3 git push -q origin HEAD");
  lab.restart_server();
  const std::string held = lab.out("ls quarantine/held | sed s/.json//");
  lab.out(
      "git clone -q srv/origin.git other && cd other && git checkout -q shell/one && echo x >x && git add x && "
      "git commit -q -m x && git push -q");
  const RemoteRunner remote(lab.config.git_program, lab.config.quarantine, lab.remotes[0].remote, lab.host_environment);
  const auto report = publish_held(remote, lab.config.quarantine, held);
  ASSERT_TRUE(report) << to_lines(report.error());
  EXPECT_EQ(report->end, PublishEnd::failed);
  EXPECT_NE(report->reason.find("has moved"), std::string::npos) << report->reason;
  EXPECT_EQ(lab.out("git -C srv/origin.git log -1 --format=%s shell/one"), "x") << "nothing was overwritten";
  lab.answer_with("approved");
  EXPECT_NE(push("origin HEAD").exit_status, 0) << "no fast-forward any more";
  EXPECT_EQ(lab.sh("cd work && git pull -q --rebase origin shell/one").exit_status, 0);
  EXPECT_EQ(push("origin HEAD").exit_status, 0) << "control: after a pull";
}

TEST_F(PushOrigin, HeldWhenTheClientGoesAndPushedWhenItIsApprovedLater) {
  make_session();
  commit("b");
  // Nobody answers; the client is killed.
  lab.sh("cd work && timeout -s KILL 3 git push -q origin HEAD");
  const std::string held = lab.out("ls quarantine/held | sed s/.json//");
  ASSERT_FALSE(held.empty());
  EXPECT_EQ(remote_has("refs/heads/shell/one"), "");
  lab.restart_server();  // what served it is killed
  const RemoteRunner remote(lab.config.git_program, lab.config.quarantine, lab.remotes[0].remote, lab.host_environment);
  const auto report = publish_held(remote, lab.config.quarantine, held);
  ASSERT_TRUE(report) << to_lines(report.error());
  EXPECT_EQ(report->end, PublishEnd::published) << report->reason;
  EXPECT_EQ(remote_has("refs/heads/shell/one"), head());
  EXPECT_FALSE(publish_held(remote, lab.config.quarantine, held)) << "once";
  EXPECT_FALSE(publish_held(remote, lab.config.quarantine, "../../x"));
}

TEST_F(PushOrigin, ARemoteThatIsDownAndCredentialsThatAreWrong) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  lab.out(
      "git config --file user/.gitconfig credential.helper '!f() { echo username=robot; echo password=wrong; }; f'");
  auto result = push("origin HEAD");
  EXPECT_NE(result.exit_status, 0);
  EXPECT_NE(result.err.find("refused the host's credentials"), std::string::npos) << result.err;
  lab.out("git config --file user/.gitconfig --unset credential.helper");
  result = push("origin HEAD");
  EXPECT_NE(result.err.find("the host has no credentials"), std::string::npos) << result.err;
  lab.out("kill " + std::to_string(server_));
  server_ = -1;
  lab.out("sleep 0.3");
  result = push("origin HEAD");
  EXPECT_NE(result.err.find("can't be reached"), std::string::npos) << result.err;
}

TEST_F(PushOrigin, FetchBringsTheRemotesBranchesWithoutAQuestion) {
  make_session();
  lab.out(
      "git clone -q srv/origin.git other && cd other && git checkout -q -b topic && echo x >x && git add x && git "
      "commit -q -m x && git push -q origin topic && git tag t && git push -q origin t");
  const auto result = lab.sh("cd work && git fetch origin");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(lab.out("git -C work rev-parse origin/topic"), lab.out("git -C other rev-parse topic"));
  EXPECT_EQ(lab.asks(), "");
  EXPECT_EQ(lab.out("cd work && git ls-remote origin | cut -f2 | sort | tr '\\n' ' '"),
            "HEAD refs/heads/main refs/heads/topic refs/tags/t ")
      << "and nothing of the quarantine's own";
  EXPECT_EQ(lab.out("cd work && git ls-remote local | cut -f2 | sort | tr '\\n' ' '"), "HEAD refs/heads/shell/one ");
  lab.out("git -C other push -q origin :topic");
  lab.out("cd work && git fetch -q --prune origin");
  EXPECT_EQ(lab.out("cd work && git branch -r | tr -d ' \\n'"), "origin/main");
}

TEST_F(PushOrigin, AnotherAddressIsNotTheRemote) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  lab.out("git clone -q --bare host srv/victim.git");
  const std::string base = "http://127.0.0.1:" + port_;
  for (const std::string& url : {base + "/victim.git", base + "/origin", std::string("ext::touch x"),
                                 lab.path("srv/victim.git"), std::string("--upload-pack=x"), base + "/origin.git "}) {
    const auto result = lab.sh("cd work && git push 'bailey::" + url + "' HEAD:refs/heads/x");
    EXPECT_NE(result.exit_status, 0) << url;
  }
  EXPECT_EQ(lab.asks(), "");
  EXPECT_EQ(push("bailey::" + base + "/origin.git HEAD:refs/heads/x").exit_status, 0) << "control: the remote itself";
}

TEST_F(PushOrigin, WhatWasNotOfferedIsRefused) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  expect_refused("-o ci.skip origin HEAD", "push options");
  expect_refused("--atomic origin HEAD", "atomic");
  expect_refused("--signed=true origin HEAD", "signed");
  lab.remotes[0].refused = "this session has no network (--network restricted)";
  lab.restart_server();
  expect_refused("origin HEAD", "this session has no network");
  EXPECT_NE(lab.sh("cd work && git fetch origin").exit_status, 0);
  lab.remotes[0].refused.clear();
  lab.restart_server();
  EXPECT_EQ(push("origin HEAD").exit_status, 0) << "control";
}

TEST_F(PushOrigin, APackThatIsTooLargeOrBrokenStaysOut) {
  make_session();
  lab.config.limits.pack_bytes_max = 100'000;
  lab.restart_server();
  lab.answer_with("approved");
  lab.out("cd work && head -c 1000000 /dev/urandom >big && git add big && git commit -q -m big");
  expect_refused("origin HEAD", "too large");
  lab.config.limits = {};
  lab.restart_server();
  EXPECT_EQ(push("origin HEAD").exit_status, 0) << "control: within the limits";
  // A tree that names ".git" would be written over the repository of whoever checks it out.
  lab.out(
      "cd work && blob=$(git hash-object -w --stdin </dev/null) && python3 -c \"import sys; "
      "sys.stdout.buffer.write(bytes.fromhex('$blob'))\" >blob.bin && tree=$(printf '100644 .git\\0' | cat - "
      "blob.bin | git hash-object -t tree -w --literally --stdin) && "
      "git update-ref refs/heads/bad $(git commit-tree -m bad -p HEAD $tree)");
  expect_refused("origin bad", "refused");
}

TEST_F(PushOrigin, ManyRefsInOnePush) {
  make_session();
  commit("b");
  lab.answer_with("approved");
  lab.out("cd work && for i in $(seq 1500); do echo \"create refs/heads/many/$i HEAD\"; done | git update-ref --stdin");
  const auto result = push("-q origin 'refs/heads/many/*'");
  EXPECT_EQ(result.exit_status, 0) << result.err.substr(0, 500);
  EXPECT_EQ(lab.out("git -C srv/origin.git for-each-ref refs/heads/many | wc -l"), "1500");
}

TEST(HelperAddress, SpellingsLeadToTheSameRepositoryOnlyWhenNothingElseFollows) {
  using guest::parse_helper_address;
  EXPECT_EQ(parse_helper_address("local").key, "");
  EXPECT_EQ(parse_helper_address("https://h/o/r").key, "https://h/o/r");
  EXPECT_EQ(parse_helper_address("git@h:o/r#https://h/o/r#.git").key, "git@h:o/r");
  EXPECT_EQ(parse_helper_address("git@h:o/r#https://h/o/r#").key, "git@h:o/r");
  EXPECT_EQ(parse_helper_address("git@h:o/r#https://h/o/r#/").key, "git@h:o/r");
  const auto other = parse_helper_address("git@h:o/r#https://h/o/r#-fork.git");
  EXPECT_EQ(other.key, "");
  EXPECT_EQ(other.plain, "https://h/o/r-fork.git");
}

}  // namespace
}  // namespace bailey::git
