#include "credentials/helper_program.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "os/files.h"
#include "os/process.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t stderr_bytes_max = 4096;

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("create a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// Collects what comes, never more than its size, in memory that does not move.
class Collector {
 public:
  Collector(Fd from, std::size_t bytes_max) : from_(std::move(from)), buffer_(bytes_max + 1, '\0') {}
  ~Collector() { wipe(buffer_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Everything that is there now; false at the end of it or when it is full.
  bool drain() {
    while (used_ < buffer_.size()) {
      const ssize_t count = ::read(from_.get(), buffer_.data() + used_, buffer_.size() - used_);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return true;
      if (count <= 0) break;
      used_ += static_cast<std::size_t>(count);
    }
    from_.reset();
    return false;
  }
  [[nodiscard]] int fd() const { return from_ ? from_.get() : -1; }
  [[nodiscard]] bool is_full() const { return used_ == buffer_.size(); }
  [[nodiscard]] std::string_view text() const { return std::string_view(buffer_).substr(0, used_); }

 private:
  Fd from_;
  std::string buffer_;
  std::size_t used_ = 0;
};

std::string first_line(std::string_view text) {
  const auto line = trim(text.substr(0, text.find('\n')));
  return visible(line.substr(0, helper_words_bytes_max));
}

// The user's environment without the secrets in it, and without what would point git at a repository.
std::vector<std::string> helper_environment(const SourceContext& context) {
  static constexpr std::string_view of_repositories[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR",
                                                         "GIT_INDEX_FILE"};
  std::vector<std::string> environment;
  for (const auto& [name, value] : context.environment) {
    if (std::ranges::find(context.withheld_variables, name) != context.withheld_variables.end()) continue;
    if (std::ranges::find(of_repositories, name) != std::end(of_repositories)) continue;
    environment.push_back(std::string(name).append("=").append(value));
  }
  return environment;
}

std::string path_of(const SourceContext& context) {
  for (const auto& [name, value] : context.environment)
    if (name == "PATH") return value;
  return "/usr/local/bin:/usr/bin:/bin";
}

std::string said(const HelperRun& run) { return run.words.empty() ? "" : ": " + run.words; }

// Of a program that is asked whether it knows one: when it is missing, or says no, there is none.
ReadSecret ask_keeper(std::string_view program, std::vector<std::string> arguments, const SourceContext& context) {
  const std::string path = os::find_on_path(program, path_of(context));
  if (path.empty()) return absent(std::string(program) + " is not installed");
  arguments.insert(arguments.begin(), path);
  auto run = run_helper(std::move(arguments), helper_environment(context), {});
  if (!run) return refused(run.error());
  if (run->exit_status != 0 || run->out.empty()) return absent(std::string(program) + " knows none" + said(*run));
  return present(run->out.view());
}

}  // namespace

Result<HelperRun> run_helper(std::vector<std::string> argv, std::vector<std::string> environment,
                             std::string_view input, std::chrono::milliseconds limit) {
  const std::string what = "ask '" + visible(argv.front()) + "'";
  auto in = TRY(make_pipe());
  auto out = TRY(make_pipe());
  auto err = TRY(make_pipe());
  for (const int ours : {in.read.get(), out.write.get(), err.write.get()})
    if (::fcntl(ours, F_SETFL, 0) != 0) return fail_errno(what);  // blocking, for the program
  TRY_STATUS(os::write_all(in.write.get(), input));               // less than a pipe holds
  in.write.reset();
  os::Command command;
  command.argv = std::move(argv);
  command.environment = std::move(environment);
  command.directory = "/";
  command.stdin_fd = in.read.get();
  command.stdout_fd = out.write.get();
  command.stderr_fd = err.write.get();
  command.before_exec = [] { return ::setsid() < 0 ? errno : 0; };
  auto child = TRY(os::spawn(command));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  Collector answer(std::move(out.read), helper_output_bytes_max);
  Collector words(std::move(err.read), stderr_bytes_max);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::optional<int> status;
  while (!status) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || answer.is_full()) break;
    pollfd waiting[] = {{answer.fd(), POLLIN, 0}, {words.fd(), POLLIN, 0}, {child.pidfd(), POLLIN, 0}};
    (void)::poll(waiting, std::size(waiting), static_cast<int>(left.count()));
    if (answer.fd() >= 0) answer.drain();
    if (words.fd() >= 0) words.drain();
    status = TRY(child.try_wait());
  }
  // What it left behind, or itself: it leads a process group of its own.
  if (!status) (void)::kill(-child.pid(), SIGKILL);
  if (answer.fd() >= 0) answer.drain();
  if (words.fd() >= 0) words.drain();
  if (answer.is_full())
    return fail(what, "it printed more than " + std::to_string(helper_output_bytes_max) + " bytes",
                "name a program that prints the secret and nothing else");
  if (!status)
    return fail(what,
                "it took longer than " + std::to_string(limit.count() / 1000) + " s" +
                    (first_line(words.text()).empty() ? "" : ": " + first_line(words.text())),
                "unlock what it asks, or see what it waits for by running it yourself");
  HelperRun run;
  run.exit_status = os::shell_status(*status);
  run.out = SecretText(trim(answer.text()));
  run.words = first_line(words.text());
  return run;
}

ReadSecret ask_git(const std::string& url, const SourceContext& context) {
  const std::string path = os::find_on_path("git", path_of(context));
  if (path.empty()) return absent("git is not installed");
  auto environment = helper_environment(context);
  std::erase_if(environment, [](const std::string& entry) {
    return entry.starts_with("GIT_ASKPASS=") || entry.starts_with("SSH_ASKPASS=") ||
           entry.starts_with("GIT_TERMINAL_PROMPT=");
  });
  // Nobody is there to be asked. An empty GIT_ASKPASS also wins over core.askPass (git-credential(1), prompt.c).
  for (const char* entry : {"GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never"})
    environment.emplace_back(entry);
  auto run = run_helper({path, "credential", "fill"}, std::move(environment), "url=" + url + "\n\n");
  if (!run) return refused(run.error());
  if (run->exit_status != 0) return absent("git has no credential for " + url);
  for (const auto line : split(run->out.view(), '\n'))
    if (line.starts_with("password=") && line.size() > std::string_view("password=").size())
      return present(line.substr(std::string_view("password=").size()));
  return absent("git has no password for " + url);
}

ReadSecret ask_gh(const std::string& host, const SourceContext& context) {
  return ask_keeper("gh", {"auth", "token", "--hostname", host}, context);
}

ReadSecret ask_keyring(const std::string& service, const std::string& account, const SourceContext& context) {
  return ask_keeper("secret-tool", {"lookup", "service", service, "account", account}, context);
}

ReadSecret ask_command(const std::vector<std::string>& words, const SourceContext& context) {
  const std::string& name = words.front();
  const std::string path = name.starts_with('/') ? name : os::find_on_path(name, path_of(context));
  if (path.empty() || ::access(path.c_str(), X_OK) != 0)
    return refused("'" + name + "' is not on PATH", "install it, or name it with its absolute path");
  std::vector<std::string> argv = words;
  argv.front() = path;
  auto run = run_helper(std::move(argv), helper_environment(context), {});
  if (!run) return refused(run.error());
  if (run->exit_status != 0)
    return refused("'" + name + "' ended with status " + std::to_string(run->exit_status) + said(*run),
                   "run it yourself to see why");
  if (run->out.empty()) return refused("'" + name + "' printed nothing", "it must print the secret");
  return present(run->out.view());
}

}  // namespace bailey::credentials
