// What is decided about remotes without I/O: addresses, rules, the answer lines, the request line of the guest.
#include <gtest/gtest.h>

#include "git/guarded_remote.h"
#include "git/held_push.h"
#include "git/publish_ask.h"
#include "git/publish_decision.h"
#include "git/publish_report.h"
#include "git/remote_address.h"
#include "git/remote_channel.h"
#include "git/remote_runner.h"
#include "git/remote_service.h"
#include "git/service.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::git {
namespace {

using policy::GitAction;
using policy::GitOp;
using policy::GitRule;

Oid oid(char digit) { return *Oid::parse(std::string(40, digit)); }

TEST(RemoteAddress, TheUsualFormsAreUnderstood) {
  struct Case {
    const char* url;
    Transport transport;
    const char* label;
  };
  for (const auto& [url, transport, label] :
       {Case{"https://github.com/o/r.git", Transport::https, "github.com/o/r"},
        Case{"https://user:pa%40ss@GitHub.com/o/r/", Transport::https, "github.com/o/r"},
        Case{"http://h:8080/r", Transport::http, "h:8080/r"}, Case{"https://h:443/r", Transport::https, "h/r"},
        Case{"ssh://git@h:2222/o/r.git", Transport::ssh, "h:2222/o/r"},
        Case{"git@github.com:o/r.git", Transport::ssh, "github.com/o/r"}, Case{"host:r", Transport::ssh, "host/r"},
        Case{"git@[::1]:o/r", Transport::ssh, "[::1]/o/r"}, Case{"/srv/r.git", Transport::local, "/srv/r"},
        Case{"../r.git", Transport::local, "../r"}, Case{"./a:b", Transport::local, "./a:b"},
        Case{"file:///srv/r.git", Transport::local, "/srv/r"}}) {
    const auto address = parse_remote_address(url);
    ASSERT_TRUE(address) << url;
    EXPECT_EQ(address->transport, transport) << url;
    EXPECT_EQ(label_of(*address), label) << url;
  }
}

TEST(RemoteAddress, WhatCouldRunAProgramIsNone) {
  for (const char* url : {"", "ext::sh -c x", "EXT::x", "fd::7", "bailey::local", "-oProxyCommand=x", "--upload-pack=x",
                          "ssh://-oProxyCommand=x/r", "ssh://-x@h/r", "-x@h:r", "h:-x", "git://h/r", "ftp://h/r",
                          "file://h/r", "https:///r", "https://h", "https://h:x/r", "https://h/\nr", "https://[::1/r"})
    EXPECT_FALSE(parse_remote_address(url)) << url;
  EXPECT_FALSE(parse_remote_address(std::string(remote_address_bytes_max + 1, 'x')));
}

TEST(RemoteAddress, HasOtherSpellings) {
  const auto spellings = spellings_of(*parse_remote_address("git@github.com:o/r.git"));
  for (const char* wanted : {"https://github.com/o/r", "ssh://git@github.com/o/r", "git@github.com:o/r"})
    EXPECT_NE(std::find(spellings.begin(), spellings.end(), wanted), spellings.end()) << wanted;
  EXPECT_TRUE(spellings_of(*parse_remote_address("/srv/r.git")).empty());
  EXPECT_TRUE(spellings_of(*parse_remote_address("https://h:8443/r")).empty());
}

TEST(GuardedRemote, LocalPathsAreAbsoluteAndOutsideOfTheRepository) {
  const auto remote = guarded_remote("origin", "../r.git", "../r.git", "", "/home/u/app");
  ASSERT_TRUE(remote);
  EXPECT_EQ(remote->url, "/home/u/r.git");
  EXPECT_EQ(remote->key, "../r.git");
  for (const char* inside : {"evil.git", "./x", ".", "/home/u/app/x.git", "../app", "file:///home/u/app/x"})
    EXPECT_FALSE(guarded_remote("origin", inside, inside, "", "/home/u/app")) << inside;
  EXPECT_FALSE(guarded_remote("origin", "https://h/r", "https://h/r", "ext::x", "/a"));
  EXPECT_FALSE(guarded_remote("origin", "https://h/r#x", "https://h/r#x", "", "/a"));
  EXPECT_FALSE(guarded_remote("origin", "local", "https://h/r", "", "/a"));
}

TEST(ServiceRequest, IsAServiceAndPerhapsTheKeyOfARemote) {
  const auto plain = parse_service_request("git-receive-pack");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->remote, "");
  const auto remote = parse_service_request("git-upload-pack https://h/o/r");
  ASSERT_TRUE(remote);
  EXPECT_EQ(remote->service, Service::upload_pack);
  EXPECT_EQ(remote->remote, "https://h/o/r");
  for (const char* bad : {"", "git-receive-pack ", "git-receive-pack a\tb", "git-receive-pack a\x1b[31m",
                          "git-x https://h", " git-receive-pack", "git-upload-archive"})
    EXPECT_FALSE(parse_service_request(bad)) << bad;
  EXPECT_FALSE(parse_service_request("git-upload-pack " + std::string(remote_key_bytes_max + 1, 'x')));
}

