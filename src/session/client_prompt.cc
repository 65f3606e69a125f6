#include "session/client_prompt.h"

namespace bailey::session {

void ClientPrompt::show(ApprovalPrompt prompt) {
  screen_.emplace(std::move(prompt));
  keys_ = KeysCount::not_yet;
  out_.enter_own_screen();
  draw();
  wait_for_quiet();
}

void ClientPrompt::gone(std::uint64_t id) {
  if (!screen_ || screen_->prompt().id != id) return;
  screen_.reset();
  quiet_.reset();
  out_.leave_own_screen();
}

void ClientPrompt::draw() {
  if (screen_) out_.write_own(screen_->drawn(window_(), keys_));
}

void ClientPrompt::wait_for_quiet() {
  quiet_ = loop_.after(prompt_quiet_time_min, [this] {
    // A slow terminal has not shown it yet.
    if (!out_.is_done()) return wait_for_quiet();
    keys_ = KeysCount::yes;
    draw();
  });
}

std::optional<ApprovalAnswer> ClientPrompt::press(std::string_view typed) {
  if (!screen_ || keys_ == KeysCount::answered || typed.empty()) return std::nullopt;
  // The choices were drawn when keys began to count; until they are on the terminal nobody has read them.
  if (keys_ == KeysCount::not_yet || !out_.is_done()) {
    wait_for_quiet();
    return std::nullopt;
  }
  const auto pressed = screen_->press(typed, window_());
  if (pressed.choice) keys_ = KeysCount::answered;
  if (pressed.choice || pressed.redraw) draw();
  if (!pressed.choice) return std::nullopt;
  return ApprovalAnswer{screen_->prompt().id, *pressed.choice};
}

}  // namespace bailey::session
