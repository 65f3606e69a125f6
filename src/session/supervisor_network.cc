// The stages that give a session its network: the gateway before the sandbox, its sockets after it, and changes of the
// policy while it runs.
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

#include "gateway/plan_rules.h"
#include "gateway/trust_store.h"
#include "os/files.h"
#include "policy/domain_pattern.h"
#include "sandbox/identity.h"
#include "sandbox/network.h"
#include "session/host_network.h"
#include "session/network_event.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

constexpr const char* java_store_of_host = "/etc/ssl/certs/java/cacerts";
constexpr std::chrono::seconds refused_traffic_period{30};
constexpr int directory_looks_max = 8;
constexpr std::chrono::milliseconds edit_settle_time{50};  // editors write a file in several steps

Status overwrite(const std::string& path, std::initializer_list<std::string_view> parts) {
  // In place: the sandbox has this very file mounted.
  const Fd file = TRY(os::open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644));
  std::size_t size = 0;
  for (const auto part : parts) {
    TRY_STATUS(os::write_all(file.get(), part));
    size += part.size();
  }
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) return fail_errno("truncate '" + path + "'");
  return {};
}

}  // namespace

// Should: have the gateway confined and waiting before anything of the agent runs; mustn't: go on without it.
Status Supervisor::spawn_gateway() {
  if (!request_.network_policy || request_.mode == SuperviseMode::recover) return {};
  // Mounted before anything is in them: they are written once the gateway has made its CA.
  TRY_STATUS(os::make_directories(trust_directory(), 0755));
  for (const char* name : {"ca.pem", "bundle.pem", "cacerts"})
    TRY_STATUS(overwrite(os::join(trust_directory(), name), {}));
  std::optional<sandbox::HostIds> ids;
  if (::geteuid() == 0) ids = sandbox::choose_ids(sandbox::identity_facts());
  // It loads while we read what it needs.
  gateway_ = TRY(GatewayProcess::spawn(
      *loop_, os::join(request_.helpers, "bailey-gateway"), ids,
      {.on_observed = [this](const gateway::Observation& seen) { on_observed(seen); },
       .on_end = [this](const std::string& why) { loop_->defer([this, why] { on_gateway_end(why); }); }}));
  TRY_STATUS(gather_credentials());
  auto host = read_host_network(request_.host_environment);
  host_trust_ = std::move(host.ca_bundle);
  std::string policy = std::exchange(request_.first_policy, {});
  if (policy.empty()) policy = TRY(request_.network_policy(said_rules_));
  GatewayTexts texts{.policy = policy,
                     .resolv_conf = host.resolv_conf,
                     .hosts = host.hosts,
                     .ca_bundle = host_trust_,
                     .proxy_variables = host.proxy_variables,
                     .keep = keep_text()};
  const Status configured = gateway_->configure(
      texts, gateway_restarted_ ? gateway::NameTable::Start::after_restart : gateway::NameTable::Start::first);
  credentials::wipe(texts.keep);
  return configured;
}

// Should: leave in the session's directory what makes programs inside trust the session's CA.
Status Supervisor::write_trust() {
  if (!gateway_) return {};
  const std::string ca = TRY(gateway_->wait_until_ready());
  const std::string directory = trust_directory();
  TRY_STATUS(overwrite(os::join(directory, "ca.pem"), {ca}));
  TRY_STATUS(overwrite(os::join(directory, "bundle.pem"), {ca, host_trust_}));
  if (!os::exists(java_store_of_host)) return {};
  const std::string store = TRY(gateway::java_trust_store(host_trust_, ca, clock_.wall_now()));
  return overwrite(os::join(directory, "cacerts"), {store});
}

std::string Supervisor::trust_directory() const { return os::join(request_.claim.directory, "trust"); }

Status Supervisor::connect_gateway() {
  if (!gateway_) return {};
  TRY_STATUS(gateway_->listen(sandbox_->listeners()));
  watch_policy_files();
  refused_timer_ = loop_->every(refused_traffic_period, [this] { report_refused_traffic(); });
  return {};
}

// At most one event a kind and period, however much was refused. A kernel that can't tell is no reason to stop: what
// it refuses is refused all the same.
void Supervisor::report_refused_traffic() {
  if (!sandbox_ || sandbox_->counters() < 0) return;
  const auto now = sandbox::read_refused_traffic(sandbox_->counters());
  if (!now) return;
  const auto grown = sandbox::growth(std::exchange(refused_traffic_, *now), *now);
  for (std::size_t i = 0; i < grown.size(); ++i)
    if (grown[i].packets > 0) record(refused_traffic_event(sandbox::refused_kinds[i].protocol, grown[i]));
}

