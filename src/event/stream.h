// A non-blocking byte stream on the loop: a pipe, socket or pty with a bounded write queue.
//
// Back-pressure: write() takes all of the bytes or none. A producer that is refused stops producing (pause_reading()
// on its own source) until on_drained says that half of the queue is free again. Nothing here grows without a limit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "event/loop.h"

namespace bailey::event {

inline constexpr std::size_t stream_read_bytes_max = std::size_t{32} << 10;  // handed over in one call

struct StreamHandlers {
  // Bytes as they come; the view is valid during the call only.
  std::function<void(std::string_view)> on_data;
  // Once: the other side sends no more. Writing may go on. A hung-up pty (EIO) ends like this too.
  std::function<void()> on_end;
  // Once: nothing can be written or read any more (EPIPE, ECONNRESET…).
  std::function<void(const Error&)> on_error;
  // After a refused write or want_drained(), when at least half of the queue is free.
  std::function<void()> on_drained;
};

// Any callback may destroy the stream.
class Stream {
 public:
  // Owns `fd` and makes it non-blocking: the flag belongs to the open file description and is seen by whoever shares
  // it. Handlers may be left empty.
  [[nodiscard]] static Result<std::unique_ptr<Stream>> open(Loop& loop, Fd fd, std::size_t queue_bytes_max,
                                                            StreamHandlers handlers);
  // For a descriptor that other processes share (standard input and output): leaves its flags alone. Reads and writes
  // only when the kernel says it will not block, at most PIPE_BUF bytes at a time.
  [[nodiscard]] static Result<std::unique_ptr<Stream>> adopt(Loop& loop, Fd fd, std::size_t queue_bytes_max,
                                                             StreamHandlers handlers);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { *alive_ = false; }

  // All or nothing. False: no room now (on_drained will tell), or nothing can be written any more.
  [[nodiscard]] bool write(std::string_view bytes);
  // For producers that look at room_bytes() first: on_drained will tell, as after a refused write.
  void want_drained();
  // Half-close (shutdown(2), or close for a pipe) once the queue is empty.
  void finish_writing();
  void pause_reading();
  void resume_reading();

  [[nodiscard]] std::size_t queued_bytes() const { return queue_.size() - queue_start_; }
  [[nodiscard]] std::size_t room_bytes() const { return queue_bytes_max_ - queued_bytes(); }
  // Everything has been handed to the kernel.
  [[nodiscard]] bool is_flushed() const { return queued_bytes() == 0; }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  enum class Flags { non_blocking, shared };
  static Result<std::unique_ptr<Stream>> make(Loop& loop, Fd fd, Flags flags, std::size_t queue_bytes_max,
                                              StreamHandlers handlers);
  Stream(Fd fd, std::size_t queue_bytes_max, StreamHandlers handlers)
      : fd_(std::move(fd)),
        queue_bytes_max_(queue_bytes_max),
        handlers_(std::make_shared<StreamHandlers>(std::move(handlers))) {}
  void on_ready(Ready ready);
  void read_some();
  void hear_last_words();
  // Returns the error that ended writing, if any.
  std::optional<Error> flush();
  void fail_with(const Error& error);
  void half_close();
  void update_interest();

  Fd fd_;
  Flags flags_ = Flags::non_blocking;
  std::size_t queue_bytes_max_;
  std::shared_ptr<StreamHandlers> handlers_;  // kept by on_ready() while one of them destroys the stream
  Watch watch_;
  std::string queue_;
  std::size_t queue_start_ = 0;
  bool reading_ = true;
  bool ended_ = false;
  bool broken_ = false;
  bool refused_ = false;    // a write did not fit: on_drained is owed
  bool finishing_ = false;  // half-close when the queue is empty
  bool write_closed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::event
