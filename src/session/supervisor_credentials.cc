// The stages that give a session its credentials: the Keep for the gateway, placeholders for the agent (keeper.h).
#include <unistd.h>

#include <algorithm>

#include "git/remote_address.h"
#include "os/files.h"
#include "policy/secret_source.h"
#include "sandbox/identity.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

using credentials::SourceState;

audit::Event secret_event(const credentials::SecretReport& report) {
  const bool is_refused = report.state == SourceState::refused;
  audit::Event event{.level = is_refused ? audit::Level::warning : audit::Level::info,
                     .category = audit::Category::credential,
                     .action = "secret_gathered",
                     .tier = audit::Tier::logged,
                     .decision = is_refused ? audit::Decision::deny : audit::Decision::allow,
                     .rule = {},
                     .subject = {}};
  event.subject.add("secret_id", report.id)
      .add("source", report.source)
      .add("result", credentials::source_state_words[static_cast<std::size_t>(report.state)]);
  if (is_refused) event.subject.add("reason", report.why);
  return event;
}

audit::Event home_event(const HomeEvent& seen) {
  const bool is_there = seen.files > 0;
  audit::Event event{.level = seen.withheld.empty() ? audit::Level::info : audit::Level::notice,
                     .category = audit::Category::fs,
                     .action = "home_file",
                     .tier = audit::Tier::logged,
                     .decision = is_there ? audit::Decision::allow : audit::Decision::deny,
                     .rule = {},
                     .subject = {}};
  event.subject.add("path", "~/" + seen.path)
      .add("mode", seen.mode == policy::HomeFileMode::copy ? "copy" : "placeholder")
      .add("files", seen.files)
      .add("replaced", seen.replaced);
  if (!seen.withheld.empty()) event.subject.add("withheld", seen.withheld);
  return event;
}

}  // namespace

// Should: have bailey-minter at work while the gateway starts.
Status Supervisor::start_tokens() {
  if (!request_.network_policy || request_.mode == SuperviseMode::recover) return {};
  const auto& wanted = request_.credentials;
  if (wanted.tokens.empty() && wanted.logins.empty()) return {};
  TokenPlan plan{.tokens = wanted.tokens,
                 .logins = wanted.logins,
                 .minter = os::join(request_.helpers, credentials::minter_program_name),
                 .home = request_.user.home,
                 .state = request_.user.state,
                 .session = request_.claim.name,
                 .session_directory = request_.claim.directory,
                 .agent = request_.record.agent,
                 .environment = request_.host_environment,
                 .secret_variables = secret_variables(),
                 .origin_host = {},
                 .origin_path = {}};
  if (const auto origin = git::parse_remote_address(wanted.origin)) {
    plan.origin_host = origin->host;
    plan.origin_path = origin->path;
  }
  tokens_ = std::make_unique<SessionTokens>(
      *loop_, std::move(plan),
      SessionTokens::Handlers{
          .record = [this](audit::Event event) { record(std::move(event)); },
          .tell = [this](const std::string& text) { tell(text); },
          .on_token = [this](const policy::SecretRule& rule,
                             credentials::SecretText value) { on_token(rule, std::move(value)); },
          .on_login = [this](const std::string& source,
                             credentials::SecretText value) { on_login(source, std::move(value)); }});
  return tokens_->start();
}

// Behind the same placeholder as before.
void Supervisor::on_token(const policy::SecretRule& rule, credentials::SecretText value) {
  Status changed = keeper_->vault().put(rule, std::move(value));
  if (changed && gateway_ && phase_ != Phase::starting) {
    std::string text = keep_text();
    changed = gateway_->set_keep(text);
    credentials::wipe(text);
  }
  if (!changed) tell("'" + rule.id + "' can't be used: " + changed.error().why);
}

void Supervisor::on_login(const std::string& source, credentials::SecretText value) {
  const auto& secrets = request_.credentials.secrets;
  const auto rule = std::ranges::find(secrets, source, &policy::SecretRule::source);
  if (rule != secrets.end()) on_token(*rule, std::move(value));
}

// Should: know every secret before the gateway is told its own; mustn't: stop the session for one that can't be had.
Status Supervisor::gather_credentials() {
  if (keeper_) return {};
  if (tokens_) TRY_STATUS(tokens_->await());
  keeper_ = TRY(Keeper::gather(request_.credentials, request_.user, request_.host_environment, request_.claim.directory,
                               gateway_ ? KeepUse::gateway : KeepUse::nothing));
  if (tokens_) tokens_->deliver();
  return {};
}

// Should: have the agent's settings in its home before it runs.
Status Supervisor::fill_home() {
  if (request_.mode == SuperviseMode::recover) return {};
  TRY_STATUS(gather_credentials());
  std::optional<HomeOwner> owner;
  if (::geteuid() == 0) {
    const auto ids = sandbox::choose_ids(sandbox::identity_facts());
    owner = HomeOwner{ids.uid, ids.gid};
  }
  TRY_STATUS(keeper_->write_home(owner));
  record_credentials();
  watch_settings();
  for (auto& note : keeper_->notes()) request_.notes.push_back(std::move(note));
  return {};
}

// What is absent is no news: an agent's manifest names every way to log in.
void Supervisor::record_credentials() {
  for (const auto& report : keeper_->vault().reports())
    if (report.state != SourceState::absent) record(secret_event(report));
  for (const auto& seen : keeper_->home_events())
    if (seen.files > 0 || !seen.withheld.empty()) record(home_event(seen));
}

// Should: show what the agent reads of the user's settings. A kernel without a watch to spare is no reason to stop.
void Supervisor::watch_settings() {
  std::vector<std::string> paths;
  for (const auto& seen : keeper_->home_events())
    if (seen.files > 0) paths.push_back(seen.path);
  if (paths.empty()) return;
  auto watch =
      SettingsWatch::open(*loop_, os::join(request_.claim.directory, "home"), paths, [this](const std::string& path) {
        if (auto event = settings_reads_.read(path, clock_.steady_now())) record(std::move(*event));
      });
  if (watch) settings_watch_ = std::move(*watch);
}

std::string Supervisor::keep_text() const {
  return keeper_ ? credentials::encode(keeper_->vault().keep()) : std::string();
}

std::vector<std::pair<std::string, std::string>> Supervisor::placeholder_variables() const {
  return keeper_ ? keeper_->vault().variables() : std::vector<std::pair<std::string, std::string>>();
}

std::vector<std::string> Supervisor::secret_variables() const {
  auto names = credentials::secret_variables(request_.credentials.secrets);
  for (const auto& token : request_.credentials.tokens)
    if (const auto key = policy::parse_secret_source(token.key); key && key->kind == policy::SourceKind::env)
      names.push_back(key->name);
  return names;
}

// They have been read. What the user passes to the agent by name is theirs to give.
void Supervisor::forget_secret_variables() {
  auto names = secret_variables();
  const auto& passed = request_.spec.passed_variables;
  std::erase_if(names, [&](const std::string& name) { return std::ranges::find(passed, name) != passed.end(); });
  wipe_variables(names, request_.host_environment);
}

}  // namespace bailey::session
