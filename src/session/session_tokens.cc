#include "session/session_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "credentials/login.h"
#include "credentials/token_event.h"
#include "os/files.h"
#include "policy/secret_source.h"

namespace bailey::session {
namespace {

using credentials::Freshness;
using credentials::Minted;
using credentials::no_expiry;

constexpr std::chrono::seconds retry_delay{30};
constexpr std::chrono::seconds revocation_time_max{15};
constexpr std::chrono::hours timer_span_max{24};  // longer waits are several of these
constexpr credentials::UnixSeconds login_look_seconds = 60 * 60;

// What bailey-minter and the programs that it starts may know: no secret of another purpose.
std::vector<std::string> minter_environment(const TokenPlan& plan) {
  std::vector<std::string> list;
  for (const auto& [name, value] : plan.environment)
    if (std::ranges::find(plan.secret_variables, name) == plan.secret_variables.end())
      list.push_back(name + '=' + value);
  return list;
}

credentials::SecretText key_of(const policy::TokenRule& rule, const TokenPlan& plan) {
  const auto source = policy::parse_secret_source(rule.key);
  if (!source || source->kind != policy::SourceKind::env) return {};
  for (const auto& [name, value] : plan.environment)
    if (name == source->name) return credentials::SecretText(value);
  return {};
}

Status said(const Result<Minted>& answer) {
  if (answer) return {};
  return std::unexpected(answer.error());
}

// nullopt: nobody is logged in, as far as we can read.
std::optional<credentials::Login> login_in(const std::string& path, const policy::OAuthLogin& where) {
  auto text = os::read_file(path, credentials::login_file_bytes_max);
  if (!text) return std::nullopt;
  auto login = credentials::read_login(*text, where);
  credentials::wipe(*text);
  return login ? std::move(*login) : std::nullopt;
}

audit::Event login_event(const policy::OAuthLogin& where, const Status& result) {
  audit::Event event{.level = result ? audit::Level::info : audit::Level::warning,
                     .category = audit::Category::credential,
                     .action = "token_refreshed",
                     .tier = audit::Tier::logged,
                     .decision = audit::Decision::allow,
                     .rule = {},
                     .subject = {}};
  event.subject.add("login", where.file).add("result", result ? "ok" : result.error().why);
  return event;
}

}  // namespace

SessionTokens::SessionTokens(event::Loop& loop, TokenPlan plan, Handlers handlers)
    : loop_(loop),
      plan_(std::move(plan)),
      handlers_(std::move(handlers)),
      store_(plan_.state),
      program_{plan_.minter, minter_environment(plan_)} {
  for (const auto& rule : plan_.tokens) tokens_.push_back({.rule = rule, .key = key_of(rule, plan_)});
  for (const auto& where : plan_.logins) logins_.push_back({.where = where});
  for (auto& [name, value] : plan_.environment) credentials::wipe(value);
  plan_.environment.clear();
}

credentials::UnixSeconds SessionTokens::now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(loop_.clock().wall_now().time_since_epoch()).count();
}

Result<credentials::TokenOrder> SessionTokens::mint_order(const Token& token) const {
  const auto& rule = token.rule;
  credentials::MintOrder order{.issuer = credentials::issuer_of(rule),
                               .key = token.key.copy(),
                               .repository = {},
                               .permissions = rule.permissions,
                               .scopes = rule.scopes,
                               .mint = rule.mint};
  if (rule.provider == policy::TokenProvider::github_app)
    order.repository = TRY(credentials::repository_for(rule.api, plan_.origin_host, plan_.origin_path));
  return order;
}

credentials::TokenOrder SessionTokens::renew_order(const Login& login) const {
  return credentials::RenewOrder{{login.where, os::join(plan_.home, login.where.file), os::join(plan_.state, "locks")}};
}

Result<SessionTokens::Job> SessionTokens::start_job(const credentials::TokenOrder& order) const {
  return Job{TRY(credentials::MinterRun::start(program_, order))};
}

Status SessionTokens::attend(Job& job, std::function<void()> done) {
  const auto once = std::make_shared<std::function<void()>>(std::move(done));
  job.watch = TRY(loop_.watch(job.run.answer_fd(), event::Interest::read, [&job, once](event::Ready) {
    if (job.run.read() == credentials::MinterRun::Progress::complete) (*once)();
  }));
  job.deadline = loop_.after(credentials::minter_time_max, [once] { (*once)(); });
  return {};
}