// Connections are refused at once instead of waiting for somebody who will not come.
void Supervisor::close_network() {
  if (sandbox_) sandbox_->listeners().clear();
}

// A gateway that died takes the network with it: the sandbox has no other way out. Once it is started anew.
void Supervisor::on_gateway_end(const std::string& why) {
  if (phase_ == Phase::ended || !gateway_) return;
  gateway_.reset();
  audit::Event event{.level = audit::Level::alert,
                     .category = audit::Category::network,
                     .action = "gateway_gone",
                     .tier = audit::Tier::decided,
                     .decision = audit::Decision::deny,
                     .rule = {},
                     .subject = {}};
  event.subject.add("reason", why).add("restarted", !gateway_restarted_);
  record(std::move(event));
  if (std::exchange(gateway_restarted_, true)) {
    close_network();
    return tell("the gateway failed again (" + why + "): the session has no network now");
  }
  tell("the gateway failed (" + why + ") and is started anew: open connections are lost");
  Status again = spawn_gateway();
  if (again) again = write_trust();
  if (again) again = gateway_->listen(sandbox_->listeners());
  if (again) return;
  gateway_.reset();
  close_network();
  tell("the gateway could not be started again: the session has no network now: " + again.error().why);
}

Status Supervisor::say_rule(policy::NetworkRule rule) {
  const std::string what = "change the network of '" + request_.claim.name + "'";
  if (!request_.network_policy) return fail(what, "this session has no network", "start one with --network proxy");
  if (!gateway_) return fail(what, "its gateway has failed", "stop the session and run `bailey restart`");
  const std::string id = rule.id;
  const bool allows = rule.action == policy::RuleAction::allow;
  std::erase_if(said_rules_, [&](const policy::NetworkRule& old) { return old.id == id; });
  said_rules_.insert(said_rules_.begin(), std::move(rule));
  TRY_STATUS(renew_policy());
  audit::Event event{.level = audit::Level::notice,
                     .category = audit::Category::policy,
                     .action = allows ? audit::Name("network_allow") : audit::Name("network_deny"),
                     .rule = id,
                     .subject = {}};
  record(std::move(event));
  return {};
}

Status Supervisor::renew_policy() { return gateway_->set_policy(TRY(request_.network_policy(said_rules_))); }

void Supervisor::watch_policy_files() {
  if (policy_watch_) return;
  policy_events_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!policy_events_) return;
  (void)find_policy_directory();
  auto watch = loop_->watch(policy_events_.get(), event::Interest::read, [this](event::Ready) {
    char events[4096];
    while (::read(policy_events_.get(), events, sizeof events) > 0) {
    }
    if (find_policy_directory()) policy_timer_ = loop_->after(edit_settle_time, [this] { on_policy_edited(); });
  });
  if (watch) policy_watch_ = std::move(*watch);
}

// Watches the user's directory: editors replace a file by renaming another one over it. Where it does not exist (yet,
// or any more), the nearest one above it, until it comes; false then.
bool Supervisor::find_policy_directory() {
  constexpr std::uint32_t edits = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  constexpr std::uint32_t arrivals = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  const std::string& wanted = request_.user.config;
  const int events = policy_events_.get();
  for (int look = 0; look < directory_looks_max; ++look) {
    std::string directory = wanted;
    std::string missing;  // just below it
    int watched = -1;
    while ((watched = ::inotify_add_watch(events, directory.c_str(), directory == wanted ? edits : arrivals)) < 0) {
      const auto slash = directory.rfind('/');
      if (errno != ENOENT || slash == std::string::npos || slash == 0) return false;
      missing = std::exchange(directory, directory.substr(0, slash));
    }
    if (policy_directory_ >= 0 && policy_directory_ != watched) (void)::inotify_rm_watch(events, policy_directory_);
    policy_directory_ = watched;
    if (directory == wanted) return true;
    if (!os::exists(missing)) return false;  // else it came between the two looks
  }
  return false;
}

void Supervisor::on_policy_edited() {
  if (!gateway_) return;
  auto text = request_.network_policy(said_rules_);
  // A file with a mistake in it leaves the policy as it was: nothing opens because of a typing error.
  if (!text) return tell("the network policy stays as it was: " + text.error().what + ": " + text.error().why);
  if (!gateway_->set_policy(*text)) return;
  record({.level = audit::Level::notice, .category = audit::Category::policy, .action = "network_edited"});
}

}  // namespace bailey::session
