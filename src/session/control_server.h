// control.sock: accepts connections of the same user and finds out what each is for.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "session/connection.h"

namespace bailey::session {

inline constexpr std::size_t pending_connections_max = 16;   // that have not said what they are for
inline constexpr std::chrono::seconds request_time_max{10};  // to say it
inline constexpr std::string_view control_socket_name = "control.sock";

// Each takes over the connection; answer with send(), then finish() and dispose of it, or hand it to Viewers.
struct ControlHandlers {
  std::function<void(std::unique_ptr<Connection>, const Attach&)> on_attach;
  std::function<void(std::unique_ptr<Connection>, Exec)> on_exec;
  std::function<void(std::unique_ptr<Connection>, StopMode)> on_stop;
  std::function<void(std::unique_ptr<Connection>)> on_status;
  std::function<void(std::unique_ptr<Connection>, const SayRule&)> on_rule;
  std::function<void(std::unique_ptr<Connection>, const ApprovalAnswer&)> on_approval = {};
  std::function<void(std::unique_ptr<Connection>, const RevokeChoice&)> on_revoke = {};
  std::function<void(std::unique_ptr<Connection>, const CheckpointRequest&)> on_checkpoint = {};
};

class ControlServer {
 public:
  // Listens on <session_directory>/control.sock, mode 0600; a stale socket there is replaced.
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> open(event::Loop& loop,
                                                                   const std::string& session_directory,
                                                                   ControlHandlers handlers);
  // A connection that exists already (the `run` client that started the supervisor).
  Status adopt(Fd socket);

 private:
  struct Pending {
    std::unique_ptr<Connection> connection;
    event::Timer deadline;
  };
  using Position = std::list<Pending>::iterator;

  ControlServer(event::Loop& loop, ControlHandlers handlers) : loop_(loop), handlers_(std::move(handlers)) {}
  void accept();
  void receive(Position pending, Message message);
  std::unique_ptr<Connection> take(Position pending);

  event::Loop& loop_;
  ControlHandlers handlers_;
  Fd listener_;
  event::Watch watch_;
  std::list<Pending> pending_;
};

// The client's side: connected, peer checked. The error says what became of the session.
[[nodiscard]] Result<Fd> connect_to_session(const std::string& session_directory);

}  // namespace bailey::session