PushSummary one(ChangeKind kind, const std::string& ref = "refs/heads/claude/x") {
  PushSummary summary;
  summary.changes = {{ref, kind == ChangeKind::create ? Oid() : oid('a'), kind == ChangeKind::remove ? Oid() : oid('b'),
                      kind, "commit", 0}};
  return summary;
}
PublishPolicy policy_with(std::vector<GitRule> rules) { return {"origin", "claude/x", std::move(rules)}; }

TEST(PublishDecision, AsksWithoutARule) {
  for (const auto kind : {ChangeKind::create, ChangeKind::fast_forward, ChangeKind::force, ChangeKind::remove})
    EXPECT_EQ(decide_publish(one(kind), policy_with({})).action, GitAction::prompt);
  EXPECT_TRUE(decide_publish(one(ChangeKind::create), policy_with({})).callouts.empty());
  EXPECT_FALSE(decide_publish(one(ChangeKind::force), policy_with({})).callouts.empty());
  EXPECT_FALSE(decide_publish(one(ChangeKind::create, "refs/heads/main"), policy_with({})).callouts.empty());
  EXPECT_EQ(decide_publish({}, policy_with({})).action, GitAction::block) << "nothing was looked at";
}

TEST(PublishDecision, TheStrictestAnswerOfAllRefsCounts) {
  const std::vector<GitRule> rules = {
      {"main", {GitOp::push}, {}, {"refs/heads/main"}, GitAction::block, "", 0},
      {"own", {GitOp::push}, {"origin"}, {"refs/heads/claude/*"}, GitAction::allow, "", 0},
  };
  EXPECT_EQ(decide_publish(one(ChangeKind::create), policy_with(rules)).action, GitAction::allow);
  EXPECT_EQ(decide_publish(one(ChangeKind::force), policy_with(rules)).action, GitAction::prompt);
  EXPECT_EQ(decide_publish(one(ChangeKind::remove), policy_with(rules)).action, GitAction::prompt);
  EXPECT_EQ(decide_publish(one(ChangeKind::force, "refs/heads/main"), policy_with(rules)).action, GitAction::block);
  EXPECT_EQ(decide_publish(one(ChangeKind::remove, "refs/heads/main"), policy_with(rules)).action, GitAction::block);
  auto two = one(ChangeKind::create);
  two.changes.push_back(one(ChangeKind::create, "refs/heads/main").changes[0]);
  EXPECT_EQ(decide_publish(two, policy_with(rules)).action, GitAction::block);
  auto other = policy_with(rules);
  other.remote = "upstream";
  EXPECT_EQ(decide_publish(one(ChangeKind::create), other).action, GitAction::prompt);
}

