#include "git/remote_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/fd.h"
#include "base/text.h"
#include "git/remote_address.h"

namespace bailey::git {
namespace {

struct Setting {
  std::string_view name;
  std::string_view value;
};
// Above every config file of the user's.
constexpr Setting forced_config[] = {
    {"core.hooksPath", "/dev/null"},
    {"core.fsmonitor", "false"},
    {"core.attributesFile", "/dev/null"},
    {"core.excludesFile", "/dev/null"},
    {"core.alternateRefsCommand", "/bin/true"},
    {"core.packedGitWindowSize", "16m"},
    {"core.packedGitLimit", "512m"},
    {"core.bigFileThreshold", "32m"},
    {"core.logAllRefUpdates", "false"},
    {"core.fsync", "committed,-reference"},  // thousands of refs; they can be fetched again
    {"pack.threads", "1"},
    {"pack.windowMemory", "128m"},
    {"pack.deltaCacheSize", "64m"},
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    {"fetch.unpackLimit", "1"},
    {"fetch.recurseSubmodules", "false"},
    {"fetch.writeCommitGraph", "false"},
    {"fetch.showForcedUpdates", "false"},
    {"submodule.recurse", "false"},
    {"push.recurseSubmodules", "no"},
    {"push.followTags", "false"},
    {"push.gpgSign", "false"},
    {"push.negotiate", "false"},
    {"push.pushOption", ""},
    {"credential.interactive", "false"},
    {"advice.pushUpdateRejected", "false"},
    {"color.ui", "false"},
};

constexpr std::string_view passed_names[] = {
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "GH_TOKEN",
    "GH_HOST",
    "GH_CONFIG_DIR",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "KRB5CCNAME",
    "WSL_INTEROP",
    "WSLENV",
};
constexpr std::string_view passed_prefixes[] = {"VSCODE_GIT_", "AWS_", "GCM_"};
constexpr std::string_view proxy_names[] = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"};

bool is_passed(std::string_view name) {
  const auto is = [&](std::string_view other) { return other == name; };
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::any_of(std::begin(passed_names), std::end(passed_names), is) ||
         std::any_of(std::begin(proxy_names), std::end(proxy_names), [&](auto other) { return other == lower; }) ||
         std::any_of(std::begin(passed_prefixes), std::end(passed_prefixes),
                     [&](auto prefix) { return name.starts_with(prefix); });
}

std::string_view name_part(std::string_view entry) { return entry.substr(0, entry.find('=')); }

// GIT_SSH_COMMAND with OpenSSH's own options.
bool is_plain_ssh(std::string_view entry) {
  if (name_part(entry) != "GIT_SSH_COMMAND") return false;
  const auto command = entry.substr(entry.find('=') + 1);
  const auto program = command.substr(0, command.find(' '));
  return program.substr(program.rfind('/') + 1) == "ssh";
}

// What stands between "://" and "@" of the first part of an address, and its parts.
void add_logins(std::string_view url, std::vector<std::string>& logins) {
  const auto mark = url.find("://");
  if (mark == std::string_view::npos) return;
  const auto authority = url.substr(mark + 3, url.find('/', mark + 3) - mark - 3);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return;
  const auto login = authority.substr(0, at);
  const auto colon = login.find(':');
  constexpr std::size_t secret_bytes_min = 4;  // shorter ones ("git") would blot out ordinary words
  if (colon != std::string_view::npos && login.size() - colon - 1 >= secret_bytes_min)
    logins.emplace_back(login.substr(colon + 1));
  if (login.substr(0, colon).size() >= secret_bytes_min) logins.emplace_back(login.substr(0, colon));
}

std::string allowed_transports(const GuardedRemote& remote) {
  const auto is_local = [](const std::string& url) {
    const auto address = parse_remote_address(url);
    return address && address->transport == Transport::local;
  };
  const bool local = is_local(remote.url) || (!remote.push_url.empty() && is_local(remote.push_url));
  return local ? "https:http:ssh:file" : "https:http:ssh";
}

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// execve(2): arguments and environment may take a quarter of the stack's limit, and no more than 6 MB.
constexpr rlim_t stack_bytes_wanted = rlim_t{24} << 20;
rlimit stack_limit() {
  rlimit stack{};
  ::getrlimit(RLIMIT_STACK, &stack);  // fails for no reason that can be here
  stack.rlim_cur = std::max(stack.rlim_cur, std::min(stack.rlim_max, stack_bytes_wanted));
  return stack;
}

// Between fork and exec: system calls only. A session of its own has no terminal that ssh or git could ask on.
int prepare_child(std::uint64_t file_bytes_max) {
  ::setsid();
  const rlimit file{file_bytes_max, file_bytes_max};
  const rlimit none{0, 0};
  const rlimit stack = stack_limit();
  if (::setrlimit(RLIMIT_STACK, &stack) != 0 || ::setrlimit(RLIMIT_FSIZE, &file) != 0 ||
      ::setrlimit(RLIMIT_CORE, &none) != 0)
    return errno;
  ::umask(077);
  return 0;
}

// Feeds input and reads both outputs until git has ended. Not until they are closed: a connection that ssh keeps for
// later (ControlPersist) holds them open.
class Conversation {
 public:
  Conversation(Pipe& in, Pipe& out, Pipe& err, std::string_view input, int pidfd, const RemoteLimits& limits)
      : in_(std::move(in.write)),
        out_(std::move(out.read)),
        err_(std::move(err.read)),
        input_(input),
        pidfd_(pidfd),
        limits_(limits) {
    for (const Fd* fd : {&in_, &out_, &err_}) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
    if (input_.empty()) in_.reset();
  }

