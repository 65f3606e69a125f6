// The supervisor's part in credentials: gathers a session's secrets on the host when it starts, hands the gateway the
// Keep, and puts placeholders where the agent looks: into variables and into the settings files of its home.
//
// How it works. All of it happens before the agent runs: gather() before the gateway is configured, write_home() when
// the private home exists, variables() when the command starts. The placeholders are made from a seed that lies in the
// session's directory (0600, never in the sandbox), so that a session that starts again has the same ones, also in what
// its agent wrote down; the values are read anew each time and are never on disk. A gateway that is started again gets
// the same Keep.
//
// Without a network there is no Keep: no source is read, no variable set, and settings files have canaries only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "credentials/vault.h"
#include "os/user.h"
#include "policy/credential_rule.h"
#include "policy/manifest.h"
#include "policy/token_rule.h"
#include "session/home_import.h"

namespace bailey::session {

// Of the plan, in force for this start.
struct CredentialPlan {
  std::vector<policy::SecretRule> secrets;
  std::vector<policy::TokenRule> tokens;
  std::vector<policy::CredentialRule> rules;
  std::vector<policy::HomeFile> home;
  std::vector<policy::OAuthLogin> logins;  // of the agent's manifest
  std::string origin;                      // address of the repository's remote; empty: it has none
  std::function<bool(std::string_view)> is_secret_name;
};

enum class KeepUse { gateway, nothing };  // nothing: the session has no network

class Keeper {
 public:
  // `environment`: of whoever starts the session.
  [[nodiscard]] static Result<std::unique_ptr<Keeper>> gather(
      const CredentialPlan& plan, const os::UserDirectories& user,
      const std::vector<std::pair<std::string, std::string>>& environment, const std::string& session_directory,
      KeepUse use);

  // Into "<session directory>/home".
  [[nodiscard]] Status write_home(std::optional<HomeOwner> owner);
  [[nodiscard]] credentials::Vault& vault() { return vault_; }
  [[nodiscard]] const std::vector<HomeEvent>& home_events() const { return home_->events(); }
  // What the user should know: secrets that were refused, files that were withheld. One line each.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  Keeper(std::string seed, std::string session_directory)
      : vault_(std::move(seed)), session_directory_(std::move(session_directory)) {}

  credentials::Vault vault_;
  std::string session_directory_;
  std::optional<HomeImport> home_;
};

// Overwrites the values of these variables where this process has them: in its own environment, which other processes
// of the user could read (/proc/PID/environ), and in `environment`.
void wipe_variables(const std::vector<std::string>& names,
                    std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace bailey::session
