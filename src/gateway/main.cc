// bailey-gateway: started by the supervisor with the link on descriptor 3, ends with it.
//
// Stages, in order: configure (everything that needs a file or the supervisor's texts), confine, ready, serve. What
// fails before `ready` is told to the supervisor in words.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <map>

#include "base/text.h"
#include "gateway/confine.h"
#include "gateway/link.h"
#include "gateway/server.h"
#include "os/socket.h"

namespace bailey::gateway {
namespace {

constexpr int link_descriptor = 3;
constexpr int exit_failed = 1;

// What is made before the process locks itself in.
struct Parts {
  std::unique_ptr<HostResolver> resolver;
  std::unique_ptr<Connector> connector;
  std::unique_ptr<TlsServices> tls;
  std::unique_ptr<NetworkPolicy> policy;
  credentials::Keep keep;
  NameTable::Start names = NameTable::Start::first;
};

std::map<std::string, std::string> variables_of(std::string_view text) {
  std::map<std::string, std::string> variables;
  for (const std::string_view line : split(text, '\n'))
    if (const auto equals = line.find('='); equals != std::string_view::npos)
      variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  return variables;
}

// Empty: the session has no secrets. The text is wiped.
Result<credentials::Keep> keep_of(std::string& text) {
  Result<credentials::Keep> keep;
  if (!text.empty()) keep = credentials::decode_keep(text);
  credentials::wipe(text);
  return keep;
}

Result<Parts> configure(event::Loop& loop, int link) {
  auto [message, fds] = TRY(receive_from_supervisor(link));
  const auto* const wanted = std::get_if<Configure>(&message);
  if (wanted == nullptr) return fail("the link to the supervisor", "it does not begin with a configuration");
  std::map<std::string, std::string> texts;
  for (std::size_t i = 0; i < fds.size(); ++i) texts[wanted->texts[i]] = TRY(read_text(fds[i].get()));
  Parts parts{.names = wanted->names};
  parts.policy = std::make_unique<NetworkPolicy>(TRY(policy_from_json(texts[std::string(text_policy)])));
  parts.keep = TRY(keep_of(texts[std::string(text_keep)]));
  parts.resolver = TRY(HostResolver::create(loop, parse_hosts(texts[std::string(text_hosts)]),
                                            parse_resolv_conf(texts[std::string(text_resolv_conf)])));
  auto proxies = TRY(HostProxies::from_variables(variables_of(texts[std::string(text_proxy_variables)])));
  parts.connector = std::make_unique<Connector>(loop, *parts.resolver, std::move(proxies));
  parts.tls = std::make_unique<TlsServices>(
      TRY(TlsServices::create(loop.clock(), std::move(texts[std::string(text_ca_bundle)]))));
  return parts;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

Status take_listeners(Server& server, const Listeners& listeners, std::vector<Fd> fds) {
  std::vector<NamedSocket> sockets;
  for (std::size_t i = 0; i < fds.size(); ++i) sockets.push_back({listeners.names[i], std::move(fds[i])});
  return server.listen(std::move(sockets));
}

Status take_policy(Server& server, int memfd) {
  const std::string text = TRY(read_text(memfd));
  server.set_policy(TRY(policy_from_json(text)));
  return {};
}

Status take_keep(Server& server, int memfd) {
  std::string text = TRY(read_text(memfd));
  server.set_keep(TRY(keep_of(text)));
  return {};
}

// Later messages of the supervisor.
Status on_message(event::Loop& loop, Link& link, Server& server, const ToGateway& message, std::vector<Fd> fds) {
  if (const auto* const listeners = std::get_if<Listeners>(&message))
    return take_listeners(server, *listeners, std::move(fds));
  if (std::holds_alternative<NewPolicy>(message)) return take_policy(server, fds.front().get());
  if (std::holds_alternative<NewKeep>(message)) return take_keep(server, fds.front().get());
  if (std::holds_alternative<Configure>(message)) return fail("the link to the supervisor", "configured twice");
  server.close();
  link.finish([&loop] { loop.stop(); });
  return {};
}

Status serve(event::Loop& loop, int link_socket, Parts parts) {
  Status outcome;
  Server* serving = nullptr;
  Link* telling = nullptr;
  const auto end_with = [&](Error error) {
    outcome = std::unexpected(std::move(error));
    loop.stop();
  };
  // Its own descriptor: what fails in here is still to be told.
  auto link = TRY(Link::open(loop, Fd(::fcntl(link_socket, F_DUPFD_CLOEXEC, link_descriptor)),
                             {.on_message =
                                  [&](const ToGateway& message, std::vector<Fd> fds) {
                                    if (auto s = on_message(loop, *telling, *serving, message, std::move(fds)); !s)
                                      end_with(std::move(s).error());
                                  },
                              .on_end = end_with}));
  Server server(loop, *link, *parts.connector, *parts.tls, std::move(*parts.policy), parts.names);
  server.set_keep(std::move(parts.keep));
  serving = &server;
  telling = link.get();
  std::string ca_pem = TRY(parts.tls->authority().ca_pem());
  TRY_STATUS(confine());
  TRY_STATUS(link->send(ReadyToListen{.ca_pem = std::move(ca_pem)}));
  TRY_STATUS(loop.run());
  link->flush();
  return outcome;
}

int run() {
  // Before any secret is read; confine() does the same for whatever comes by here.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return exit_failed;
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const SystemClock clock;
  auto loop = event::Loop::create(clock);
  if (!loop) return exit_failed;
  auto parts = configure(**loop, link_descriptor);
  Status status;
  if (parts) status = serve(**loop, link_descriptor, std::move(*parts));
  else status = std::unexpected(std::move(parts).error());
  if (status) return 0;
  const Error& error = status.error();
  (void)os::send_message(link_descriptor, encode(Failed{error.what, error.why, error.remedy}));
  return exit_failed;
}

}  // namespace
}  // namespace bailey::gateway

int main() { return bailey::gateway::run(); }
