// The stages of prepare(), in order; see workspace.h. One object a call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workspace/choose.h"
#include "workspace/notes.h"
#include "workspace/object_stores.h"
#include "workspace/scan.h"
#include "workspace/settings.h"
#include "workspace/tracked.h"
#include "workspace/tree_walk.h"
#include "workspace/workspace.h"

namespace bailey::workspace {

inline constexpr std::size_t nested_repositories_max = 512;

class Preparation {
 public:
  explicit Preparation(const Request& request);
  [[nodiscard]] Result<Prepared> run();

 private:
  // preparation.cc
  [[nodiscard]] Status check_request() const;
  void note_facts();
  [[nodiscard]] Status write_root_git(const std::string& directory);
  void keep_remotes(const std::vector<git::GuardedRemote>& remotes, const std::string& path);
  [[nodiscard]] Status finish();
  [[nodiscard]] bool has_repository() const { return request_.source.kind != SourceKind::directory; }

  // survey.cc
  [[nodiscard]] Result<Choice> choose_mode();
  [[nodiscard]] Result<Survey> survey();
  [[nodiscard]] Result<std::vector<IgnoredDirectory>> survey_ignored(Sizes sizes);
  [[nodiscard]] std::pair<std::string, std::string> overlay_obstacle() const;

  // layers.cc
  [[nodiscard]] Status copy(const std::vector<std::string>& overlaid);
  [[nodiscard]] Status check_out();
  [[nodiscard]] Status overlay(const std::string& target);
  [[nodiscard]] std::vector<std::string> decide_secrets(const std::string& target, const TreeFindings& found);
  void read_nested(const std::string& target, const std::vector<std::string>& nested);
  [[nodiscard]] Result<bool> write_nested_git(const std::string& path, const std::string& directory);

  [[nodiscard]] std::string workspace() const;  // <session>/workspace

  const Request& request_;
  Prepared prepared_;
  Notes notes_;
  GitSettings settings_;
  ObjectStores stores_;
  TreeRules rules_;
  bool staged_git_ = false;                 // <session>/workspace/.git exists already
  std::map<std::string, GitFacts> nested_;  // path below the top → its repository
};

}  // namespace bailey::workspace
