// The brokers (broker/description.h): what they are told, and what the sandbox is told of them.
#include <algorithm>

#include "credentials/credential_decision.h"
#include "git/remote_address.h"
#include "json/write.h"
#include "os/files.h"
#include "session/broker_event.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

using credentials::may_be_used;
using policy::CredentialOp;

// Where pinentry, which gpg asks for a passphrase with, can show its window.
constexpr std::string_view display_variables[] = {"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"};

// The name in front of the host; empty where it is written in a way that would have to be decoded.
std::string login_name(std::string_view url) {
  const auto begin = url.find("://") + 3;
  const auto authority = url.substr(begin, url.find('/', begin) - begin);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return {};
  const auto name = authority.substr(0, std::min(at, authority.find(':')));
  return name.find('%') == std::string_view::npos ? std::string(name) : std::string();
}

std::vector<credentials::GitCredentialTarget> targets_of(const std::vector<git::GuardedRemote>& remotes) {
  std::vector<credentials::GitCredentialTarget> targets;
  for (const auto& remote : remotes)
    for (const auto& url : {remote.url, remote.push_url}) {
      const auto address = git::parse_remote_address(url);
      if (!address || (address->transport != git::Transport::https && address->transport != git::Transport::http))
        continue;
      credentials::GitCredentialTarget target{
          .protocol = address->transport == git::Transport::https ? "https" : "http",
          .host = address->host,
          .port = address->port,
          .path = address->path,
          .username = login_name(url)};
      if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(std::move(target));
    }
  return targets;
}

}  // namespace

BrokerConfig Supervisor::broker_config() {
  const auto remotes = remote_config();
  auto& description = request_.brokers;
  description.refused = remotes.refused;
  description.targets = targets_of(remotes.remotes);
  description.home = request_.user.home;
  description.directory = request_.claim.directory;
  description.base = request_.record.base_commit;
  BrokerConfig config{.program = os::join(request_.helpers, "bailey-broker"),
                      .description = json::write(broker::to_json(description)),
                      .environment = remotes.environment};
  for (const auto& [name, value] : request_.host_environment)
    if (std::find(std::begin(display_variables), std::end(display_variables), name) != std::end(display_variables))
      config.environment.emplace_back(name).append("=").append(value);
  return config;
}

// /etc/gitconfig inside: below the agent's own settings, so that it can switch each of them off for itself.
std::string Supervisor::guest_git_config() const {
  const auto& brokers = request_.brokers;
  const auto& signing = brokers.signing;
  std::string text;
  if (brokers.refused.empty() && !brokers.targets.empty() && may_be_used(brokers.rules, CredentialOp::get))
    text += "[credential]\n\thelper = /run/bailey/bin/bailey git-credential\n";
  if (signing.format == credentials::SigningFormat::none || !may_be_used(brokers.rules, CredentialOp::sign))
    return text;
  text += "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = /run/bailey/bin/bailey-sign\n";
  if (signing.format == credentials::SigningFormat::ssh)
    text +=
        "\tformat = ssh\n[gpg \"ssh\"]\n\tprogram = /run/bailey/bin/bailey-sign\n"
        "[user]\n\tsigningKey = key::chosen-by-the-host\n";
  return text;
}

// The guest's socket itself: it tells the protocols apart by their first byte.
std::string Supervisor::guest_ssh_agent() const {
  const auto& brokers = request_.brokers;
  const auto& host = request_.host_environment;
  const bool has_agent = std::any_of(host.begin(), host.end(), [](const auto& variable) {
    return variable.first == "SSH_AUTH_SOCK" && !variable.second.empty();
  });
  if (!has_agent || !brokers.refused.empty() || !may_be_used(brokers.rules, CredentialOp::ssh)) return {};
  return "/run/bailey/guest.sock";
}

void Supervisor::on_broker_event(const broker::Event& event) { record(broker_event(event)); }

}  // namespace bailey::session
