#include "session/control_server.h"

#include "os/files.h"
#include "os/socket.h"
#include "session/viewers.h"

namespace bailey::session {

Result<std::unique_ptr<ControlServer>> ControlServer::open(event::Loop& loop, const std::string& session_directory,
                                                           ControlHandlers handlers) {
  std::unique_ptr<ControlServer> server(new ControlServer(loop, std::move(handlers)));
  server->listener_ = TRY(os::listen_unix(os::join(session_directory, control_socket_name), os::SocketKind::stream));
  server->watch_ = TRY(loop.watch(server->listener_.get(), event::Interest::read,
                                  [self = server.get()](event::Ready) { self->accept(); }));
  return server;
}

void ControlServer::accept() {
  auto socket = os::accept_unix(listener_.get());
  // Out of descriptors, for example: whoever waits is served when some are free again.
  if (!socket || !*socket) return;
  // A stranger learns nothing, not even that there is a protocol.
  if (!check_peer(socket->get())) return;
  if (pending_.size() >= pending_connections_max) pending_.pop_front();
  (void)adopt(std::move(*socket));
}

Status ControlServer::adopt(Fd socket) {
  auto connection = TRY(Connection::open(loop_, std::move(socket), Side::supervisor, viewer_queue_bytes_max, {}));
  const Position pending = pending_.insert(pending_.end(), Pending{std::move(connection), {}});
  pending->connection->set_handlers(
      {.on_message = [this, pending](Message message) { receive(pending, std::move(message)); },
       .on_closed = [this, pending](const std::optional<Error>&) { loop_.dispose(take(pending)); }});
  pending->deadline = loop_.after(request_time_max, [this, pending] { loop_.dispose(take(pending)); });
  return {};
}

std::unique_ptr<Connection> ControlServer::take(Position pending) {
  std::unique_ptr<Connection> connection = std::move(pending->connection);
  connection->set_handlers({});
  pending_.erase(pending);
  return connection;
}

void ControlServer::receive(Position pending, Message message) {
  std::unique_ptr<Connection> connection = take(pending);
  if (const auto* attach = std::get_if<Attach>(&message)) {
    if (handlers_.on_attach) handlers_.on_attach(std::move(connection), *attach);
  } else if (auto* exec = std::get_if<Exec>(&message)) {
    if (handlers_.on_exec) handlers_.on_exec(std::move(connection), std::move(*exec));
  } else if (const auto* stop = std::get_if<Stop>(&message)) {
    if (handlers_.on_stop) handlers_.on_stop(std::move(connection), stop->mode);
  } else if (std::holds_alternative<StatusRequest>(message)) {
    if (handlers_.on_status) handlers_.on_status(std::move(connection));
  } else if (const auto* said = std::get_if<SayRule>(&message)) {
    if (handlers_.on_rule) handlers_.on_rule(std::move(connection), *said);
  } else if (const auto* answered = std::get_if<ApprovalAnswer>(&message)) {
    if (handlers_.on_approval) handlers_.on_approval(std::move(connection), *answered);
  } else if (const auto* revoked = std::get_if<RevokeChoice>(&message)) {
    if (handlers_.on_revoke) handlers_.on_revoke(std::move(connection), *revoked);
  } else if (const auto* checkpoint = std::get_if<CheckpointRequest>(&message)) {
    if (handlers_.on_checkpoint) handlers_.on_checkpoint(std::move(connection), *checkpoint);
  }
  // Something else first, or nobody took it. Not here: its own callback is running.
  if (connection) loop_.dispose(std::move(connection));
}

Result<Fd> connect_to_session(const std::string& session_directory) {
  auto socket = os::connect_unix(os::join(session_directory, control_socket_name), os::SocketKind::stream);
  if (!socket)
    return std::unexpected(std::move(socket)
                               .error()
                               .within("reach the session")
                               .or_remedy("it is not running any more: bailey ls shows what became of it"));
  TRY_STATUS(check_peer(socket->get()));
  return std::move(*socket);
}

}  // namespace bailey::session
