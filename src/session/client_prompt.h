// A question to the human at this terminal, in the place of the agent's screen.
//
// How it works. From show() to gone() the terminal shows a screen of ours: the alternate one, entered after the agent's
// modes were undone, and nothing that comes from the session is relayed (Client drops it; the supervisor draws the
// agent's screen anew afterwards). Keys go to press() instead of to the agent.
//
// A key answers only when the choices have been on the terminal for a while in which nothing was typed: somebody who
// was typing to the agent when the question came up has not answered it, and neither has what was typed ahead.
#pragma once

#include <chrono>
#include <optional>

#include "event/loop.h"
#include "session/client_output.h"
#include "session/prompt_screen.h"

namespace bailey::session {

// Without a key before keys count. Longer than the pauses of somebody who types.
inline constexpr std::chrono::milliseconds prompt_quiet_time_min{700};

class ClientPrompt {
 public:
  ClientPrompt(event::Loop& loop, ClientOutput& out, std::function<WindowSize()> window)
      : loop_(loop), out_(out), window_(std::move(window)) {}

  void show(ApprovalPrompt prompt);  // replaces one that is open
  void gone(std::uint64_t id);       // the answer to another one changes nothing
  [[nodiscard]] bool is_open() const { return screen_.has_value(); }
  // At most one answer a prompt.
  [[nodiscard]] std::optional<ApprovalAnswer> press(std::string_view typed);
  // After a change of the window, or when somebody else had the terminal.
  void draw();

 private:
  void wait_for_quiet();

  event::Loop& loop_;
  ClientOutput& out_;
  std::function<WindowSize()> window_;
  std::optional<PromptScreen> screen_;
  KeysCount keys_ = KeysCount::not_yet;
  event::Timer quiet_;
};

}  // namespace bailey::session