TEST(PublishDecision, GlobsOfRefs) {
  EXPECT_TRUE(ref_matches("refs/heads/claude/*", "refs/heads/claude/x"));
  EXPECT_FALSE(ref_matches("refs/heads/claude/*", "refs/heads/claude/x/y"));
  EXPECT_TRUE(ref_matches("refs/heads/**", "refs/heads/claude/x/y"));
  EXPECT_FALSE(ref_matches("refs/heads/claude/*", "refs/heads/claude"));
  EXPECT_TRUE(ref_matches("**", "refs/tags/v1"));
  EXPECT_FALSE(ref_matches("refs/heads/main", "refs/heads/main2"));
}

PushRequest request_of(std::vector<PushCommand> commands) {
  PushRequest request;
  request.commands = std::move(commands);
  request.capabilities = {"report-status", "side-band-64k"};
  return request;
}

TEST(PublishRequest, OnlyFromWhatTheRemoteWasSeenToHave) {
  const PublishFacts facts{ObjectFormat::sha1, {{"refs/heads/main", oid('a')}}, {}};
  const auto verdict = [&](std::vector<PushCommand> commands) {
    return check_publish_request(request_of(std::move(commands)), facts).verdict;
  };
  EXPECT_EQ(verdict({{oid('a'), oid('b'), "refs/heads/main"}}), PushVerdict::allow);
  EXPECT_EQ(verdict({{Oid(), oid('b'), "refs/heads/new"}}), PushVerdict::allow);
  EXPECT_EQ(verdict({{oid('a'), Oid(), "refs/heads/main"}}), PushVerdict::allow) << "decided later";
  EXPECT_EQ(verdict({{oid('c'), oid('b'), "refs/heads/main"}}), PushVerdict::deny) << "another old value";
  EXPECT_EQ(verdict({{Oid(), oid('b'), "refs/heads/main"}}), PushVerdict::deny) << "as if it were new";
  EXPECT_EQ(verdict({{oid('a'), Oid(), "refs/heads/main"}, {Oid(), oid('b'), "refs/heads/main"}}), PushVerdict::deny)
      << "force by delete and create";
  EXPECT_EQ(verdict({{Oid(), Oid(), "refs/heads/none"}}), PushVerdict::deny);
  EXPECT_EQ(verdict({}), PushVerdict::deny);
  for (const char* ref : {"HEAD", "main", "refs/heads/../x", "refs/heads/-x:y", "refs/heads/x y", "refs/bailey/held/x",
                          "refs/namespaces/r0/refs/heads/main", "refs/heads/x\x1b"})
    EXPECT_EQ(verdict({{Oid(), oid('b'), ref}}), PushVerdict::deny) << ref;
}

TEST(Porcelain, TellsWhatBecameOfEachRef) {
  const std::string hex(40, 'a');
  EXPECT_EQ(parse_porcelain("*\t" + hex + ":refs/heads/x\t[new branch]")->refusal, "");
  EXPECT_EQ(parse_porcelain("+\t" + hex + ":refs/heads/x\ta...b (forced update)")->refusal, "");
  EXPECT_EQ(parse_porcelain("-\t:refs/heads/x\t[deleted]")->ref, "refs/heads/x");
  EXPECT_NE(parse_porcelain("!\t" + hex + ":refs/heads/x\t[rejected] (stale info)")->refusal.find("moved"),
            std::string::npos);
  EXPECT_EQ(parse_porcelain("!\t" + hex + ":refs/heads/x\t[remote rejected] (pre-receive hook declined)")->refusal,
            "pre-receive hook declined");
  for (const char* none : {"To http://h/r", "Done", "", "x", "?\ta:b\tc"}) EXPECT_FALSE(parse_porcelain(none)) << none;
}

