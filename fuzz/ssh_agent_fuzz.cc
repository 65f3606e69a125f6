// Requests to the ssh-agent, answers of it, known_hosts and what is to be signed: without a bound host nothing is, and
// no made-up bytes verify.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "credentials/ssh_agent_guard.h"
#include "credentials/ssh_host_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::credentials;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<bailey::policy::CredentialRule> rules = {
      {"all", {}, {}, {}, bailey::policy::CredentialAction::allow, {}, 0}};
  const auto identities = parse_identities(text);
  (void)parse_signature_answer(text);
  (void)parse_ssh_login(text);
  (void)hosts_of_key(text, "key", std::vector<KnownHost>{{"h", 22}});
  const auto request = parse_agent_request(text);
  if (!request) return 0;
  SshAgentGuard guard(rules, text);
  if (const auto* sign = std::get_if<SignRequest>(&*request))
    if (guard.decide(*sign, {sign->key, "c"})) std::abort();
  if (const auto* bind = std::get_if<BindSession>(&*request))
    if (guard.bind(*bind) && bind->purpose == BindSession::Purpose::forwarding) std::abort();
  return 0;
}
