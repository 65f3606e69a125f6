#include "gateway/listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace bailey::gateway {

Result<std::unique_ptr<Listener>> Listener::open(event::Loop& loop, Fd socket, std::function<void(Fd)> on_accepted) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno("prepare a listener");
  std::unique_ptr<Listener> listener(new Listener(loop, std::move(socket), std::move(on_accepted)));
  Listener* const self = listener.get();
  listener->watch_ =
      TRY(loop.watch(listener->socket_.get(), event::Interest::read, [self](event::Ready) { self->accept(); }));
  return listener;
}

void Listener::accept() {
  for (std::size_t i = 0; i < accepts_per_round_max; ++i) {
    Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
      on_accepted_(std::move(client));
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    // Level-triggered: without a rest the loop would spin until somebody closes something.
    (void)watch_.set_interest(event::Interest::none);
    rest_ = loop_.after(accept_pause, [this] { (void)watch_.set_interest(event::Interest::read); });
    return;
  }
}

}  // namespace bailey::gateway
