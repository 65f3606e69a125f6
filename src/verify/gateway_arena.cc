#include "verify/gateway_arena.h"

#include <unistd.h>

#include "os/files.h"
#include "sandbox/identity.h"
#include "sandbox/network.h"
#include "session/host_network.h"

namespace bailey::verify {
namespace {

constexpr int messages_per_trial_max = 64;
constexpr std::chrono::milliseconds log_patience{1000};
constexpr std::chrono::milliseconds log_step{20};

std::string lines_for(const std::vector<std::string>& hosts) {
  std::string lines;
  for (const auto& host : hosts) lines.append("127.0.0.1 ").append(host).append(".").append(arena_domain).append("\n");
  return lines;
}

}  // namespace

Result<std::unique_ptr<GatewayArena>> GatewayArena::open(const Subject& subject, const Options& options,
                                                         const Fixture& fixture, const std::string& name,
                                                         const std::vector<std::string>& hosts) {
  std::unique_ptr<GatewayArena> made(new GatewayArena());
  made->loop_ = TRY(event::Loop::create(made->clock_));
  std::optional<sandbox::HostIds> ids;
  if (::geteuid() == 0) ids = sandbox::choose_ids(sandbox::identity_facts());
  made->gateway_ = TRY(session::GatewayProcess::spawn(
      *made->loop_, os::join(options.helpers, "bailey-gateway"), ids,
      {.on_observed = [self =
                           made.get()](const gateway::Observation& seen) { self->refusals_ += seen.allowed ? 0 : 1; },
       .on_end = [self = made.get()](const std::string& why) { self->failure_ = why; }}));
  const auto host = session::read_host_network({});
  TRY_STATUS(made->gateway_->configure(
      {subject.gateway_policy, host.resolv_conf, host.hosts + "\n" + lines_for(hosts), host.ca_bundle, {}},
      gateway::NameTable::Start::first));
  (void)TRY(made->gateway_->wait_until_ready());
  made->arena_ =
      TRY(Arena::open(subject, options, fixture, name, 0, sandbox::GatewayNetwork{sandbox::redirect_rules()}));
  TRY_STATUS(made->gateway_->listen(made->arena_->listeners()));
  return made;
}

Status GatewayArena::keep(const std::string& text) { return failure_.empty() ? gateway_->set_keep(text) : Status(); }

Result<Trial> GatewayArena::run(const std::string& policy, std::string_view act,
                                const std::vector<std::string>& arguments, Surroundings& around) {
  if (failure_.empty()) TRY_STATUS(gateway_->set_policy(policy));
  for (int i = 0; i < messages_per_trial_max && failure_.empty(); ++i)
    TRY_STATUS(loop_->run_once(std::chrono::milliseconds(0)));
  refusals_ = 0;
  refused_before_ = refused_by_rules();
  auto trial = arena_->run(act, arguments, around);
  // What it told, so that its link does not fill up.
  for (int i = 0; i < messages_per_trial_max && failure_.empty(); ++i)
    TRY_STATUS(loop_->run_once(std::chrono::milliseconds(0)));
  if (!failure_.empty() && trial) return Trial{Verdict::broken, 0, "the gateway: " + failure_};
  return trial;
}

sandbox::RefusedTraffic GatewayArena::refused_by_rules() const {
  return sandbox::read_refused_traffic(arena_->counters()).value_or(sandbox::RefusedTraffic{});
}

Logged GatewayArena::logged() {
  if (refused_by_rules() != refused_before_) return Logged::yes;
  for (auto waited = std::chrono::milliseconds(0); refusals_ == 0 && waited < log_patience; waited += log_step)
    if (!failure_.empty() || !loop_->run_once(log_step)) break;
  return refusals_ > 0 ? Logged::yes : Logged::no;
}

}  // namespace bailey::verify
