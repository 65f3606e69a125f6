#include "cli/session_credentials.h"

#include "cli/landing_findings.h"
#include "workspace/settings.h"
#include "workspace/user_config.h"

namespace bailey::cli {
namespace {

// How the user signs: by their own configuration. The repository's can only say that nothing is signed here.
credentials::SigningSetup signing_of(const workspace::UserHome& home, const git::HostRepository* repository,
                                     const credentials::Signer& signer) {
  workspace::Notes ignored;
  const auto config =
      workspace::read_user_config(home, repository != nullptr ? repository->git_dir + '/' : "", ignored);
  const auto value = [&config](std::string_view name) {
    const auto* found = git::config_value(config, name);
    return found == nullptr ? std::string() : *found;
  };
  credentials::SigningConfig signing{.gpgsign = value("commit.gpgsign"),
                                     .format = value("gpg.format"),
                                     .signing_key = value("user.signingkey"),
                                     .gpg_program = value("gpg.openpgp.program"),
                                     .ssh_program = value("gpg.ssh.program"),
                                     .identity = signer.name + " <" + signer.email + '>'};
  if (signing.gpg_program.empty()) signing.gpg_program = value("gpg.program");
  if (repository != nullptr) {
    const auto own = workspace::read_repository_config(*repository);
    if (const auto* said = git::config_value(own, "commit.gpgsign"); said != nullptr) signing.gpgsign = *said;
  }
  return credentials::signing_setup(signing);
}

}  // namespace

Result<policy::SecretNames> secret_names(const policy::SessionPlan& plan) {
  std::vector<std::string> patterns;
  patterns.reserve(plan.secret_patterns.size());
  for (const auto& pattern : plan.secret_patterns) patterns.push_back(pattern.value);
  return policy::SecretNames::compile(patterns);
}

Result<session::CredentialPlan> credential_plan(const policy::SessionPlan& plan) {
  session::CredentialPlan credentials;
  for (const auto& rule : plan.secrets) credentials.secrets.push_back(rule.value);
  for (const auto& rule : plan.tokens) credentials.tokens.push_back(rule.value);
  for (const auto& rule : plan.credential_rules) credentials.rules.push_back(rule.value);
  credentials.home = plan.agent.home;
  credentials.logins = plan.agent.logins;
  credentials.is_secret_name = [names = TRY(secret_names(plan))](std::string_view name) { return names.matches(name); };
  return credentials;
}

std::string origin_of(const std::vector<git::GuardedRemote>& remotes) {
  for (const auto& remote : remotes)
    if (remote.name == "origin" && remote.path.empty()) return remote.url;
  return {};
}

broker::Description brokers_of(const policy::SessionPlan& plan, const git::HostRepository* repository,
                               const os::UserDirectories& user) {
  broker::Description brokers;
  brokers.rules.reserve(plan.credential_rules.size());
  for (const auto& rule : plan.credential_rules) brokers.rules.push_back(rule.value);
  workspace::Notes ignored;
  const auto home = user_home(user);
  const auto settings = workspace::read_settings(home, repository, ignored);
  brokers.signer = {settings.user_name, settings.user_email};
  brokers.signing = signing_of(home, repository, brokers.signer);
  return brokers;
}

}  // namespace bailey::cli