Status SessionTokens::start() {
  std::vector<credentials::TokenOrder> orders;  // all of them first: nothing is minted when one makes no sense
  for (const auto& token : tokens_) orders.push_back(TRY(mint_order(token)));
  auto order = orders.begin();
  for (auto& token : tokens_) {
    auto job = start_job(*order++);
    if (!job) return std::unexpected(std::move(job).error().within("mint the token '" + token.rule.use.id + "'"));
    token.job = std::move(*job);
  }
  // One that is good needs no process.
  for (auto& login : logins_) {
    const auto found = login_in(os::join(plan_.home, login.where.file), login.where);
    if (found) login.expires = found->expires;
    if (!found || credentials::is_good(*found, now()) || found->refresh.empty()) continue;
    auto job = start_job(renew_order(login));
    if (job) login.job = std::move(*job);
  }
  return {};
}

// All of them are waited for, also when one fails: what was minted is to be revoked.
Status SessionTokens::await() {
  const SteadyTime deadline = loop_.clock().steady_now() + credentials::minter_time_max;
  Status all;
  for (auto& token : tokens_) {
    if (!token.job) continue;
    auto minted = token.job->run.wait(deadline);
    token.job.reset();
    handlers_.record(
        credentials::token_event("token_minted", token.rule.use.id, credentials::issuer_of(token.rule), said(minted)));
    Status taken = minted ? take(token, std::move(*minted)) : Status(std::unexpected(std::move(minted).error()));
    if (!taken && all)
      all = std::unexpected(std::move(taken).error().within("mint the token '" + token.rule.use.id + "'"));
  }
  for (auto& login : logins_) {
    if (!login.job) continue;
    const auto answer = login.job->run.wait(deadline);
    login.job.reset();
    take(login, answer);
  }
  return all;
}

// Should: have it on record before it is used, and the old one used by nobody before it is revoked.
Status SessionTokens::take(Token& token, Minted minted) {
  const auto issuer = credentials::issuer_of(token.rule);
  std::optional<credentials::HeldRecord> held;
  if (issuer.revokes()) {
    credentials::TokenRecord record{.session = plan_.session,
                                    .session_directory = plan_.session_directory,
                                    .agent = plan_.agent,
                                    .id = token.rule.use.id,
                                    .issuer = issuer,
                                    .minted = now(),
                                    .expires = minted.expires,
                                    .token = minted.token.copy()};
    auto kept = store_.keep(record);
    if (!kept) {
      revoke(record.id, {issuer, token.key.copy(), std::move(minted.token)}, {});
      return std::unexpected(std::move(kept).error());
    }
    held = std::move(*kept);
  }
  if (delivered_) handlers_.on_token(token.rule.use, minted.token.copy());
  revoke(token);
  token.held = std::move(held);
  token.value = std::move(minted.token);
  token.expires = minted.expires;
  return {};
}

void SessionTokens::take(Login& login, const Result<Minted>& answer) {
  if (!answer) {
    handlers_.record(login_event(login.where, said(answer)));
    handlers_.tell("the login in ~/" + login.where.file + " could not be renewed: " + answer.error().why);
    return;
  }
  login.expires = answer->expires;
  if (answer->freshness == Freshness::none) return;
  login.value = answer->token.copy();
  if (answer->freshness == Freshness::fresh) handlers_.record(login_event(login.where, {}));
}

void SessionTokens::deliver() {
  delivered_ = true;
  for (auto& token : tokens_) {
    handlers_.on_token(token.rule.use, token.value.copy());
    schedule(token);
  }
  for (auto& login : logins_) {
    if (!login.value.empty()) handlers_.on_login(login.where.source(), std::exchange(login.value, {}));
    schedule(login);
  }
}

void SessionTokens::schedule(Token& token) {
  if (token.expires == no_expiry) return;
  const auto due = std::chrono::seconds(credentials::refresh_time(now(), token.expires) - now());
  if (due > timer_span_max) token.timer = loop_.after(timer_span_max, [this, &token] { schedule(token); });
  else token.timer = loop_.after(std::max(due, std::chrono::seconds(1)), [this, &token] { refresh(token); });
}

// The host's program may renew it too: it is looked at once an hour at least.
void SessionTokens::schedule(Login& login) {
  auto due = now() + login_look_seconds;
  if (login.expires != no_expiry) due = std::min(due, credentials::refresh_time(now(), login.expires));
  login.timer = loop_.after(std::max(std::chrono::seconds(due - now()), std::chrono::seconds(1)),
                            [this, &login] { renew(login); });
}

void SessionTokens::refresh(Token& token) {
  const auto order = mint_order(token);
  auto job = order ? start_job(*order) : std::unexpected(order.error());
  if (!job) return retry(token, job.error());
  token.job = std::move(*job);
  if (auto attended = attend(*token.job, [this, &token] { on_refreshed(token, token.job->run.finish()); }); !attended) {
    token.job.reset();
    retry(token, attended.error());
  }
}