  template <typename OnLine>
  Status run(RemoteOutput& output, const OnLine& on_line) {
    const auto deadline = std::chrono::steady_clock::now() + limits_.time_max;
    bool ended = false;
    while (!ended && (out_ || err_)) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return fail("git", "still running after its time limit");
      pollfd waiting[] = {
          {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {in_.get(), POLLOUT, 0}, {pidfd_, POLLIN, 0}};
      const int wait = static_cast<int>(std::min<long long>(left.count(), 60'000));
      if (::poll(waiting, std::size(waiting), wait) < 0 && errno != EINTR) return fail_errno("poll");
      ended = waiting[3].revents != 0;
      // What it has written before it ended is in the pipes.
      do {
        if (output.out.size() > limits_.output_bytes_max) return fail("git", "its output is larger than the limit");
      } while (take(out_, output.out) && ended);
      while (take_words(output, on_line) && ended) {
      }
      if (in_ && waiting[2].revents != 0) feed();
    }
    if (!line_.empty()) on_line(line_);
    return {};
  }

 private:
  // Whether anything came.
  static bool take(Fd& from, std::string& into) {
    if (!from) return false;
    char buffer[65536];
    const ssize_t count = ::read(from.get(), buffer, sizeof buffer);
    if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
    else if (count == 0 || (errno != EINTR && errno != EAGAIN)) from.reset();
    return count > 0;
  }

  template <typename OnLine>
  bool take_words(RemoteOutput& output, const OnLine& on_line) {
    std::string words;
    const bool came = take(err_, words);
    for (const char c : words) {
      const bool ends = c == '\n' || c == '\r';
      if (!ends && std::exchange(returned_, false)) line_.clear();
      if (!ends && line_.size() < line_bytes_max) line_ += c;
      if (!ends) continue;
      if (!returned_) on_line(line_);
      // What a carriage return ends is progress, which overwrites itself on a terminal; ssh puts one before newlines.
      returned_ = c == '\r';
      if (returned_) continue;
      if (output.words.size() < limits_.words_bytes_max) output.words.append(line_).append("\n");
      line_.clear();
    }
    return came;
  }

  void feed() {
    const ssize_t count = ::write(in_.get(), input_.data(), input_.size());
    if (count > 0) input_.remove_prefix(static_cast<std::size_t>(count));
    if (input_.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) in_.reset();
  }

  static constexpr std::size_t line_bytes_max = 1024;
  Fd in_;
  Fd out_;
  Fd err_;
  std::string_view input_;
  int pidfd_;
  const RemoteLimits& limits_;
  std::string line_;
  bool returned_ = false;  // the line ended in a carriage return; a newline may follow
};

}  // namespace

std::vector<std::string> credential_environment(const std::vector<std::string>& environment) {
  std::vector<std::string> passed;
  for (const auto& entry : environment)
    if (is_passed(name_part(entry))) passed.push_back(entry);
  return passed;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> list;
  for (char** entry = environ; *entry != nullptr; ++entry) list.emplace_back(*entry);
  return list;
}

std::size_t RemoteRunner::argument_bytes_max() {
  constexpr rlim_t reserve = 256 << 10;  // the environment, and what git adds for its helpers
  return std::min(stack_limit().rlim_cur, stack_bytes_wanted) / 4 - std::min(reserve, stack_limit().rlim_cur / 8);
}

RemoteRunner::RemoteRunner(std::string git_program, std::string quarantine, GuardedRemote remote,
                           std::vector<std::string> environment, RemoteLimits limits)
    : git_program_(std::move(git_program)),
      quarantine_(std::move(quarantine)),
      remote_(std::move(remote)),
      environment_(std::move(environment)),
      limits_(limits) {
  add_logins(remote_.url, logins_);
  add_logins(remote_.push_url, logins_);
}

std::string RemoteRunner::without_logins(std::string_view text) const {
  std::string clean(text);
  for (const auto& login : logins_)
    for (auto at = clean.find(login); at != std::string::npos; at = clean.find(login, at + 3))
      clean.replace(at, login.size(), "***");
  return clean;
}

std::vector<std::string> RemoteRunner::environment() const {
  std::vector<std::string> result;
  const auto has = [&](std::string_view name) {
    return std::any_of(environment_.begin(), environment_.end(),
                       [&](const std::string& entry) { return name_part(entry) == name; });
  };
  for (const auto& entry : environment_) {
    result.push_back(is_plain_ssh(entry) ? entry + " -o BatchMode=yes" : entry);
  }
  if (!has("PATH")) result.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
  for (const char* own : {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "SSH_ASKPASS_REQUIRE=never",
                          "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
                          "GIT_COMMITTER_NAME=bailey", "GIT_COMMITTER_EMAIL=bailey@localhost"})
    result.emplace_back(own);
  if (!has("GIT_ASKPASS")) result.emplace_back("GIT_ASKPASS=/bin/false");
  result.push_back("GIT_DIR=" + quarantine_);
  result.push_back("GIT_ALLOW_PROTOCOL=" + allowed_transports(remote_));
  const std::string section = "remote." + std::string(remote_argument);
  std::vector<std::pair<std::string, std::string>> config;
  for (const auto& setting : forced_config) config.emplace_back(setting.name, setting.value);
  config.emplace_back(section + ".url", remote_.url);
  if (!remote_.push_url.empty()) config.emplace_back(section + ".pushurl", remote_.push_url);
  for (std::size_t i = 0; i < config.size(); ++i) {
    result.push_back("GIT_CONFIG_KEY_" + std::to_string(i) + '=' + config[i].first);
    result.push_back("GIT_CONFIG_VALUE_" + std::to_string(i) + '=' + config[i].second);
  }
  result.push_back("GIT_CONFIG_COUNT=" + std::to_string(config.size()));
  return result;
}

Result<RemoteOutput> RemoteRunner::run(const std::vector<std::string>& arguments, std::string_view input,
                                       const OnLine& on_line) const {
  Pipe in = TRY(make_pipe());
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  os::Command command;
  command.argv = {git_program_, "--no-pager"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = environment();
  command.directory = quarantine_;
  command.stdin_fd = in.read.get();
  command.stdout_fd = out.write.get();
  command.stderr_fd = err.write.get();
  command.before_exec = [bytes = limits_.file_bytes_max] { return prepare_child(bytes); };
  auto child = TRY(os::spawn(command));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  RemoteOutput output;
  Conversation conversation(in, out, err, input, child.pidfd(), limits_);
  const auto done = conversation.run(output, [&](std::string_view line) {
    if (on_line) on_line(without_logins(line));
  });
  if (!done) {
    ::kill(-child.pid(), SIGKILL);  // ssh and helpers with it: they are in its process group
    return std::unexpected(done.error());
  }
  output.exit_status = os::shell_status(TRY(child.wait()));
  output.words = without_logins(output.words);
  return output;
}

Error remote_failure(std::string_view action, const RemoteOutput& output) {
  struct Symptom {
    std::string_view words;
    std::string_view why;
    std::string_view remedy;
  };
  constexpr Symptom symptoms[] = {
      {"Authentication failed", "the remote refused the host's credentials",
       "the user can renew them: git credential, gh auth login"},
      {"could not read Username", "the host has no credentials for the remote",
       "the user can set up a credential helper on the host"},
      {"could not read Password", "the host has no credentials for the remote",
       "the user can set up a credential helper on the host"},
      {"terminal prompts disabled", "the host has no credentials for the remote",
       "the user can set up a credential helper on the host"},
      {"Permission denied (", "the remote refused the host's ssh key", "the user can add the key to their ssh agent"},
      {"Host key verification failed", "the host does not know the remote's ssh key",
       "the user can connect to it once by hand"},
      {"Could not resolve host", "the remote's name could not be resolved", "try again later"},
      {"Could not resolve hostname", "the remote's name could not be resolved", "try again later"},
      {"Failed to connect", "the remote can't be reached", "try again later"},
      {"Connection refused", "the remote can't be reached", "try again later"},
      {"Connection timed out", "the remote can't be reached", "try again later"},
      {"not found", "the remote has no such repository, or the host's credentials may not see it", ""},
      {"does not appear to be a git repository", "the remote has no such repository", ""},
  };
  for (const auto& symptom : symptoms)
    if (output.words.find(symptom.words) != std::string::npos)
      return {std::string(action), std::string(symptom.why), std::string(symptom.remedy)};
  std::string last = "git ended with status " + std::to_string(output.exit_status);
  for (const auto line : split(output.words, '\n'))
    if (line.starts_with("fatal: ") || line.starts_with("error: ") || line.starts_with("remote: ")) {
      last = visible(trim(line).substr(0, 300));
      break;
    }
  return {std::string(action), last, ""};
}

}  // namespace bailey::git
