// For tests: a repository with one commit as base, a branch on it made by a script, and the review of that branch.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "git/git_lab.h"
#include "git/quarantine.h"
#include "os/files.h"
#include "review/render.h"
#include "review/review.h"
#include "review/rules.h"

namespace bailey::review {

class ReviewLab {
 public:
  // `base`: what the repository has before, besides the file a. Both run in the work tree.
  explicit ReviewLab(const std::string& base = "") {
    lab.make_host();
    if (!base.empty()) lab.out("cd host && " + base + "\ngit add -A && git commit -q --allow-empty -m base");
    lab.make_quarantine("shell/one");
    lab.out("cd host && git checkout -q -b work");
  }
  // Runs a script of the agent's and commits what it leaves.
  void commit(const std::string& script, const std::string& message = "work") {
    lab.out("cd host && " + script + "\ngit add -A -f && git commit -q --allow-empty -m '" + message + "'");
  }
  void write(const std::string& path, const std::string& content) const {
    const std::string file = lab.path("host/" + path);
    lab.out("mkdir -p \"$(dirname 'host/" + path + "')\"");
    ASSERT_TRUE(os::write_file(file, content)) << file;
  }
  [[nodiscard]] git::Oid oid(const std::string& name) const {
    return git::Oid::parse(lab.out("git -C host rev-parse " + name)).value();
  }
  [[nodiscard]] Result<Review> try_review(const Limits& limits = {}, const std::vector<RuleText>& layers = {}) const {
    const auto rules = RuleSet::compile(layers);
    EXPECT_TRUE(rules) << to_lines(rules.error());
    const auto quarantine = git::open_quarantine(lab.config.quarantine);
    EXPECT_TRUE(quarantine);
    return review::review(lab.runner(), *quarantine, oid("main"), oid("work"), *rules, limits);
  }
  [[nodiscard]] Review review_it(const Limits& limits = {}, const std::vector<RuleText>& layers = {}) const {
    auto review = try_review(limits, layers);
    EXPECT_TRUE(review) << to_lines(review.error());
    return review ? *review : Review{};
  }

  git::GitLab lab;
};

// The first finding of a rule (and path, when given); nullptr: none.
inline const Finding* find(const Review& review, std::string_view rule, std::string_view path = {}) {
  for (const auto& finding : review.findings)
    if (finding.rule_id == rule && (path.empty() || finding.path == path)) return &finding;
  return nullptr;
}

inline std::string all_of(const Review& review) { return to_text(review, {}); }

}  // namespace bailey::review
