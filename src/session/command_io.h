// The terminal, or the three pipes, of one command in the sandbox, and everybody who watches it.
//
// With a terminal: what the agent writes is filtered once (terminal_filter.h), kept for viewers that come later, logged
// and shown; questions to the terminal are answered here. Without one, stdout and stderr stay apart and unchanged.
#pragma once

#include <functional>
#include <memory>

#include "event/stream.h"
#include "session/scrollback.h"
#include "session/terminal_filter.h"
#include "session/viewers.h"

namespace bailey::session {

enum class IoKind { terminal, pipes };

struct CommandIoHandlers {
  std::function<void(StopMode)> on_stop;
  std::function<void()> on_end;  // no output is to come
  std::function<void()> on_none_left;
  // As in ViewersHandlers; empty where nobody is ever asked.
  std::function<std::optional<ApprovalPrompt>(const std::set<std::uint64_t>& later)> next_prompt = {};
  std::function<Status(std::uint64_t id, ApprovalChoice choice)> on_answer = {};
};

class CommandIo {
 public:
  // `log` is borrowed and may be nullptr.
  [[nodiscard]] static Result<std::unique_ptr<CommandIo>> create(event::Loop& loop, IoKind kind, WindowSize size,
                                                                 TerminalLog* log, CommandIoHandlers handlers);
  // For the command: valid until started().
  [[nodiscard]] IoKind kind() const { return kind_; }
  [[nodiscard]] WindowSize size() const { return size_; }
  [[nodiscard]] int child_end(int number) const { return child_ends_[number].get(); }
  // The command runs; with a terminal, `master` is its other side.
  Status started(Fd master);
  // It never will, or everything that could write is dead: output that is still in a pipe is delivered first.
  void abandon();
  [[nodiscard]] bool has_ended() const { return open_outputs_ == 0; }
  // Output so far, to tell a stream that still flows from one that a background process merely holds open.
  [[nodiscard]] std::uint64_t output_bytes() const { return output_bytes_; }
  [[nodiscard]] Viewers& viewers() { return viewers_; }

 private:
  CommandIo(event::Loop& loop, IoKind kind, WindowSize size, TerminalLog* log, CommandIoHandlers handlers);
  Status make_pipes();
  void on_output(OutputStream stream, std::string_view bytes);
  void on_output_end();
  void on_input(std::string_view bytes);
  void resize(WindowSize size);

  event::Loop& loop_;
  IoKind kind_;
  WindowSize size_;
  TerminalLog* log_;
  CommandIoHandlers handlers_;
  TerminalFilter filter_;
  Scrollback scrollback_;
  Fd child_ends_[3];
  std::unique_ptr<event::Stream> input_;       // pipes: stdin; terminal: the master, both ways
  std::unique_ptr<event::Stream> outputs_[2];  // pipes: stdout and stderr
  int open_outputs_ = 0;
  std::uint64_t output_bytes_ = 0;
  Viewers viewers_;
};

}  // namespace bailey::session
