// What one connection to the ssh-agent may have signed, as a state that requests change. Pure but for the arithmetic:
// who asks the real agent or a human is up to the caller (broker/ssh_agent_broker.cc).
//
// How it works. ssh tells its agent which host it talks to before it asks for anything (session-bind@openssh.com): the
// host's key, the id of the SSH session, and the host's signature over that id. Such a signature exists only where a
// key exchange with the real host was done, so whoever holds it is connected to that host. The key's names are looked
// up in the user's known_hosts, and the rules are asked about those names. A key then signs nothing but a login in the
// session with that id.
// What it relies on: the user's known_hosts, which nothing in a sandbox can write.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "credentials/credential_decision.h"
#include "credentials/known_hosts.h"
#include "credentials/ssh_agent_message.h"
#include "credentials/ssh_login.h"

namespace bailey::credentials {

struct SignDecision {
  CredentialDecision decision;
  std::string fingerprint;
  std::string host;  // as the rules name it, with its port unless that is 22; empty: the connection is bound to none
  std::string user;
};

class SshAgentGuard {
 public:
  // `known_hosts`: the texts of the user's files, one after the other. Both are borrowed.
  SshAgentGuard(std::span<const policy::CredentialRule> rules, std::string_view known_hosts)
      : rules_(rules), known_hosts_(known_hosts) {}

  // Once for a connection. Forwarding is refused, and the connection gives nothing from then on: behind it sits whoever
  // owns the other host.
  [[nodiscard]] Status bind(const BindSession& bind);
  // Those of `all` that some rule admits, for the bound host when there is one.
  [[nodiscard]] std::vector<SshIdentity> visible_identities(const std::vector<SshIdentity>& all) const;
  // `identity`: the one that the request names, as the agent has it. An error: it is nothing that may be signed.
  [[nodiscard]] Result<SignDecision> decide(const SignRequest& request, const SshIdentity& identity) const;

  [[nodiscard]] bool is_bound() const { return bound_.has_value(); }
  // Of the bound key, for people: its first name, or its fingerprint.
  [[nodiscard]] std::string host_title() const;

 private:
  struct Bound {
    std::string host_key;
    std::string session_id;
    std::vector<KnownHost> hosts;
  };
  struct HostDecision {
    CredentialDecision decision;
    std::string host;
  };
  [[nodiscard]] HostDecision decide_for_hosts(const SshIdentity& identity) const;

  std::span<const policy::CredentialRule> rules_;
  std::string_view known_hosts_;
  std::optional<Bound> bound_;
  enum class Forwarded { no, yes } forwarded_ = Forwarded::no;
};

// Names of the rules' hosts that stand for one host: what hashed lines of known_hosts are compared with.
[[nodiscard]] std::vector<KnownHost> hosts_in_rules(std::span<const policy::CredentialRule> rules);

}  // namespace bailey::credentials
