// The client's own stdout and stderr: bounded, never blocking, filtered when they are a terminal.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "event/stream.h"
#include "session/terminal_filter.h"

namespace bailey::session {

inline constexpr std::size_t client_queue_bytes_max = std::size_t{1} << 20;
// One Output grows to at most this when every byte of it is replaced by the filter.
inline constexpr std::size_t client_room_bytes_min = client_queue_bytes_max / 2;

struct ClientOutputOptions {
  WindowSize size;
  Charset charset = Charset::utf8;
  std::function<void()> on_drained;  // has_room() again
  std::function<void()> on_gone;     // nobody reads any more
};

class ClientOutput {
 public:
  // `fd` is borrowed and its flags are left alone. A closed one counts as gone from the start, silently.
  [[nodiscard]] static Result<std::unique_ptr<ClientOutput>> open(event::Loop& loop, int fd,
                                                                  ClientOutputOptions options);

  // At most data_bytes_max, and only while has_room().
  void write(std::string_view bytes);
  // A line of our own; on a raw terminal it needs a carriage return.
  void write_line(std::string_view line);
  void clear();  // what was shown, and the agent's modes
  void resize(WindowSize size);
  // A screen of our own, for as long as nothing is write()n: the agent's modes are undone first. Entering it again is
  // nothing. What was there before has to be drawn anew (clear()) afterwards.
  void enter_own_screen();
  void write_own(std::string_view bytes);
  void leave_own_screen();
  [[nodiscard]] bool has_room() const { return gone_ || stream_->room_bytes() >= client_room_bytes_min; }
  [[nodiscard]] bool is_done() const { return gone_ || stream_->is_flushed(); }
  [[nodiscard]] bool is_terminal() const { return filter_.has_value(); }
  // Gives the terminal back as it was, in what can be written without waiting long. The filter starts anew.
  void leave();

 private:
  explicit ClientOutput(ClientOutputOptions options) : options_(std::move(options)) {}
  void send(std::string_view bytes);

  ClientOutputOptions options_;
  std::optional<TerminalFilter> filter_;
  std::unique_ptr<event::Stream> stream_;
  bool gone_ = false;
  bool own_screen_ = false;
};

// stdin, shared with whoever started us. Empty: it is closed.
[[nodiscard]] Result<std::unique_ptr<event::Stream>> open_input(event::Loop& loop, int fd,
                                                                event::StreamHandlers handlers);

}  // namespace bailey::session
