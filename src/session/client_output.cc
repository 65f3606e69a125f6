#include "session/client_output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "session/terminal.h"

namespace bailey::session {
namespace {

constexpr int leave_wait_ms_max = 500;
constexpr std::string_view enter_own = "\x1b[?1049h\x1b[r\x1b[?25l\x1b[0m\x1b[2J";
constexpr std::string_view leave_own = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

// A terminal through a description of our own, anything else as it is.
Result<std::unique_ptr<event::Stream>> open_stream(event::Loop& loop, int fd, int access_mode,
                                                   std::size_t queue_bytes_max, event::StreamHandlers handlers) {
  if (::isatty(fd) == 1)
    if (Fd own = reopen_non_blocking(fd, access_mode); own)
      return event::Stream::open(loop, std::move(own), queue_bytes_max, std::move(handlers));
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) return nullptr;
  return event::Stream::adopt(loop, std::move(copy), queue_bytes_max, std::move(handlers));
}

}  // namespace

Result<std::unique_ptr<ClientOutput>> ClientOutput::open(event::Loop& loop, int fd, ClientOutputOptions options) {
  std::unique_ptr<ClientOutput> output(new ClientOutput(std::move(options)));
  ClientOutput* self = output.get();
  if (::isatty(fd) == 1) output->filter_.emplace(self->options_.size, self->options_.charset);
  output->stream_ = TRY(open_stream(loop, fd, O_WRONLY, client_queue_bytes_max,
                                    {.on_error =
                                         [self](const Error&) {
                                           self->gone_ = true;
                                           self->options_.on_gone();
                                         },
                                     .on_drained = [self] { self->options_.on_drained(); }}));
  if (output->stream_) output->stream_->pause_reading();
  else output->gone_ = true;
  return output;
}

void ClientOutput::send(std::string_view bytes) {
  if (gone_) return;
  (void)stream_->write(bytes);
  if (!has_room()) stream_->want_drained();
}

void ClientOutput::write(std::string_view bytes) {
  if (!filter_) return send(bytes);
  const std::string filtered = filter_->filter(bytes);
  (void)filter_->take_answers();  // the supervisor has answered
  send(filtered);
}

void ClientOutput::write_line(std::string_view line) { write(std::string(line) + (is_terminal() ? "\r\n" : "\n")); }

void ClientOutput::clear() {
  if (filter_) write(filter_->modes().leave_sequence() + "\x1b[0m\x1b[2J\x1b[H");
}

void ClientOutput::resize(WindowSize size) {
  options_.size = size;
  if (filter_) filter_->resize(size);
}

void ClientOutput::enter_own_screen() {
  if (filter_ && !std::exchange(own_screen_, true)) send(filter_->modes().leave_sequence() + std::string(enter_own));
}

void ClientOutput::write_own(std::string_view bytes) {
  if (!own_screen_) return;
  TerminalFilter plain(options_.size, options_.charset);  // the agent's filter must not see it
  send(plain.filter(bytes));
}

void ClientOutput::leave_own_screen() {
  if (std::exchange(own_screen_, false)) send(leave_own);
}

void ClientOutput::leave() {
  if (!filter_ || gone_) return;
  std::string sequence = std::exchange(own_screen_, false) ? std::string(leave_own) : std::string();
  sequence += filter_->modes().leave_sequence();
  filter_.emplace(options_.size, options_.charset);
  std::string_view rest = sequence;
  pollfd waiting{stream_->fd(), POLLOUT, 0};
  while (!rest.empty() && ::poll(&waiting, 1, leave_wait_ms_max) == 1 && (waiting.revents & POLLOUT) != 0) {
    const ssize_t count = ::write(stream_->fd(), rest.data(), rest.size());
    if (count <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

Result<std::unique_ptr<event::Stream>> open_input(event::Loop& loop, int fd, event::StreamHandlers handlers) {
  return open_stream(loop, fd, O_RDONLY, 0, std::move(handlers));
}

}  // namespace bailey::session
