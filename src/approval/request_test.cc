#include "approval/request.h"

#include <gtest/gtest.h>

#include "json/write.h"

namespace bailey::approval {
namespace {

Request push() {
  return {.kind = "git-push",
          .title = "push 3 commits to origin (github.com/o/r), branch claude/x",
          .tier = 3,
          .context = {{"commits", "3"}, {"host", "github.com"}},
          .from_agent = {{"subject", "fix \x1b]52;c;aGk=\x07 things"}},
          .risk = "publishes commits outside of this machine",
          .view = "commit 1\ncommit 2\n",
          .remember = "git-push origin refs/heads/claude/x",
          .action = json::Object{{"push", 7}}};
}

Result<Request> read_again(const json::Value& value) {
  return request_from_json(TRY(json::read(json::write(value), "request", request_read_limits)));
}

json::Value with(std::string key, json::Value value) {
  json::Value request = to_json(push());
  request.set(std::move(key), std::move(value));
  return request;
}

TEST(ApprovalRequest, SurvivesJson) {
  EXPECT_EQ(read_again(to_json(push())).value(), push());
  const Request least{.kind = "domain", .title = "let it reach example.org"};
  EXPECT_EQ(read_again(to_json(least)).value(), least);
  EXPECT_EQ(read_again(json::Object{{"kind", "domain"}, {"title", "let it reach example.org"}, {"tier", 3}}), least)
      << "what is empty may be left out";
}

TEST(ApprovalRequest, RefusesWhatIsNotInTheFormat) {
  EXPECT_FALSE(request_from_json(json::Array{}));
  EXPECT_FALSE(request_from_json(json::Value("request")));
  EXPECT_FALSE(read_again(with("approved", true))) << "an unknown key";
  EXPECT_FALSE(read_again(with("kind", "")));
  EXPECT_FALSE(read_again(with("kind", "../../x")));
  EXPECT_FALSE(read_again(with("kind", 7)));
  EXPECT_FALSE(read_again(with("title", "")));
  EXPECT_FALSE(read_again(with("title", nullptr)));
  EXPECT_FALSE(read_again(with("tier", 0)));
  EXPECT_FALSE(read_again(with("tier", 4)));
  EXPECT_FALSE(read_again(with("tier", -1)));
  EXPECT_FALSE(read_again(with("tier", "3")));
  EXPECT_FALSE(read_again(with("context", "3 commits")));
  EXPECT_FALSE(read_again(with("context", json::Array{"3 commits"})));
  EXPECT_FALSE(read_again(with("from_agent", json::Array{json::Object{{"label", "a"}, {"texts", "b"}}})));
  EXPECT_FALSE(read_again(with("remember", "two\nlines"))) << "could not be typed to be revoked";
  EXPECT_FALSE(read_again(with("remember",
                               "a\xE2\x80\xAE"
                               "b")))
      << "would read as another key";
}

TEST(ApprovalRequest, HasLimits) {
  const auto text = [](std::size_t bytes) { return std::string(bytes, 'x'); };
  const auto facts = [](std::size_t count, const Fact& fact) {
    return json::Array(count, json::Object{{"label", fact.label}, {"text", fact.text}});
  };
  EXPECT_TRUE(read_again(with("title", text(title_bytes_max))));
  EXPECT_FALSE(read_again(with("title", text(title_bytes_max + 1))));
  EXPECT_FALSE(read_again(with("kind", text(kind_bytes_max + 1))));
  EXPECT_FALSE(read_again(with("risk", text(risk_bytes_max + 1))));
  EXPECT_TRUE(read_again(with("view", text(view_bytes_max))));
  EXPECT_FALSE(read_again(with("view", text(view_bytes_max + 1))));
  EXPECT_FALSE(read_again(with("remember", text(remember_bytes_max + 1))));
  EXPECT_FALSE(read_again(with("action", text(action_bytes_max))));
  EXPECT_TRUE(read_again(with("context", facts(facts_max, {"a", "b"}))));
  EXPECT_FALSE(read_again(with("context", facts(facts_max + 1, {"a", "b"}))));
  EXPECT_FALSE(read_again(with("from_agent", facts(1, {text(label_bytes_max + 1), "b"}))));
  EXPECT_FALSE(read_again(with("from_agent", facts(1, {"a", text(fact_bytes_max + 1)}))));
}

TEST(ApprovalRequest, IsCutToItsLimitsVisibly) {
  Request huge = push();
  huge.title = std::string(title_bytes_max - 4, 'x') + "\xC3\xA9\xC3\xA9\xC3\xA9";
  huge.from_agent = std::vector<Fact>(facts_max + 10, {"subject", std::string(2 * fact_bytes_max, 'y')});
  huge.view = std::string(2 * view_bytes_max, 'z');
  const Request cut = fitted(huge);
  EXPECT_TRUE(check(cut));
  EXPECT_FALSE(check(huge));
  EXPECT_TRUE(cut.title.ends_with("…"));
  EXPECT_TRUE(json::write_exact(to_json(cut))) << "never inside a character";
  ASSERT_EQ(cut.from_agent.size(), facts_max);
  EXPECT_EQ(cut.from_agent.back().text, "and 11 more");
  EXPECT_TRUE(cut.view.ends_with("…"));
  EXPECT_EQ(fitted(push()), push());
  huge.remember = "git-push origin refs/heads/\xE2\x80\xAE";
  EXPECT_EQ(fitted(huge).remember, "") << "a key that can't be told from another is none";
}

TEST(ApprovalRequest, TheLargestOneIsWithinWhatReadersTake) {
  Request huge = push();
  const std::string control(view_bytes_max, '\x01');  // six bytes each in JSON
  huge.title = control;
  huge.context = huge.from_agent = std::vector<Fact>(facts_max, {control, control});
  huge.risk = huge.view = control;
  huge = fitted(huge);
  EXPECT_EQ(read_again(to_json(huge)).value(), huge);
}

TEST(ApprovalAnswer, SurvivesJsonAndRefusesTheRest) {
  const Answer answer{State::approved, Scope::session, "terminal"};
  EXPECT_EQ(answer_from_json(to_json(answer)).value(), answer);
  EXPECT_FALSE(answer_from_json(json::Object{{"state", "yes"}, {"scope", "once"}, {"by", ""}}));
  EXPECT_FALSE(answer_from_json(json::Object{{"state", "approved"}, {"scope", "always"}, {"by", ""}}));
  EXPECT_FALSE(answer_from_json(json::Object{{"state", "approved"}}));
  EXPECT_FALSE(answer_from_json(
      json::Object{{"state", "approved"}, {"scope", "once"}, {"by", std::string(by_bytes_max + 1, 'x')}}));
}

}  // namespace
}  // namespace bailey::approval
