#include "gateway/link.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "os/socket.h"

namespace bailey::gateway {

Result<std::pair<ToGateway, std::vector<Fd>>> receive_from_supervisor(int socket) {
  auto packet = TRY(os::receive_message(socket, link_message_bytes_max));
  if (packet.bytes.empty() && packet.fds.empty()) return fail("the link to the supervisor", "it was closed");
  ToGateway message = TRY(decode_to_gateway(packet.bytes, packet.fds.size()));
  return std::pair(std::move(message), std::move(packet.fds));
}

Result<std::string> read_text(int memfd) {
  const off_t size = ::lseek(memfd, 0, SEEK_END);
  if (size < 0) return fail_errno("read a text of the supervisor");
  if (static_cast<std::uint64_t>(size) > link_text_bytes_max)
    return fail("read a text of the supervisor", "it is too long");
  // In one piece and no buffer besides: it may hold secrets, and whoever wipes it wipes all of it.
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::pread(memfd, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read a text of the supervisor");
    if (count == 0) return fail("read a text of the supervisor", "it is shorter than it was");
    done += static_cast<std::size_t>(count);
  }
  return text;
}

Result<std::unique_ptr<Link>> Link::open(event::Loop& loop, Fd socket, LinkHandlers handlers) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno("prepare the link");
  std::unique_ptr<Link> link(new Link(std::move(socket), std::move(handlers)));
  Link* const self = link.get();
  link->watch_ = TRY(
      loop.watch(link->socket_.get(), event::Interest::read, [self](event::Ready ready) { self->on_ready(ready); }));
  return link;
}

Status Link::send(const FromGateway& message) const { return os::send_message(socket_.get(), encode(message)); }

void Link::seen(Observation observation) {
  queue_.push(std::move(observation));
  (void)watch_.set_interest(event::Interest::read_write);
}

void Link::flush() {
  while (const Observation* const next = queue_.front()) {
    if (const auto sent = send(*next); !sent) {
      if (sent.error().code == EAGAIN || sent.error().code == ENOBUFS) return;
      break;  // reading will find out that nobody is there
    }
    queue_.pop();
  }
  (void)watch_.set_interest(event::Interest::read);
  if (const auto on_told = std::exchange(on_told_, nullptr)) on_told();
}

void Link::finish(std::function<void()> on_told) {
  on_told_ = std::move(on_told);
  (void)watch_.set_interest(event::Interest::read_write);
  flush();
}

void Link::on_ready(event::Ready ready) {
  if (ready.writable) flush();
  if (ready.readable) read_message();
}

void Link::read_message() {
  auto received = receive_from_supervisor(socket_.get());
  if (received) return handlers_.on_message(std::move(received->first), std::move(received->second));
  if (received.error().code == EAGAIN) return;
  watch_.reset();
  handlers_.on_end(received.error());
}

}  // namespace bailey::gateway
