// `get` of git's credential protocol, for remotes of the session. Off unless a rule allows it: what is handed over here
// is then the agent's (src/git/ pushes and fetches without handing anything over).
#include <charconv>

#include "broker/broker.h"
#include "credentials/git_credential.h"
#include "git/service.h"
#include "os/process.h"

namespace bailey::broker {
namespace {

using credentials::GitCredentialTarget;

constexpr std::chrono::seconds helpers_time_max{10};

std::uint16_t port_of(const GitCredentialTarget& target) {
  std::uint16_t port = target.protocol == "https" ? 443 : 80;
  std::from_chars(target.port.data(), target.port.data() + target.port.size(), port);
  return port;
}

std::size_t missing(std::string_view text) { return text == "\n" || text.ends_with("\n\n") ? 0 : 1; }

approval::Request question(const GitCredentialTarget& target) {
  const std::string where = target.host_and_port() + '/' + target.path;
  return {.kind = "git-credential",
          .title = "give the agent the user's git credentials for " + where,
          .tier = 3,
          .context = {{"host", target.host_and_port()}, {"repository", target.path}, {"protocol", target.protocol}},
          .from_agent = {},
          .risk = "the agent can then do at " + target.host + " whatever these credentials allow, and keep them",
          .view = {},
          .remember = "git-credential " + target.protocol + ' ' + where,
          .action = {}};
}

// The user's helpers, by the user's own configuration and by none of a repository's.
Result<credentials::GitCredential> ask_helpers(const Scene& scene, const GitCredentialTarget& target) {
  os::Command command;
  command.argv = {git::find_git(), "-c", "credential.interactive=false", "credential", "fill"};
  if (command.argv[0].empty()) return fail("ask the credential helpers", "git is not installed on the host");
  command.environment = scene.environment;
  command.environment.emplace_back("GIT_DIR=/dev/null");
  command.directory = "/";
  auto output = os::run(command, fill_text(target), helpers_time_max, credentials::git_answer_bytes_max);
  if (!output) return std::unexpected(std::move(output).error());
  auto credential =
      output->exit_status == 0
          ? parse_fill_answer(output->out, target)
          : Result<credentials::GitCredential>(fail("ask the credential helpers", "none of the user's has an answer"));
  credentials::wipe(output->out);
  return credential;
}

// The event is filled on the way.
Result<credentials::GitCredential> obtain(const Scene& scene, std::string_view text, Event& event) {
  const auto request = TRY(credentials::parse_git_credential(text));
  event.host = request.host;
  event.path = request.path;
  const auto& description = scene.description;
  if (!description.refused.empty()) return fail("give credentials", description.refused);
  const auto* target = credentials::find_target(description.targets, request);
  if (target == nullptr) return fail("give credentials", "this is no remote of the session");
  event.path = target->path;
  const credentials::CredentialUse use{.op = policy::CredentialOp::get,
                                       .names = {target->host_and_port() + '/' + target->path},
                                       .host = target->host,
                                       .port = port_of(*target)};
  if (!is_granted(scene, decide(description.rules, use), question(*target), event))
    return fail("give credentials", event.reason);
  event.outcome = Outcome::failed;
  auto credential = TRY(ask_helpers(scene, *target));
  event.outcome = Outcome::given;
  return credential;
}

}  // namespace

Status serve_git_credential(const Scene& scene) {
  Event event{.act = Act::git_get};
  const auto text = scene.client.read({.bytes_max = credentials::git_credential_bytes_max}, missing);
  const auto credential =
      text ? obtain(scene, *text, event) : Result<credentials::GitCredential>(std::unexpected(text.error()));
  if (!credential) event.reason = credential.error().why;
  scene.supervisor.report(event);
  if (!credential) return answer_refused(scene.client, event.reason);
  const auto password = credential->password.view();
  std::string answer;
  answer.reserve(credential->username.size() + password.size() + 32);  // so that no copy is left behind
  answer.append("username=").append(credential->username).append("\npassword=").append(password).append("\n");
  const auto answered = answer_ok(scene.client, answer);
  credentials::wipe(answer);
  return answered;
}

}  // namespace bailey::broker
