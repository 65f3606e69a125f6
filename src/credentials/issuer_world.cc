#include "credentials/issuer_world.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "credentials/helper_program.h"
#include "credentials/read_source.h"
#include "credentials/rs256.h"
#include "os/files.h"
#include "os/process.h"
#include "os/user.h"

namespace bailey::credentials {
namespace {

constexpr std::chrono::seconds curl_end_time_max = http_time_max + std::chrono::seconds(2);
constexpr int curl_timed_out = 28;

std::string_view variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string_view entry : environment)
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  return {};
}

Result<std::string> find_program(const std::vector<std::string>& environment, const std::string& name,
                                 std::string remedy) {
  if (name.find('/') != std::string::npos) {
    if (name.front() == '/') return name;
    return fail("start '" + name + "'", "a relative path means another program in each directory",
                "write an absolute path or a name on PATH");
  }
  const auto path = variable(environment, "PATH");
  auto program = os::find_on_path(name, path.empty() ? "/usr/bin:/bin" : path);
  if (program.empty()) return fail("find '" + name + "'", "it is not on PATH", std::move(remedy));
  return program;
}

Result<HttpAnswer> send(const std::vector<std::string>& environment, const HttpRequest& request) {
  const std::string what = "ask '" + visible(request.url.substr(0, 200)) + "'";
  const auto curl = TRY(find_program(environment, "curl", "install it: sudo apt install curl"));
  std::string config = TRY(curl_config(request));
  const os::Command command{
      .argv = {curl, "--disable", "--config", "-"}, .environment = curl_environment(environment), .directory = "/"};
  auto done = os::run(command, config, curl_end_time_max, 2 * http_answer_bytes_max);
  wipe(config);
  if (!done) return fail(what, done.error().why, "try again later");
  if (done->exit_status == curl_timed_out) return fail(what, "no answer within 10 seconds", "try again later");
  if (done->exit_status != 0)
    return fail(what, "curl failed with status " + std::to_string(done->exit_status),
                "see EXIT CODES in `man curl`; is the machine online, is the proxy right?");
  auto answer = parse_curl_output(done->out);
  wipe(done->out);
  return answer;
}

// Nothing that it printed is ever shown: a program that fails may print the token as well.
Result<SecretText> run(const std::vector<std::string>& environment, std::vector<std::string> argv,
                       std::string_view input) {
  const std::string what = "run '" + visible(argv.front()) + "'";
  argv.front() = TRY(find_program(environment, argv.front(), "install it or correct the [[token]]"));
  auto done = run_helper(std::move(argv), environment, input);
  if (!done) return fail(what, done.error().why);
  if (done->exit_status != 0)
    return fail(what, "it ended with status " + std::to_string(done->exit_status), "run it by hand to see why");
  return std::move(done->out);
}

Result<SecretText> read_key(const std::vector<std::string>& environment, const std::string& source) {
  SourceContext context;
  for (const auto& entry : environment)
    if (const std::size_t equals = entry.find('='); equals != std::string::npos)
      context.environment.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  const auto directories = TRY(os::user_directories([&](const char* name) -> const char* {
    for (const auto& [key, value] : context.environment)
      if (key == name) return value.c_str();
    return nullptr;
  }));
  context.home = directories.home;
  context.config = directories.config;
  auto read = read_source(source, context);
  if (read.state == SourceState::present) return std::move(read.value);
  return fail("read the key '" + source + "' of a [[token]]", read.why, read.remedy);
}

}  // namespace

std::vector<std::string> curl_environment(const std::vector<std::string>& environment) {
  static constexpr std::array<std::string_view, 12> names = {
      "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",      "ALL_PROXY",     "no_proxy",
      "NO_PROXY",   "PATH",        "LANG",        "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};
  std::vector<std::string> passed;
  for (const auto& entry : environment)
    if (std::ranges::find(names, std::string_view(entry).substr(0, entry.find('='))) != names.end())
      passed.push_back(entry);
  return passed;
}

IssuerWorld issuer_world(std::vector<std::string> environment) {
  return {.send = [environment](const HttpRequest& request) { return send(environment, request); },
          .read_secret = [environment](const std::string& source) { return read_key(environment, source); },
          .sign = sign_rs256,
          .run = [environment](const std::vector<std::string>& argv,
                               std::string_view input) { return run(environment, argv, input); },
          .now =
              [] {
                return std::chrono::duration_cast<std::chrono::seconds>(SystemClock().wall_now().time_since_epoch())
                    .count();
              }};
}

}  // namespace bailey::credentials
