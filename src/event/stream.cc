#include "event/stream.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace bailey::event {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EINTR; }

// send(2) where it works, because MSG_NOSIGNAL spares the process SIGPIPE; pipes and terminals need write(2), and
// their owner ignores SIGPIPE.
ssize_t write_without_signal(int fd, std::string_view bytes) {
  const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count >= 0 || errno != ENOTSOCK) return count;
  return ::write(fd, bytes.data(), bytes.size());
}

}  // namespace

Result<std::unique_ptr<Stream>> Stream::open(Loop& loop, Fd fd, std::size_t queue_bytes_max, StreamHandlers handlers) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno("make a stream non-blocking");
  return make(loop, std::move(fd), Flags::non_blocking, queue_bytes_max, std::move(handlers));
}

Result<std::unique_ptr<Stream>> Stream::adopt(Loop& loop, Fd fd, std::size_t queue_bytes_max, StreamHandlers handlers) {
  return make(loop, std::move(fd), Flags::shared, queue_bytes_max, std::move(handlers));
}

Result<std::unique_ptr<Stream>> Stream::make(Loop& loop, Fd fd, Flags flags, std::size_t queue_bytes_max,
                                             StreamHandlers handlers) {
  std::unique_ptr<Stream> stream(new Stream(std::move(fd), queue_bytes_max, std::move(handlers)));
  stream->flags_ = flags;
  // Of a write-only descriptor reading is never wanted.
  const int mode = ::fcntl(stream->fd_.get(), F_GETFL);
  if (mode >= 0 && (mode & O_ACCMODE) == O_WRONLY) stream->reading_ = false;
  stream->watch_ = TRY(loop.watch(stream->fd_.get(), stream->reading_ ? Interest::read : Interest::none,
                                  [self = stream.get()](Ready ready) { self->on_ready(ready); }));
  return stream;
}

bool Stream::write(std::string_view bytes) {
  if (broken_ || write_closed_ || finishing_) return false;
  if (bytes.size() > room_bytes()) {
    refused_ = true;
    update_interest();
    return false;
  }
  if (is_flushed() && !bytes.empty() && flags_ == Flags::non_blocking) {
    // The usual case needs no queue and no extra round. An error is left for the loop to find and report.
    const ssize_t count = write_without_signal(fd_.get(), bytes);
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (!bytes.empty()) {
    queue_.append(bytes);
    update_interest();
  }
  return true;
}

void Stream::want_drained() {
  refused_ = true;
  update_interest();
}

void Stream::finish_writing() {
  finishing_ = true;
  if (is_flushed()) half_close();
}

void Stream::half_close() {
  if (std::exchange(write_closed_, true)) return;
  if (::shutdown(fd_.get(), SHUT_WR) == 0 || errno != ENOTSOCK) return;
  watch_.reset();
  fd_.reset();
}

void Stream::pause_reading() {
  reading_ = false;
  update_interest();
}

void Stream::resume_reading() {
  reading_ = true;
  update_interest();
}

void Stream::update_interest() {
  unsigned wanted = 0;
  if (reading_ && !ended_ && !broken_) wanted |= static_cast<unsigned>(Interest::read);
  if ((!is_flushed() || refused_) && !broken_) wanted |= static_cast<unsigned>(Interest::write);
  (void)watch_.set_interest(static_cast<Interest>(wanted));
}

void Stream::on_ready(Ready ready) {
  const auto alive = alive_;
  const auto handlers = handlers_;
  if (ready.writable) {
    if (auto error = flush()) {
      hear_last_words();
      if (*alive) fail_with(*error);
      return;
    }
    if (finishing_ && is_flushed()) half_close();
    const bool drained = refused_ && queued_bytes() <= queue_bytes_max_ / 2;
    if (drained) refused_ = false;
    update_interest();
    if (drained && handlers->on_drained) handlers->on_drained();
  }
  if (*alive && ready.readable && reading_ && !ended_ && fd_) read_some();
}

std::optional<Error> Stream::flush() {
  while (!is_flushed()) {
    const std::size_t part = flags_ == Flags::shared ? PIPE_BUF : std::string::npos;
    const ssize_t count = write_without_signal(fd_.get(), std::string_view(queue_).substr(queue_start_, part));
    if (count < 0 && would_block(errno)) break;
    if (count < 0) return fail_errno("write").error();
    queue_start_ += static_cast<std::size_t>(count);
    if (flags_ == Flags::shared) break;  // whether the next part would block is for the kernel to say again
  }
  // Moving the rest is linear: only when it is worth it.
  if (is_flushed() || queue_start_ > queue_bytes_max_ / 2) queue_.erase(0, std::exchange(queue_start_, 0));
  return std::nullopt;
}

void Stream::read_some() {
  std::array<char, stream_read_bytes_max> buffer;
  const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
  if (count > 0) {
    if (handlers_->on_data) handlers_->on_data({buffer.data(), static_cast<std::size_t>(count)});
    return;
  }
  if (count < 0 && would_block(errno)) return;
  if (count < 0 && errno != EIO) return fail_with(fail_errno("read").error());
  ended_ = true;
  update_interest();
  if (handlers_->on_end) handlers_->on_end();
}

// What a peer said before it closed may tell why, and is still there when writing to it fails.
void Stream::hear_last_words() {
  const auto alive = alive_;
  const auto handlers = handlers_;
  std::array<char, stream_read_bytes_max> buffer;
  while (*alive && reading_ && !ended_ && !broken_ && fd_) {
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return;  // a pipe, too: what can be written to can't be read
    if (handlers->on_data) handlers->on_data({buffer.data(), static_cast<std::size_t>(count)});
  }
}

void Stream::fail_with(const Error& error) {
  if (std::exchange(broken_, true)) return;
  queue_.clear();
  queue_start_ = 0;
  update_interest();
  if (handlers_->on_error) handlers_->on_error(error);
}

}  // namespace bailey::event
