#include "session/gateway_process.h"

#include <grp.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "os/files.h"
#include "os/socket.h"

namespace bailey::session {
namespace {

constexpr int link_in_gateway = 3;

bool wait_readable(int fd, std::chrono::milliseconds limit) {
  pollfd waiting{fd, POLLIN, 0};
  int ready = 0;
  do ready = ::poll(&waiting, 1, static_cast<int>(limit.count()));
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

Status send_texts(int link, const GatewayTexts& texts, gateway::NameTable::Start names) {
  gateway::Configure message{.texts = {}, .names = names};
  std::vector<Fd> owned;
  std::vector<int> passed;
  const std::pair<std::string_view, const std::string*> all[] = {
      {gateway::text_policy, &texts.policy},
      {gateway::text_resolv_conf, &texts.resolv_conf},
      {gateway::text_hosts, &texts.hosts},
      {gateway::text_ca_bundle, &texts.ca_bundle},
      {gateway::text_proxy_variables, &texts.proxy_variables},
      {gateway::text_keep, &texts.keep}};
  for (const auto& [name, text] : all) {
    if (name == gateway::text_keep && text->empty()) continue;
    owned.push_back(TRY(os::sealed_memory("bailey-text", *text)));
    passed.push_back(owned.back().get());
    message.texts.emplace_back(name);
  }
  return os::send_message(link, gateway::encode(gateway::ToGateway(message)), passed);
}

}  // namespace

Result<std::unique_ptr<GatewayProcess>> GatewayProcess::spawn(event::Loop& loop, const std::string& program,
                                                              const std::optional<sandbox::HostIds>& ids,
                                                              Handlers handlers) {
  std::unique_ptr<GatewayProcess> gateway(new GatewayProcess(loop, std::move(handlers)));
  auto [ours, theirs] = TRY(os::socket_pair(os::SocketKind::packet));
  os::Command command;
  command.argv = {program};
  command.stderr_fd = 2;  // the supervisor's log
  command.extra_fds = {{theirs.get(), link_in_gateway}};
  command.changes_user = ids.has_value();
  if (ids)
    command.before_exec = [ids = *ids] {
      if (::setgroups(0, nullptr) != 0 || ::setresgid(ids.gid, ids.gid, ids.gid) != 0 ||
          ::setresuid(ids.uid, ids.uid, ids.uid) != 0)
        return errno;
      return 0;
    };
  gateway->process_ = TRY(os::spawn(command));
  theirs.reset();
  gateway->link_ = std::move(ours);
  return gateway;
}

Status GatewayProcess::configure(const GatewayTexts& texts, gateway::NameTable::Start names) {
  return send_texts(link_.get(), texts, names);
}

Result<std::string> GatewayProcess::wait_until_ready() {
  const char* what = "start the gateway";
  if (!wait_readable(link_.get(), gateway_ready_time_max)) return fail(what, "it gave no answer");
  const auto message = TRY(os::receive_message(link_.get(), gateway::link_message_bytes_max));
  if (message.bytes.empty()) return fail(what, "it ended at once", "run `bailey doctor`");
  auto answer = TRY(gateway::decode_from_gateway(message.bytes, message.fds.size()));
  if (const auto* failed = std::get_if<gateway::Failed>(&answer))
    return std::unexpected(Error{failed->what, failed->why, failed->remedy, 0}.within(what));
  auto* ready = std::get_if<gateway::ReadyToListen>(&answer);
  if (ready == nullptr) return fail(what, "it said something else than `ready`");
  watch_ = TRY(loop_.watch(link_.get(), event::Interest::read, [this](event::Ready) { on_readable(); }));
  return std::move(ready->ca_pem);
}

Status GatewayProcess::listen(const std::vector<Fd>& sockets) {
  gateway::Listeners message;
  std::vector<int> passed;
  for (std::size_t i = 0; i < sockets.size() && i < std::size(gateway::listener_names); ++i) {
    if (!sockets[i]) continue;
    message.names.emplace_back(gateway::listener_names[i]);
    passed.push_back(sockets[i].get());
  }
  return os::send_message(link_.get(), gateway::encode(gateway::ToGateway(message)), passed);
}

Status GatewayProcess::set_policy(const std::string& text) {
  const Fd memory = TRY(os::sealed_memory("bailey-policy", text));
  return os::send_message(link_.get(), gateway::encode(gateway::ToGateway(gateway::NewPolicy{})), {memory.get()});
}

Status GatewayProcess::set_keep(const std::string& text) {
  const Fd memory = TRY(os::sealed_memory("bailey-keep", text));
  return os::send_message(link_.get(), gateway::encode(gateway::ToGateway(gateway::NewKeep{})), {memory.get()});
}

void GatewayProcess::on_readable() {
  const auto message = os::receive_message(link_.get(), gateway::link_message_bytes_max);
  if (!message || message->bytes.empty()) return end("it has ended");
  auto said = gateway::decode_from_gateway(message->bytes, message->fds.size());
  if (!said) return end(to_lines(said.error()));
  if (const auto* failed = std::get_if<gateway::Failed>(&*said)) return end(failed->what + ": " + failed->why);
  if (auto* observation = std::get_if<gateway::Observation>(&*said)) handlers_.on_observed(std::move(*observation));
}

void GatewayProcess::end(const std::string& why) {
  watch_.reset();
  process_.kill(SIGKILL);
  handlers_.on_end(why);
}

void GatewayProcess::stop() {
  if (!watch_) return;
  watch_.reset();
  if (!os::send_message(link_.get(), gateway::encode(gateway::ToGateway(gateway::Stop{})))) return;
  while (wait_readable(link_.get(), gateway_end_time_max)) {
    const auto message = os::receive_message(link_.get(), gateway::link_message_bytes_max);
    if (!message || message->bytes.empty()) return;
    auto said = gateway::decode_from_gateway(message->bytes, message->fds.size());
    if (!said) return;
    if (auto* observation = std::get_if<gateway::Observation>(&*said)) handlers_.on_observed(std::move(*observation));
  }
}

}  // namespace bailey::session