// At the session's end too: the one that was on its way is taken back like the others.
void SessionTokens::on_refreshed(Token& token, Result<Minted> minted) {
  token.job.reset();
  handlers_.record(
      credentials::token_event("token_refreshed", token.rule.use.id, credentials::issuer_of(token.rule), said(minted)));
  if (!minted) return retry(token, minted.error());
  if (auto taken = take(token, std::move(*minted)); !taken) return retry(token, taken.error());
  if (ending_) return revoke(token);
  schedule(token);
}

void SessionTokens::retry(Token& token, const Error& why) {
  if (ending_) return revoke(token);
  if (token.expires <= now()) {
    return handlers_.tell(
        fmt::format("the token '{}' has ended and can't be replaced: {}", token.rule.use.id, why.why));
  }
  token.timer = loop_.after(retry_delay, [this, &token] { refresh(token); });
}

void SessionTokens::renew(Login& login) {
  auto job = start_job(renew_order(login));
  if (!job) return schedule(login);
  login.job = std::move(*job);
  if (!attend(*login.job, [this, &login] { on_renewed(login); })) {
    login.job.reset();
    schedule(login);
  }
}

void SessionTokens::on_renewed(Login& login) {
  const auto answer = login.job->run.finish();
  login.job.reset();
  take(login, answer);
  if (!login.value.empty()) handlers_.on_login(login.where.source(), std::exchange(login.value, {}));
  if (answer) return schedule(login);
  login.timer = loop_.after(retry_delay, [this, &login] { renew(login); });
}

void SessionTokens::revoke(Token& token) {
  if (token.value.empty()) return;
  const auto issuer = credentials::issuer_of(token.rule);
  const std::string id = token.rule.use.id;
  credentials::RevokeOrder order{issuer, token.key.copy(), std::exchange(token.value, {})};
  if (!token.held)
    return handlers_.record(credentials::token_event(
        "token_revoked", id, issuer, fail("revoke the token", "its provider has no way to: it ends by itself")));
  auto held = std::move(*token.held);
  token.held.reset();
  revoke(id, std::move(order), std::move(held));
}

void SessionTokens::revoke(const std::string& id, credentials::RevokeOrder order, credentials::HeldRecord held) {
  const auto issuer = order.issuer;
  auto job = start_job(std::move(order));
  if (!job)
    return handlers_.record(
        credentials::token_event("token_revoked", id, issuer, std::unexpected(std::move(job).error())));
  const auto revoking = revoking_.insert(revoking_.end(), {id, issuer, std::move(held), std::move(*job)});
  if (auto attended = attend(revoking->job, [this, revoking] { on_revoked(revoking); }); !attended)
    handlers_.record(credentials::token_event("token_revoked", id, issuer, attended));
}

void SessionTokens::on_revoked(std::list<Revoking>::iterator revoking) {
  Revoking done = std::move(*revoking);
  revoking_.erase(revoking);
  done.job.watch.reset();
  done.job.deadline.reset();
  const auto answer = done.job.run.finish();
  handlers_.record(credentials::token_event("token_revoked", done.id, done.issuer, said(answer)));
  if (answer) credentials::TokenStore::remove(std::move(done.held));
}

void SessionTokens::revoke() {
  for (auto& login : logins_) {
    login.timer.reset();
    login.job.reset();
  }
  ending_ = true;
  for (auto& token : tokens_) {
    token.timer.reset();
    if (!token.job) revoke(token);
  }
}

bool SessionTokens::is_idle() const {
  return revoking_.empty() && std::ranges::none_of(tokens_, [](const Token& token) { return token.job.has_value(); });
}

void SessionTokens::finish() {
  if (!delivered_) (void)await();  // of a start that failed
  revoke();
  for (auto& token : tokens_) {
    if (!token.job) continue;
    token.job->watch.reset();
    token.job->deadline.reset();
    on_refreshed(token, token.job->run.wait(loop_.clock().steady_now() + credentials::minter_time_max));
  }
  const SteadyTime deadline = loop_.clock().steady_now() + revocation_time_max;
  while (!revoking_.empty()) {
    auto& job = revoking_.front().job;
    job.watch.reset();
    job.deadline.reset();
    auto answer = job.run.wait(deadline);
    auto done = std::move(revoking_.front());
    revoking_.pop_front();
    handlers_.record(credentials::token_event("token_revoked", done.id, done.issuer, said(answer)));
    if (answer) credentials::TokenStore::remove(std::move(done.held));
  }
}

}  // namespace bailey::session
