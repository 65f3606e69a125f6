#include "review/rule_files.h"

#include <cerrno>

#include "os/files.h"
#include "review/git_source.h"

namespace bailey::review {
namespace {

Status add_file(const std::string& path, RuleLayer layer, std::vector<RuleText>& layers) {
  auto text = os::read_file(path, rule_text_bytes_max);
  if (text) {
    layers.push_back({layer, path, std::move(*text)});
    return {};
  }
  if (text.error().code == ENOENT || text.error().code == ENOTDIR) return {};
  return std::unexpected(std::move(text).error().within("read the rules of the review").or_remedy("make it readable"));
}

// A tree of the user's own history, so that nothing the agent wrote decides how its work is judged.
Status add_project(const GitSource& source, const git::Oid& base, std::vector<RuleText>& layers) {
  if (base.is_zero()) return {};
  const auto entry = TRY(source.top_entry(base, project_rules_name));
  if (!entry.is_there()) return {};
  const std::string file = std::string(project_rules_name) + " of commit " + base.short_hex();
  const auto refuse = [&](const char* why) {
    return fail("read " + file, why, "commit it as a small regular file, or remove it");
  };
  if (!entry.is_file()) return refuse("it is not a regular file");
  const auto sizes = TRY(source.sizes({entry.oid}));
  const auto size = sizes.find(entry.oid.hex());
  if (size == sizes.end()) return refuse("the repository does not have it");
  if (size->second > rule_text_bytes_max) return refuse("it is longer than 131072 bytes");
  const auto contents = TRY(source.contents({entry.oid}));
  const auto* text = contents.find(entry.oid);
  if (text == nullptr) return refuse("the repository does not have it");
  layers.push_back({RuleLayer::project, file, std::string(*text)});
  return {};
}

}  // namespace

Result<RuleSet> load_rules(const RulePaths& paths, const git::GitRunner& runner, const git::HostRepository& quarantine,
                           const git::Oid& base) {
  std::vector<RuleText> layers;
  TRY_STATUS(add_file(paths.administrator_file, RuleLayer::administrator, layers));
  if (!paths.user_directory.empty())
    TRY_STATUS(add_file(os::join(paths.user_directory, user_rules_name), RuleLayer::user, layers));
  TRY_STATUS(add_project(GitSource(runner, quarantine), base, layers));
  return RuleSet::compile(layers);
}

}  // namespace bailey::review