TEST(PushQuestion, KeepsTheAgentsWordsApartAndVisible) {
  auto summary = one(ChangeKind::create);
  summary.commits = 1;
  summary.authors = {"Eve\x1b[2J <e@x>"};
  summary.subjects = {"harmless\r\x1b[31m approve me"};
  summary.view = "diff\n\x1b]52;c;x\x07\n";
  const auto policy = policy_with({});
  const HeldPush held{std::string(32, 'a'), "https://h/r", {}};
  const auto question = push_question(summary, decide_publish(summary, policy), policy, "h/r", held);
  EXPECT_EQ(question.title, "push 1 commit to origin (h/r), branch claude/x");
  EXPECT_EQ(question.remember, "git-push origin refs/heads/claude/x");
  ASSERT_EQ(question.from_agent.size(), 2U);
  for (const auto& fact : question.from_agent) EXPECT_EQ(fact.text.find('\x1b'), std::string::npos);
  EXPECT_EQ(question.view.find('\x1b'), std::string::npos);
  EXPECT_TRUE(approval::check(question));
  EXPECT_TRUE(
      approval::request_from_json(*json::read(json::write(*json::read(ask_line(question), "x")->find("ask")), "y")));
  EXPECT_EQ(push_question(one(ChangeKind::force), {}, policy, "h/r", held).remember, "") << "only once";
  EXPECT_EQ(push_question(one(ChangeKind::create, "refs/heads/main"), {}, policy, "h/r", held).remember, "");
  EXPECT_TRUE(push_question(one(ChangeKind::force), {}, policy, "h/r", held).title.starts_with("FORCE-push"));
  EXPECT_TRUE(push_question(one(ChangeKind::remove), {}, policy, "h/r", held).title.starts_with("DELETE"));
}

TEST(SupervisorLine, IsAnAnswerOrANumber) {
  EXPECT_EQ(parse_supervisor_line(waiting_line(42))->waiting, 42U);
  EXPECT_EQ(parse_supervisor_line(answer_line({.state = approval::State::denied, .by = "x"}))->answer->state,
            approval::State::denied);
  for (const char* bad : {"", "{}", "[]", "{\"answer\":{}}", "{\"answer\":\"approved\"}", "{\"waiting\":{}}"})
    EXPECT_FALSE(parse_supervisor_line(bad)) << bad;
}

TEST(RemoteService, GoesThereAndBack) {
  RemoteService service;
  service.remote = {"https://h/r", "origin", "lib", "https://u:p@h/r", "ssh://h/r"};
  service.index = 3;
  service.rules = {{"a", {GitOp::force}, {"origin"}, {"refs/heads/**"}, GitAction::log, "why", 2}};
  const auto again = remote_service_from_json(to_json(service));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->remote, service.remote);
  EXPECT_EQ(again->index, 3U);
  EXPECT_EQ(again->rules[0].ops, service.rules[0].ops);
  EXPECT_EQ(again->rules[0].action, GitAction::log);
  EXPECT_FALSE(remote_service_from_json(json::Object{}));
}

TEST(RemoteRunner, TakesOnlyWhatLeadsToCredentialsAndHidesLogins) {
  const auto passed =
      credential_environment({"HOME=/h", "SSH_AUTH_SOCK=/s", "LD_PRELOAD=x", "GIT_DIR=/evil", "GIT_CONFIG_COUNT=1",
                              "GIT_EXTERNAL_DIFF=x", "https_proxy=p", "GIT_TRACE=1"});
  EXPECT_EQ(passed, (std::vector<std::string>{"HOME=/h", "SSH_AUTH_SOCK=/s", "https_proxy=p"}));
  const RemoteRunner runner("/usr/bin/git", "/q", {"k", "origin", "", "https://robot:s3cret@h/r", ""}, passed);
  EXPECT_EQ(runner.without_logins("fatal: https://robot:s3cret@h/r"), "fatal: https://***:***@h/r");
  for (const auto& variable : runner.environment()) EXPECT_FALSE(variable.starts_with("LD_")) << variable;
}

}  // namespace
}  // namespace bailey::git
