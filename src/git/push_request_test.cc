#include "git/push_request.h"

#include <gtest/gtest.h>

#include "git/pkt_line.h"
#include "git/push_answer.h"

namespace bailey::git {
namespace {

const std::string zero(40, '0');
const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string ours = "refs/heads/claude/x";
const std::string caps = std::string(1, '\0') + " report-status side-band-64k object-format=sha1 agent=git/2.39";

PushFacts facts() { return {"claude/x", ObjectFormat::sha1, *Oid::parse(a), {}}; }
Result<PushRequest> parse(const std::vector<std::string>& lines) {
  return parse_push_request(lines, ObjectFormat::sha1);
}
PushDecision decide(const std::vector<std::string>& lines) {
  const auto request = parse(lines);
  EXPECT_TRUE(request);
  return decide_push(*request, facts());
}
void expect_denied(const std::vector<std::string>& lines, const std::string& reason) {
  const auto decision = decide(lines);
  EXPECT_EQ(decision.verdict, PushVerdict::deny) << lines.front();
  EXPECT_NE(decision.reason.find(reason), std::string::npos) << decision.reason;
}

TEST(PushRequest, UpdatesOfTheSessionsBranchAreAccepted) {
  EXPECT_EQ(decide({a + ' ' + b + ' ' + ours + caps + '\n'}).verdict, PushVerdict::allow);
  auto unborn = facts();
  unborn.current = {};
  EXPECT_EQ(decide_push(*parse({zero + ' ' + b + ' ' + ours + caps}), unborn).verdict, PushVerdict::allow);
}

TEST(PushRequest, EveryOtherRefIsDenied) {
  for (const char* ref :
       {"refs/heads/main", "refs/heads/claude/x2", "refs/heads/claude", "refs/heads/claude/x/y", "HEAD", "claude/x",
        "refs/bailey/claude-x", "refs/bailey/landed", "refs/remotes/local/claude/x", "refs/heads/CLAUDE/x",
        "refs/heads/claude//x", "refs/heads/./claude/x", "refs/replace/x", "refs/for/main", " refs/heads/claude/x"})
    expect_denied({zero + ' ' + b + ' ' + ref + caps}, "this session's branch");
}

TEST(PushRequest, TagsNotesAndDeletionsAreDeniedWithTheirOwnWords) {
  expect_denied({zero + ' ' + b + " refs/tags/v1" + caps}, "tags");
  expect_denied({zero + ' ' + b + " refs/notes/commits" + caps}, "notes");
  expect_denied({a + ' ' + zero + ' ' + ours + caps}, "deleting");
}

TEST(PushRequest, ASecondCommandSpoilsTheFirst) {
  const std::string good = a + ' ' + b + ' ' + ours;
  expect_denied({good + caps, zero + ' ' + b + " refs/heads/main"}, "one ref at a time");
  expect_denied({a + ' ' + zero + ' ' + ours + caps, zero + ' ' + b + ' ' + ours}, "one ref at a time");
  expect_denied({good + caps, good}, "one ref at a time");
}

TEST(PushRequest, AStaleOldValueIsDenied) {
  expect_denied({b + ' ' + a + ' ' + ours + caps}, "moved");
  expect_denied({zero + ' ' + b + ' ' + ours + caps}, "moved");
}

TEST(PushRequest, CapabilitiesThatWereNotOfferedAreDenied) {
  const std::string good = a + ' ' + b + ' ' + ours + std::string(1, '\0');
  for (const char* capability :
       {"push-options", "atomic", "push-cert=x", "filter", "report-status-v2", "sideband-all", "x\x1b[31m"})
    EXPECT_EQ(decide({good + capability}).verdict, PushVerdict::deny) << capability;
  EXPECT_EQ(decide({good + "object-format=sha256"}).verdict, PushVerdict::deny);
  EXPECT_EQ(decide({good + "x\x1b[31m"}).reason.find('\x1b'), std::string::npos) << "shown, not interpreted";
}

TEST(PushRequest, SignedPushesAreDenied) { expect_denied({"push-cert" + caps, "certificate version 0.1"}, "signed"); }

TEST(PushRequest, ShallowLinesOnlyWhereTheHostIsShallow) {
  const std::vector lines{"shallow " + b, a + ' ' + b + ' ' + ours + caps};
  EXPECT_EQ(decide(lines).verdict, PushVerdict::deny);
  auto shallow = facts();
  shallow.known_shallow = {*Oid::parse(b)};
  EXPECT_EQ(decide_push(*parse(lines), shallow).verdict, PushVerdict::allow);
}

TEST(PushRequest, MalformedLinesAreErrors) {
  for (const std::string& bad :
       {std::string("x"), a + b + ours, a + ' ' + b, a + ' ' + b + ' ', a + "  " + b + ' ' + ours,
        a + ' ' + b + '\t' + ours, std::string(40, 'G') + ' ' + b + ' ' + ours, a.substr(1) + ' ' + b + ' ' + ours,
        std::string("shallow x"), "shallow " + zero, a + ' ' + b + " ref\nname"})
    EXPECT_FALSE(parse({bad})) << bad;
  EXPECT_FALSE(parse({a + ' ' + b + ' ' + ours + caps, a + ' ' + b + ' ' + ours + caps})) << "a NUL in a later line";
}

TEST(PushRequest, LimitsAreExact) {
  const std::string line = zero + ' ' + b + " refs/heads/x";
  std::vector<std::string> lines(push_commands_max, line);
  EXPECT_TRUE(parse(lines));
  lines.push_back(line);
  EXPECT_FALSE(parse(lines));
  EXPECT_TRUE(parse({zero + ' ' + b + ' ' + std::string(1024, 'r')}));
  EXPECT_FALSE(parse({zero + ' ' + b + ' ' + std::string(1025, 'r')}));
  EXPECT_FALSE(parse({line + '\0' + std::string(push_capabilities_bytes_max + 1, 'c')}));
  std::vector<std::string> shallows(push_shallows_max, "shallow " + a);
  EXPECT_TRUE(parse(shallows));
  shallows.push_back("shallow " + a);
  EXPECT_FALSE(parse(shallows));
}

TEST(PackHeader, IsReadAndChecked) {
  EXPECT_EQ(*pack_object_count(std::string_view("PACK\0\0\0\2\0\1\0\2rest", 16)), 65538U);
  EXPECT_FALSE(pack_object_count(std::string_view("PACK\0\0\0\4\0\0\0\1", 12)));
  EXPECT_FALSE(pack_object_count(std::string_view("KCAP\0\0\0\2\0\0\0\1", 12)));
  EXPECT_FALSE(pack_object_count("PACK"));
}

TEST(PushAnswer, NamesEachRefInBothFramings) {
  auto request = *parse({a + ' ' + b + ' ' + ours + caps, zero + ' ' + b + " refs/tags/t"});
  PushAnswer answer{"ok", "no\x1b[2J", {"why", "what\ninstead"}};
  std::string bytes = encode(answer, request);
  EXPECT_NE(bytes.find("\x02"
                       "bailey: why\n"),
            std::string::npos);
  EXPECT_NE(bytes.find("what\\x0ainstead"), std::string::npos);
  EXPECT_NE(bytes.find("ng " + ours + " no\\x1b[2J\n"), std::string::npos);
  EXPECT_NE(bytes.find("ng refs/tags/t "), std::string::npos);
  EXPECT_EQ(bytes.find('\x1b'), std::string::npos);
  request.capabilities = {"report-status"};
  bytes = encode(answer, request);
  EXPECT_TRUE(bytes.starts_with("000eunpack ok\n")) << bytes;
  request.capabilities = {};
  EXPECT_EQ(encode(answer, request), "");
}

TEST(PushAnswer, ReadsGitsReport) {
  std::string bytes;
  append_pkt(bytes, "unpack ok\n");
  append_pkt(bytes, "ok " + ours + '\n');
  append_flush(bytes);
  EXPECT_TRUE(parse_git_report(bytes, ours)->ok());
  EXPECT_FALSE(parse_git_report(bytes, "refs/heads/other"));
  EXPECT_FALSE(parse_git_report(bytes.substr(0, 20), ours));
  bytes.clear();
  append_pkt(bytes, "unpack index-pack abnormal exit\n");
  append_pkt(bytes, "ng " + ours + " unpacker error\n");
  append_flush(bytes);
  EXPECT_EQ(parse_git_report(bytes, ours)->ref_refusal, "unpacker error");
  EXPECT_FALSE(parse_git_report(bytes, ours)->ok());
  EXPECT_FALSE(parse_git_report("0000", ours)->ok()) << "no word about the ref is no success";
}

}  // namespace
}  // namespace bailey::git
