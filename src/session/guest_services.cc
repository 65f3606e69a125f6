#include "session/guest_services.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "git/pkt_line.h"
#include "git/remote_channel.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"
#include "os/socket.h"

namespace bailey::session {
namespace {

// Looked at, not taken: it belongs to the broker.
bool speaks_ssh_agent(int socket) {
  char byte = 1;
  return ::recv(socket, &byte, 1, MSG_PEEK) == 1 && byte == broker::ssh_agent_first_byte;
}

std::optional<broker::Kind> broker_kind(std::string_view line) {
  const auto* found = std::find(std::begin(broker::kind_lines), std::end(broker::kind_lines), line);
  if (line.empty() || found == std::end(broker::kind_lines)) return std::nullopt;
  return static_cast<broker::Kind>(found - std::begin(broker::kind_lines));
}

// A broker leads a group: the user's helpers that it started end with it. Only until it was waited for.
void kill_group(const os::Child& broker) {
  if (broker) (void)::kill(-broker.pid(), SIGKILL);
}

}  // namespace

GuestServices::~GuestServices() {
  for (const auto& served : served_)
    if (served.role == Role::broker) kill_group(served.process);
}

Result<std::unique_ptr<GuestServices>> GuestServices::open(event::Loop& loop, const std::string& socket_path,
                                                           std::string program, git::ServiceConfig config,
                                                           RemoteConfig remotes, BrokerConfig brokers,
                                                           Handlers handlers) {
  std::unique_ptr<GuestServices> services(new GuestServices(
      loop, std::move(program), std::move(config), std::move(remotes), std::move(brokers), std::move(handlers)));
  services->listener_ = TRY(os::listen_unix(socket_path, os::SocketKind::stream));
  services->watch_ = TRY(loop.watch(services->listener_.get(), event::Interest::read,
                                    [raw = services.get()](event::Ready) { raw->accept(); }));
  return services;
}

void GuestServices::accept() {
  auto socket = os::accept_unix(listener_.get());
  if (!socket || !*socket) return;
  if (served_.size() >= guest_connections_max) {
    handlers_.on_refused("too many connections at once");
    return;  // closes it
  }
  const Position served = served_.emplace(served_.end());
  served->socket = std::move(*socket);
  auto watch =
      loop_.watch(served->socket.get(), event::Interest::read, [this, served](event::Ready) { read_line(served); });
  if (!watch) return refuse(served, watch.error().why);
  served->watch = std::move(*watch);
  served->deadline = loop_.after(guest_line_time_max, [this, served] { refuse(served, "no request in time"); });
}

void GuestServices::read_line(Position served) {
  if (served->line.empty() && speaks_ssh_agent(served->socket.get()))
    return serve_broker(served, broker::Kind::ssh_agent);
  // Byte by byte: what follows the line belongs to the git service, which gets the socket itself.
  char byte = 0;
  ssize_t count = 0;
  while ((count = ::recv(served->socket.get(), &byte, 1, 0)) == 1 && byte != '\n') {
    served->line += byte;
    if (served->line.size() > guest_line_bytes_max) return refuse(served, "the request is too long");
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return refuse(served, "closed without a request");
  constexpr std::string_view domain_wanted = "request-domain ";
  if (served->line.starts_with(domain_wanted)) return answer(served, served->line.substr(domain_wanted.size()));
  if (const auto kind = broker_kind(served->line)) return serve_broker(served, *kind);
  const auto wanted = git::parse_service_request(served->line);
  if (!wanted) return refuse(served, "an unknown request");
  serve(served, *wanted);
}

git::RemoteService GuestServices::remote_service(std::size_t index) const {
  return {.remote = remotes_.remotes[index],
          .index = index,
          .host_git_dir = remotes_.host_git_dir,
          .rules = remotes_.rules,
          .refused = remotes_.refused,
          .stand_ins = remotes_.stand_ins};
}

void GuestServices::serve(Position served, const git::ServiceRequest& wanted) {
  hand_over(served, Role::git);
  Status started;
  if (wanted.remote.empty()) {
    started = start(served, git::service_arguments(wanted.service, config_), nullptr);
  } else {
    const auto index = git::find_remote(remotes_.remotes, wanted.remote);
    if (!index) return turn_away(served);
    const auto remote = remote_service(*index);
    started = start(served, git::service_arguments(wanted.service, config_, git::Serves::remote), &remote);
  }
  if (!started) return refuse(served, started.error().why);
}

void GuestServices::hand_over(Position served, Role role) {
  served->role = role;
  served->watch.reset();
  served->deadline.reset();
  ::fcntl(served->socket.get(), F_SETFL, 0);  // blocking, for the service
}

std::size_t GuestServices::brokers() const {
  return static_cast<std::size_t>(
      std::count_if(served_.begin(), served_.end(), [](const Served& each) { return each.role == Role::broker; }));
}

void GuestServices::serve_broker(Position served, broker::Kind kind) {
  if (brokers() >= broker_connections_max) return refuse(served, "too many uses of credentials at once");
  if (const auto verdict = broker_starts_.count(std::chrono::steady_clock::now());
      verdict != StartRate::Verdict::start) {
    if (verdict == StartRate::Verdict::refuse_first) handlers_.on_refused("too many uses of credentials in a minute");
    served_.erase(served);
    return;
  }
  hand_over(served, Role::broker);
  if (auto started = start_broker(served, kind); !started) return refuse(served, started.error().why);
}

// In git's own form, so that it reaches whoever asked.
void GuestServices::turn_away(Position served) {
  std::string words;
  git::append_pkt(words,
                  "ERR bailey: not a remote of the host's repository: only those that it had when the session started "
                  "can be used, by `git push origin` or `git fetch origin`\n");
  (void)::send(served->socket.get(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  refuse(served, "a remote that the session does not have");
}

Status GuestServices::start(Position served, std::vector<std::string> arguments, const git::RemoteService* remote) {
  os::Command command;
  command.argv = {program_, "__git"};
  for (auto& argument : arguments) command.argv.push_back(std::move(argument));
  command.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  Fd description;
  if (remote != nullptr) {
    description = TRY(os::sealed_memory("remote", json::write(git::to_json(*remote))));
    command.extra_fds.emplace_back(description.get(), git::remote_service_fd);
    command.environment = remotes_.environment;
  }
  return spawn(served, std::move(command));
}

Status GuestServices::start_broker(Position served, broker::Kind kind) {
  const Fd description = TRY(os::sealed_memory("broker", brokers_.description));
  os::Command command;
  command.argv = {brokers_.program, std::string(broker::kind_words[static_cast<std::size_t>(kind)])};
  command.environment = brokers_.environment;
  command.extra_fds = {{description.get(), broker::description_fd}};
  return spawn(served, std::move(command));
}

// The guest's socket becomes its stdin and stdout, descriptor 3 leads to us.
Status GuestServices::spawn(Position served, os::Command command) {
  auto [ours, theirs] = TRY(os::socket_pair(os::SocketKind::stream));
  served->report = std::move(ours);
  command.stdin_fd = command.stdout_fd = served->socket.get();
  command.stderr_fd = 2;  // the supervisor's log
  command.extra_fds.emplace_back(theirs.get(), 3);
  served->process = TRY(os::spawn(command));
  served->socket.reset();
  ::fcntl(served->report.get(), F_SETFL, O_NONBLOCK);
  served->report_watch = TRY(loop_.watch(served->report.get(), event::Interest::read,
                                         [this, served](event::Ready) { (void)read_report(served); }));
  served->exit_watch = TRY(loop_.watch_exit(served->process.pidfd(), [this, served] { finish(served); }));
  return {};
}

bool GuestServices::read_report(Position served) {
  char buffer[16384];
  const ssize_t count = ::read(served->report.get(), buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return true;
  if (count == 0) served->report_watch.reset();  // finish() follows
  if (count <= 0) return false;
  for (const char byte : std::string_view(buffer, static_cast<std::size_t>(count))) {
    if (byte == '\n') {
      take_report_line(served);
    } else if (served->report_line.size() < guest_report_bytes_max) {
      served->report_line += byte;
    } else {
      served->process.kill(SIGKILL);  // it is ours and says no such thing
      return false;
    }
  }
  return true;
}

void GuestServices::take_report_line(Position served) {
  const std::string line = std::move(served->report_line);
  served->report_line.clear();
  if (line.starts_with(broker::event_line_start)) return take_event(line);
  if (!line.starts_with("{\"ask\":")) {
    served->report_text = line;
    return;
  }
  const auto value = json::read(line, "git question", approval::request_read_limits);
  if (!value || served->asked) return served->process.kill(SIGKILL);
  ask(served, *value->find("ask"));
}

void GuestServices::take_event(const std::string& line) {
  const auto value = json::read(line, "broker's event");
  const auto event = value ? broker::event_from_json(*value->find("event")) : std::unexpected(value.error());
  if (event && handlers_.on_broker_event) handlers_.on_broker_event(*event);
}

void GuestServices::ask(Position served, const json::Value& value) {
  auto request = approval::request_from_json(value);
  const std::weak_ptr<bool> alive = served->alive;
  const auto say = [](int fd, const std::string& line) {
    (void)::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  };
  // Nobody to ask: the push stays held.
  if (!request || !handlers_.on_ask)
    return say(served->report.get(), git::answer_line({.state = approval::State::pending, .by = "nobody"}));
  const auto id = handlers_.on_ask(std::move(*request), [served, alive, say](const approval::Answer& answer) {
    if (alive.expired()) return;
    served->asked.reset();
    say(served->report.get(), git::answer_line(answer));
  });
  if (!id) {
    handlers_.on_refused("no human could be asked: " + id.error().why);
    return say(served->report.get(), git::answer_line({.state = approval::State::denied, .by = "policy"}));
  }
  served->asked = *id;
  say(served->report.get(), git::waiting_line(*id));
}

void GuestServices::answer(Position served, const std::string& host) {
  const std::string text = handlers_.on_domain_wanted(host) + '\n';
  // A short line into the empty buffer of a fresh socket; an agent that does not read it loses it.
  (void)::send(served->socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  served_.erase(served);
}

void GuestServices::finish(Position served) {
  served->exit_watch.reset();
  const bool is_broker = served->role == Role::broker;
  if (is_broker) kill_group(served->process);
  const auto status = served->process.wait();
  while (read_report(served)) {  // what it had written is in the socket as a whole
  }
  served->report_watch.reset();
  if (served->asked && handlers_.on_asker_gone) handlers_.on_asker_gone(*served->asked);
  const std::string text = std::move(served->report_text);
  served_.erase(served);
  if (is_broker) {
    if (!status || *status != 0) handlers_.on_refused("a broker of credentials ended before it was done");
    return;
  }
  const auto report = json::read(text, "git report");
  if (report) handlers_.on_report(*report);
  else if (!text.empty()) handlers_.on_refused("the git service ended without a report");
}

void GuestServices::refuse(Position served, std::string_view why) {
  served_.erase(served);
  handlers_.on_refused(why);
}

}  // namespace bailey::session
