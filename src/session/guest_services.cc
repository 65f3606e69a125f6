#include "session/guest_services.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "json/read.h"
#include "os/files.h"
#include "os/socket.h"

namespace bailey::session {

Result<std::unique_ptr<GuestServices>> GuestServices::open(event::Loop& loop, const std::string& socket_path,
                                                           std::string program, git::ServiceConfig config,
                                                           Handlers handlers) {
  std::unique_ptr<GuestServices> services(
      new GuestServices(loop, std::move(program), std::move(config), std::move(handlers)));
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
  const auto service = git::parse_service(served->line);
  if (!service) return refuse(served, "an unknown request");
  serve(served, *service);
}

void GuestServices::serve(Position served, git::Service service) {
  served->watch.reset();
  served->deadline.reset();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return refuse(served, "no pipe");
  served->report = Fd(ends[0]);
  const Fd report_write(ends[1]);
  ::fcntl(served->socket.get(), F_SETFL, 0);  // blocking, for the service
  os::Command command;
  command.argv = {program_, "__git"};
  for (auto& argument : git::service_arguments(service, config_)) command.argv.push_back(std::move(argument));
  command.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  command.stdin_fd = command.stdout_fd = served->socket.get();
  command.stderr_fd = 2;  // the supervisor's log
  command.extra_fds = {{report_write.get(), 3}};
  auto process = os::spawn(command);
  if (!process) return refuse(served, process.error().why);
  served->process = std::move(*process);
  served->socket.reset();
  auto watch = loop_.watch_exit(served->process.pidfd(), [this, served] { finish(served); });
  if (!watch) return finish(served);
  served->exit_watch = std::move(*watch);
}

void GuestServices::answer(Position served, const std::string& host) {
  const std::string text = handlers_.on_domain_wanted(host) + '\n';
  // A short line into the empty buffer of a fresh socket; an agent that does not read it loses it.
  (void)::send(served->socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  served_.erase(served);
}

void GuestServices::finish(Position served) {
  served->exit_watch.reset();
  (void)served->process.wait();
  // The report is one short line, so it is in the pipe as a whole.
  ::fcntl(served->report.get(), F_SETFL, O_NONBLOCK);
  char buffer[4096];
  ssize_t count = 0;
  while ((count = ::read(served->report.get(), buffer, sizeof buffer)) > 0 &&
         served->report_text.size() < guest_report_bytes_max)
    served->report_text.append(buffer, static_cast<std::size_t>(count));
  const std::string text = std::move(served->report_text);
  served_.erase(served);
  if (const auto report = json::read(text, "git report")) handlers_.on_report(*report);
  else if (!text.empty()) handlers_.on_refused("the git service ended without a report");
}

void GuestServices::refuse(Position served, std::string_view why) {
  served_.erase(served);
  handlers_.on_refused(why);
}

}  // namespace bailey::session
