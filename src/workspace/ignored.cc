#include "workspace/ignored.h"

#include "base/text.h"

namespace bailey::workspace {

Result<std::vector<std::string>> ignored_directories(const git::GitRunner& git, const std::string& git_dir,
                                                     const std::string& top) {
  const std::string listed = TRY(git.output_of({
      .git_dir = git_dir,
      .arguments = {"--work-tree=" + top, "ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory"},
      .reach = {.read_only = {top}, .read_write = {}},
  }));
  std::vector<std::string> directories;
  for (const auto path : split(listed, '\0'))
    if (path.size() > 1 && path.ends_with('/')) directories.emplace_back(path.substr(0, path.size() - 1));
  return directories;
}

}  // namespace bailey::workspace
