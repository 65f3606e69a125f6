#include "guest/git.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "guest/text.h"

namespace bailey::guest {
namespace {

constexpr const char* overrides[] = {
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.safecrlf=false",
    "core.splitIndex=false",
    "core.quotePath=false",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "push.pushOption=",
    "push.followTags=false",
    "push.negotiate=false",
    "push.recurseSubmodules=no",
    "submodule.recurse=false",
    "i18n.commitEncoding=UTF-8",
    "status.relativePaths=true",
    "advice.addEmbeddedRepo=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "diff.ignoreSubmodules=none",
    "color.ui=false",
};

bool is_dropped(std::string_view variable) {
  return variable.starts_with("GIT_") || variable.starts_with("LC_ALL=") || variable.starts_with("LANGUAGE=");
}

struct Strings {
  std::vector<std::string> texts;
  std::vector<char*> pointers() {
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  }
};

Strings arguments_for(const GitCall& call) {
  Strings strings{{"git", "--no-pager"}};
  for (const char* setting : overrides) {
    strings.texts.emplace_back("-c");
    strings.texts.emplace_back(setting);
  }
  strings.texts.insert(strings.texts.end(), call.arguments.begin(), call.arguments.end());
  return strings;
}

Strings environment_for(const GitCall& call) {
  Strings strings;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!is_dropped(*variable)) strings.texts.emplace_back(*variable);
  strings.texts.emplace_back("LC_ALL=C");
  strings.texts.emplace_back("GIT_TERMINAL_PROMPT=0");
  strings.texts.emplace_back("GIT_OPTIONAL_LOCKS=0");
  strings.texts.emplace_back("GIT_EDITOR=:");
  for (const auto& [name, value] : call.environment) strings.texts.push_back(name + '=' + value);
  return strings;
}

struct Pipe {
  Fd read;
  Fd write;
};
Pipe make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  return {Fd(ends[0]), Fd(ends[1])};
}

[[noreturn]] void child(const Pipe& in, const Pipe& out, const Pipe& err, const std::string& directory,
                        char* const* argv, char* const* environment) {
  if (::dup2(in.read.get(), 0) < 0 || ::dup2(out.write.get(), 1) < 0 || ::dup2(err.write.get(), 2) < 0) ::_exit(126);
  if (!directory.empty() && ::chdir(directory.c_str()) != 0) ::_exit(126);
  ::close(3);  // the supervisor's report: not git's
  ::execvpe("git", argv, environment);
  ::_exit(127);
}

// False at the end.
bool take(Fd& fd, std::string& into, std::size_t bytes_max) {
  char buffer[65536];
  const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count <= 0) return false;
  into.append(buffer, std::min(static_cast<std::size_t>(count), bytes_max - into.size()));
  return true;
}

void converse(Pipe& in, Pipe& out, Pipe& err, std::string_view input, GitResult& result) {
  if (input.empty()) in.write.reset();
  else ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  while (out.read || err.read) {
    pollfd waiting[] = {{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}, {in.write.get(), POLLOUT, 0}};
    if (::poll(waiting, 3, -1) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0 && !take(out.read, result.out, git_output_bytes_max)) out.read.reset();
    if (waiting[1].revents != 0 && !take(err.read, result.err, git_words_bytes_max)) err.read.reset();
    if (in.write && waiting[2].revents != 0) {
      const ssize_t count = ::write(in.write.get(), input.data(), input.size());
      if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
      if (input.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) in.write.reset();
    }
  }
}

}  // namespace

std::string GitResult::line() const {
  std::string_view text = out;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

GitResult git(const GitCall& call) {
  GitResult result;
  Strings argument_strings = arguments_for(call);
  Strings environment_strings = environment_for(call);
  const auto argv = argument_strings.pointers();
  const auto environment = environment_strings.pointers();
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  if (!in.read || !out.read || !err.read) return result;
  const pid_t pid = ::fork();
  if (pid < 0) return result;
  if (pid == 0) child(in, out, err, call.directory, argv.data(), environment.data());
  in.read.reset();
  out.write.reset();
  err.write.reset();
  converse(in, out, err, call.input, result);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace bailey::guest
