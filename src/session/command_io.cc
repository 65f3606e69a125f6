#include "session/command_io.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace bailey::session {
namespace {

constexpr std::size_t input_bytes_max = std::size_t{256} << 10;

}  // namespace

CommandIo::CommandIo(event::Loop& loop, IoKind kind, WindowSize size, TerminalLog* log, CommandIoHandlers handlers)
    : loop_(loop),
      kind_(kind),
      size_(size),
      log_(log),
      handlers_(std::move(handlers)),
      filter_(size),
      open_outputs_(kind == IoKind::terminal ? 1 : 2),
      viewers_(loop, {.on_input = [this](std::string_view bytes) { on_input(bytes); },
                      .on_close_input =
                          [this] {
                            if (input_ && kind_ == IoKind::pipes) input_->finish_writing();
                          },
                      .on_stop = [this](StopMode mode) { handlers_.on_stop(mode); },
                      .on_resize = [this](WindowSize window) { resize(window); },
                      .on_redrawn = {},
                      .replay = [this] { return kind_ == IoKind::terminal ? scrollback_.replay() : std::string(); },
                      .on_pause =
                          [this] {
                            for (auto& output : outputs_)
                              if (output) output->pause_reading();
                            if (input_ && kind_ == IoKind::terminal) input_->pause_reading();
                          },
                      .on_resume =
                          [this] {
                            for (auto& output : outputs_)
                              if (output) output->resume_reading();
                            if (input_ && kind_ == IoKind::terminal) input_->resume_reading();
                          },
                      .on_none_left = [this] { handlers_.on_none_left(); },
                      .next_prompt = handlers_.next_prompt,
                      .on_answer = handlers_.on_answer}) {}

Result<std::unique_ptr<CommandIo>> CommandIo::create(event::Loop& loop, IoKind kind, WindowSize size, TerminalLog* log,
                                                     CommandIoHandlers handlers) {
  std::unique_ptr<CommandIo> io(new CommandIo(loop, kind, size, log, std::move(handlers)));
  if (kind == IoKind::pipes) TRY_STATUS(io->make_pipes());
  else io->viewers_.pause_input();  // what is typed before there is a terminal waits with the client
  return io;
}

Status CommandIo::make_pipes() {
  for (int number = 0; number < 3; ++number) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
    const bool is_input = number == 0;
    child_ends_[number] = Fd(ends[is_input ? 0 : 1]);
    Fd ours(ends[is_input ? 1 : 0]);
    if (is_input) {
      input_ = TRY(event::Stream::open(loop_, std::move(ours), input_bytes_max,
                                       {.on_drained = [this] { viewers_.resume_input(); }}));
      continue;
    }
    const OutputStream stream = number == 1 ? OutputStream::out : OutputStream::err;
    outputs_[number - 1] =
        TRY(event::Stream::open(loop_, std::move(ours), 1,
                                {.on_data = [this, stream](std::string_view bytes) { on_output(stream, bytes); },
                                 .on_end = [this] { on_output_end(); },
                                 .on_error = [this](const Error&) { on_output_end(); }}));
  }
  return {};
}

Status CommandIo::started(Fd master) {
  for (auto& end : child_ends_) end.reset();
  if (kind_ == IoKind::pipes) return {};
  if (!master) return fail("start a terminal", "the sandbox sent none");
  input_ = TRY(event::Stream::open(loop_, std::move(master), input_bytes_max,
                                   {.on_data = [this](std::string_view bytes) { on_output(OutputStream::out, bytes); },
                                    .on_end = [this] { on_output_end(); },
                                    .on_error = [this](const Error&) { on_output_end(); },
                                    .on_drained = [this] { viewers_.resume_input(); }}));
  resize(size_);
  viewers_.resume_input();
  return {};
}

void CommandIo::abandon() {
  for (auto& end : child_ends_) end.reset();
  if (kind_ == IoKind::terminal && !input_ && open_outputs_ > 0) on_output_end();
}

void CommandIo::on_output(OutputStream stream, std::string_view bytes) {
  output_bytes_ += bytes.size();
  if (kind_ == IoKind::pipes) {
    if (log_ != nullptr) (void)log_->append(filter_.filter(bytes));
    return viewers_.output(stream, bytes);
  }
  const std::string shown = filter_.filter(bytes);
  if (const std::string answers = filter_.take_answers(); !answers.empty() && input_) (void)input_->write(answers);
  if (shown.empty()) return;
  scrollback_.append(shown);
  if (log_ != nullptr) (void)log_->append(shown);  // a full disk ends the log, not the session
  viewers_.output(stream, shown);
}

void CommandIo::on_output_end() {
  if (open_outputs_ == 0 || --open_outputs_ > 0) return;
  handlers_.on_end();
}

void CommandIo::on_input(std::string_view bytes) {
  if (!input_) return;
  (void)input_->write(bytes);  // fails only when nobody reads any more
  // write() takes all or nothing: while the next message might not fit, the viewers hold their input back.
  if (input_->room_bytes() >= data_bytes_max) return;
  viewers_.pause_input();
  input_->want_drained();
}

void CommandIo::resize(WindowSize size) {
  size_ = size;
  filter_.resize(size);
  if (kind_ != IoKind::terminal || !input_) return;
  winsize window{};
  window.ws_row = size.rows;
  window.ws_col = size.columns;
  ::ioctl(input_->fd(), TIOCSWINSZ, &window);
}

}  // namespace bailey::session
