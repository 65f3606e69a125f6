// The tokens that are made for one session, from their minting to their revocation, and the logins of its agent, which
// are renewed on the host.
//
// How it works. start() and await() are stages of the session's start: one bailey-minter a token, side by side. What is
// minted goes on record (credentials/token_store.h) before anybody gets it. deliver() hands everything over once; from
// then on a timer a token mints the next one before the old one ends, on_token gets it, and the old one is revoked.
// When the agent's processes are gone, revoke() takes everything back while the work is saved; finish() waits for the
// rest. What could not be revoked stays on record and is tried again by a later command (credentials/sweep.h).
//
// A [[token]] that can't be minted stops the start: the session was configured to have it. A login that can't be
// renewed does not: the agent says so itself.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.h"
#include "credentials/minter.h"
#include "credentials/token_store.h"
#include "event/loop.h"
#include "policy/oauth_login.h"
#include "policy/token_rule.h"

namespace bailey::session {

struct TokenPlan {
  std::vector<policy::TokenRule> tokens;
  std::vector<policy::OAuthLogin> logins;  // of the agent's manifest
  std::string minter;                      // path of bailey-minter
  std::string home;                        // the user's
  std::string state;                       // os::UserDirectories::state
  std::string session;
  std::string session_directory;
  std::string agent;
  // Of whoever starts the session, and which of them hold secrets.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> secret_variables;
  // origin's host and path, for tokens of one repository; empty: there is none.
  std::string origin_host;
  std::string origin_path;
};

class SessionTokens {
 public:
  struct Handlers {
    std::function<void(audit::Event)> record;
    std::function<void(const std::string&)> tell;
    // The value that stands behind the rule's placeholder from now on.
    std::function<void(const policy::SecretRule& rule, credentials::SecretText value)> on_token;
    // Likewise for the secret whose source this is.
    std::function<void(const std::string& source, credentials::SecretText value)> on_login;
  };
  SessionTokens(event::Loop& loop, TokenPlan plan, Handlers handlers);

  Status start();
  Status await();
  void deliver();
  void revoke();
  // Nothing is being minted or revoked.
  [[nodiscard]] bool is_idle() const;
  void finish();

 private:
  struct Job {
    credentials::MinterRun run;
    event::Watch watch = {};
    event::Timer deadline = {};
  };
  struct Token {
    policy::TokenRule rule;
    credentials::SecretText key = {};  // of a variable; else empty
    credentials::SecretText value = {};
    credentials::UnixSeconds expires = credentials::no_expiry;
    std::optional<credentials::HeldRecord> held = std::nullopt;  // none: it can't be revoked
    std::optional<Job> job = std::nullopt;                       // mints the first one or the next
    event::Timer timer = {};
  };
  struct Login {
    policy::OAuthLogin where;
    credentials::SecretText value = {};  // a new one that was not handed over yet
    credentials::UnixSeconds expires = credentials::no_expiry;
    std::optional<Job> job = std::nullopt;
    event::Timer timer = {};
  };
  struct Revoking {
    std::string id;
    credentials::TokenIssuer issuer;
    credentials::HeldRecord held;
    Job job;
  };

  Result<credentials::TokenOrder> mint_order(const Token& token) const;
  [[nodiscard]] credentials::TokenOrder renew_order(const Login& login) const;
  Result<Job> start_job(const credentials::TokenOrder& order) const;
  // Calls `done` with the answer once, from the loop.
  Status attend(Job& job, std::function<void()> done);
  Status take(Token& token, credentials::Minted minted);
  void schedule(Token& token);
  void schedule(Login& login);
  void refresh(Token& token);
  void on_refreshed(Token& token, Result<credentials::Minted> minted);
  void retry(Token& token, const Error& why);
  void renew(Login& login);
  void on_renewed(Login& login);
  void take(Login& login, const Result<credentials::Minted>& answer);
  void revoke(Token& token);
  void revoke(const std::string& id, credentials::RevokeOrder order, credentials::HeldRecord held);
  void on_revoked(std::list<Revoking>::iterator revoking);
  [[nodiscard]] credentials::UnixSeconds now() const;

  event::Loop& loop_;
  TokenPlan plan_;
  Handlers handlers_;
  credentials::TokenStore store_;
  credentials::MinterProgram program_;
  std::list<Token> tokens_;
  std::list<Login> logins_;
  std::list<Revoking> revoking_;
  bool delivered_ = false;
  bool ending_ = false;
};

}  // namespace bailey::session
