// The gateway's end of the link to its supervisor (link_protocol.h), on the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"
#include "gateway/link_protocol.h"
#include "gateway/observation_queue.h"

namespace bailey::gateway {

struct LinkHandlers {
  std::function<void(ToGateway, std::vector<Fd>)> on_message;
  // The supervisor has gone or has said something impossible: there is nobody to work for any more.
  std::function<void(const Error&)> on_end;
};

class Link final : public Observer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Link>> open(event::Loop& loop, Fd socket, LinkHandlers handlers);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  [[nodiscard]] Status send(const FromGateway& message) const;
  void seen(Observation observation) override;
  // Sends what is waiting, as far as the supervisor takes it.
  void flush();
  // The last words: `on_told` is called once all that is waiting is sent.
  void finish(std::function<void()> on_told);

 private:
  Link(Fd socket, LinkHandlers handlers) : socket_(std::move(socket)), handlers_(std::move(handlers)) {}
  void on_ready(event::Ready ready);
  void read_message();

  Fd socket_;
  LinkHandlers handlers_;
  event::Watch watch_;
  ObservationQueue queue_;
  std::function<void()> on_told_;
};

// The next message; blocks. For the time before the loop runs.
[[nodiscard]] Result<std::pair<ToGateway, std::vector<Fd>>> receive_from_supervisor(int socket);
// The text of a memfd.
[[nodiscard]] Result<std::string> read_text(int memfd);

}  // namespace bailey::gateway
