// A connection that speaks the ssh-agent protocol. Decisions: credentials/ssh_agent_guard.h. The user's own agent
// signs; it sees one connection for each message that is passed on, and only messages that were written here.
#include <sys/socket.h>

#include <algorithm>

#include "base/text.h"
#include "broker/broker.h"
#include "credentials/ssh_agent_guard.h"
#include "credentials/ssh_host_key.h"
#include "credentials/ssh_wire.h"
#include "os/files.h"
#include "os/socket.h"

namespace bailey::broker {
namespace {

using namespace credentials;

constexpr std::size_t refusals_max = 4;                   // then it is no ssh
constexpr std::size_t messages_max = 64;                  // of one connection
constexpr std::chrono::seconds connection_idle_max{120};  // ssh keeps it while the user types a password
constexpr std::chrono::seconds agent_time_max{60};        // a token may want to be touched
constexpr std::size_t length_bytes = 4;

std::size_t missing(std::string_view text) {
  SshReader reader(text);
  const auto size = reader.number();
  if (!size) return length_bytes - text.size();
  return *size + length_bytes - text.size();
}

std::string known_hosts(const std::string& home) {
  std::string text;
  for (const auto& path : {home + "/.ssh/known_hosts", home + "/.ssh/known_hosts2",
                           std::string("/etc/ssh/ssh_known_hosts"), std::string("/etc/ssh/ssh_known_hosts2")})
    text += os::read_file(path, known_hosts_bytes_max / 4 - 1).value_or("") + '\n';
  return text;
}

class Connection {
 public:
  explicit Connection(const Scene& scene)
      : scene_(scene),
        known_hosts_(known_hosts(scene.description.home)),
        guard_(scene.description.rules, known_hosts_) {}

  Status serve() {
    constexpr ReadLimits limits{.bytes_max = agent_request_bytes_max + length_bytes, .first_byte = connection_idle_max};
    for (std::size_t i = 0; i < messages_max && refusals_ < refusals_max; ++i) {
      const auto message = TRY(scene_.client.read(limits, missing));
      if (message.empty()) return {};
      TRY_STATUS(scene_.client.write(answer(std::string_view(message).substr(length_bytes))));
    }
    return fail("serve the ssh-agent protocol", "more messages than a login needs, or none of one");
  }

 private:
  std::string answer(std::string_view message) {
    const auto request = parse_agent_request(message);
    if (!request) return refuse({}, request.error().why);
    if (const auto* bind = std::get_if<BindSession>(&*request)) {
      const auto bound = guard_.bind(*bind);
      return bound ? success_message() : refuse({}, bound.error().why);
    }
    if (const auto* sign = std::get_if<SignRequest>(&*request)) return sign_answer(*sign);
    const auto identities = agent_identities();
    return identities_message(identities ? guard_.visible_identities(*identities) : std::vector<SshIdentity>());
  }

  std::string refuse(Event event, std::string_view why) {
    ++refusals_;
    event.act = Act::ssh_sign;
    event.reason = why;
    if (event.host.empty()) event.host = guard_.host_title();
    scene_.supervisor.report(event);
    return failure_message();
  }

  [[nodiscard]] Result<std::string> agent_says(std::string_view message) const {
    constexpr std::string_view variable = "SSH_AUTH_SOCK=";
    const auto& environment = scene_.environment;
    const auto found = std::find_if(environment.begin(), environment.end(),
                                    [&](const std::string& entry) { return entry.starts_with(variable); });
    if (found == environment.end()) return fail("ask the ssh-agent", "the host has none (SSH_AUTH_SOCK)");
    const Fd agent = TRY(os::connect_unix(found->substr(variable.size()), os::SocketKind::stream));
    const Client peer(agent.get(), agent.get());
    TRY_STATUS(peer.write(message));
    auto answer = TRY(peer.read({.bytes_max = agent_answer_bytes_max + length_bytes,
                                 .first_byte = agent_time_max,
                                 .idle = agent_time_max,
                                 .whole = agent_time_max},
                                missing));
    if (answer.empty()) return fail("ask the ssh-agent", "it gave no answer");
    return answer.substr(length_bytes);
  }

  [[nodiscard]] Result<std::vector<SshIdentity>> agent_identities() const {
    if (!scene_.description.refused.empty()) return std::vector<SshIdentity>();
    return parse_identities(TRY(agent_says(identities_request())));
  }

  std::string sign_answer(const SignRequest& request) {
    const auto identities = agent_identities();
    if (!identities) return refuse({.outcome = Outcome::failed}, identities.error().why);
    Event event{.act = Act::ssh_sign, .key = ssh_fingerprint(request.key)};
    const auto identity = std::find_if(identities->begin(), identities->end(),
                                       [&](const SshIdentity& each) { return each.key == request.key; });
    if (identity == identities->end()) return refuse(event, "the user's agent has no such key");
    const auto decision = guard_.decide(request, *identity);
    if (!decision) return refuse(event, decision.error().why);
    event.host = decision->host;
    event.user = decision->user;
    if (!is_granted(scene_, decision->decision, question(*decision, *identity), event))
      return refuse(event, event.reason);
    const auto signature = sign(request);
    if (!signature) {
      event.outcome = Outcome::failed;
      return refuse(event, signature.error().why);
    }
    event.outcome = Outcome::given;
    scene_.supervisor.report(event);
    return signature_message(*signature);
  }

  [[nodiscard]] Result<std::string> sign(const SignRequest& request) const {
    return parse_signature_answer(TRY(agent_says(sign_request_message(request))));
  }

  [[nodiscard]] approval::Request question(const SignDecision& decision, const SshIdentity& identity) const {
    const std::string host = decision.host.empty() ? guard_.host_title() : decision.host;
    return {.kind = "ssh-login",
            .title = "log in to " + host + " as " + visible(decision.user) + " with the user's ssh key",
            .tier = 3,
            .context = {{"host", host}, {"key", decision.fingerprint}, {"comment", visible(identity.comment)}},
            .from_agent = {{"user", decision.user}},
            .risk = "the agent can do there whatever this key allows, until the connection ends",
            .view = {},
            .remember = "ssh-login " + host + ' ' + decision.fingerprint,
            .action = {}};
  }

  const Scene& scene_;
  std::string known_hosts_;
  SshAgentGuard guard_;
  std::size_t refusals_ = 0;
};

}  // namespace

Status serve_ssh_agent(const Scene& scene) { return Connection(scene).serve(); }

}  // namespace bailey::broker
