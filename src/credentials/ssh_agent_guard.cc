#include "credentials/ssh_agent_guard.h"

#include <algorithm>

#include "credentials/ssh_host_key.h"
#include "policy/domain_pattern.h"

namespace bailey::credentials {
namespace {

constexpr std::uint16_t ssh_port = 22;

std::string title_of(const KnownHost& host) {
  return host.port == ssh_port ? host.name : host.name + ':' + std::to_string(host.port);
}

std::vector<std::string> names_of(const SshIdentity& identity) {
  return {ssh_fingerprint(identity.key), identity.comment};
}

std::unexpected<Error> refuse(std::string why) { return fail("use the ssh-agent", std::move(why)); }

}  // namespace

std::vector<KnownHost> hosts_in_rules(std::span<const policy::CredentialRule> rules) {
  std::vector<KnownHost> hosts;
  for (const auto& rule : rules)
    for (const auto& pattern : rule.hosts) {
      const auto parts = policy::parts_of(pattern);
      if (parts.reach == policy::Reach::host) hosts.push_back({std::string(parts.host), parts.port.value_or(ssh_port)});
    }
  return hosts;
}

Status SshAgentGuard::bind(const BindSession& bind) {
  if (bind.purpose == BindSession::Purpose::forwarding) forwarded_ = Forwarded::yes;
  if (forwarded_ == Forwarded::yes) return refuse("forwarding it is not offered");
  if (bound_) return refuse("this connection is bound to a host already");
  TRY_STATUS(verify_ssh_signature(bind.host_key, bind.signature, bind.session_id));
  bound_ = Bound{bind.host_key, bind.session_id, hosts_of_key(known_hosts_, bind.host_key, hosts_in_rules(rules_))};
  return {};
}

std::string SshAgentGuard::host_title() const {
  if (!bound_) return {};
  return bound_->hosts.empty() ? "an unknown host with the key " + ssh_fingerprint(bound_->host_key)
                               : title_of(bound_->hosts.front());
}

// A key with several names is one server: the first name that is not blocked counts.
SshAgentGuard::HostDecision SshAgentGuard::decide_for_hosts(const SshIdentity& identity) const {
  CredentialUse use{.op = policy::CredentialOp::ssh, .names = names_of(identity), .host = {}, .port = {}};
  HostDecision last{{.reason = "the host's key is not in the user's known_hosts"}, {}};
  for (const auto& host : bound_->hosts) {
    use.host = host.name;
    use.port = host.port;
    last = {credentials::decide(rules_, use), title_of(host)};
    if (!last.decision.is_blocked()) return last;
  }
  return last;
}

std::vector<SshIdentity> SshAgentGuard::visible_identities(const std::vector<SshIdentity>& all) const {
  std::vector<SshIdentity> shown;
  if (forwarded_ == Forwarded::yes) return shown;
  std::copy_if(all.begin(), all.end(), std::back_inserter(shown), [&](const SshIdentity& identity) {
    if (!bound_) return may_be_used(rules_, policy::CredentialOp::ssh, names_of(identity));
    return !decide_for_hosts(identity).decision.is_blocked();
  });
  return shown;
}

Result<SignDecision> SshAgentGuard::decide(const SignRequest& request, const SshIdentity& identity) const {
  if (forwarded_ == Forwarded::yes) return refuse("forwarding it is not offered");
  if (!bound_) return refuse("the connection is not bound to a host (ssh 8.9 and later does it)");
  const auto login = TRY(parse_ssh_login(request.data));
  if (login.session_id != bound_->session_id) return refuse("the login belongs to another session");
  if (login.key != request.key || identity.key != request.key) return refuse("the login is with another key");
  if (!login.host_key.empty() && login.host_key != bound_->host_key) return refuse("the login is to another host");
  auto [decision, host] = decide_for_hosts(identity);
  return SignDecision{std::move(decision), ssh_fingerprint(identity.key), std::move(host), login.user};
}

}  // namespace bailey::credentials
