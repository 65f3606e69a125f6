#include "guest/clone.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "guest/git.h"

namespace bailey::guest {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// With our own terminal or pipes: git shows its progress there.
int run_git(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "git");
  auto argv = pointers(arguments);
  const pid_t pid = ::fork();
  if (pid < 0) return 126;
  if (pid == 0) {
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return 126;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool has_commits() { return git({{"rev-parse", "--verify", "--quiet", "HEAD"}}).ok(); }

int fetch(const std::string& url) {
  const std::vector<std::string> steps[] = {
      {"remote", "add", "origin", url},
      {"fetch", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*", "+HEAD:refs/bailey/source"},
      {"reset", "--quiet", "--hard", "refs/bailey/source"},
      // From here on by the guard, which has the user's credentials.
      {"config", "remote.origin.vcs", "bailey"}};
  for (const auto& step : steps)
    if (const int status = run_git(step); status != 0) return status;
  return 0;
}

}  // namespace

int clone(std::span<const std::string_view> arguments) {
  if (arguments.size() < 3 || arguments[1] != "--" || arguments[0].starts_with('-')) {
    std::fprintf(stderr, "bailey: usage: bailey clone URL -- COMMAND…\n");
    return 2;
  }
  // A session that is run again has its repository already.
  if (!has_commits())
    if (const int status = fetch(std::string(arguments[0])); status != 0) {
      std::fprintf(stderr, "bailey: %s could not be cloned; `bailey audit --category network` says what was refused\n",
                   std::string(arguments[0]).c_str());
      return status;
    }
  std::vector<std::string> command(arguments.begin() + 2, arguments.end());
  auto argv = pointers(command);
  ::execvp(argv[0], argv.data());
  std::fprintf(stderr, "bailey: %s: the command could not be started\n", argv[0]);
  return errno == ENOENT ? 127 : 126;
}

}  // namespace bailey::guest
