// What a human sees and may press when something has to be decided: pure, from the prompt and the window to lines, and
// from a key to what it means.
//
// How it works. The client draws it on a screen of its own while the agent's output is not relayed at all, so that no
// line of it can be the agent's (client_prompt.h). Everything in it that the agent could have chosen is escaped, cut,
// and stands behind "| ". The choices are shown only while keys count.
//
// What it relies on. Each line is drawn at its own place with automatic wrap off: characters that a terminal takes for
// wider than we do are cut at the edge and never reach another line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "session/protocol.h"

namespace bailey::session {

// Below this nobody could see what the question is: only "no" and "later" are taken.
inline constexpr std::size_t prompt_rows_min = 6;
inline constexpr std::size_t prompt_columns_min = 32;

enum class KeysCount { not_yet, yes, answered };

class PromptScreen {
 public:
  explicit PromptScreen(ApprovalPrompt prompt) : prompt_(std::move(prompt)) {}

  // Exactly size.rows lines of at most size.columns cells, without control functions. The first is the title bar, the
  // last says what may be pressed.
  [[nodiscard]] std::vector<std::string> lines(WindowSize size, KeysCount keys) const;
  // The same as bytes for a terminal whose screen is ours.
  [[nodiscard]] std::string drawn(WindowSize size, KeysCount keys) const;

  struct Pressed {
    std::optional<ApprovalChoice> choice = std::nullopt;
    bool redraw = false;
  };
  // What was typed at once. An answer is one key by itself: a paste, a key that sends several bytes or two keys in one
  // read answer nothing.
  [[nodiscard]] Pressed press(std::string_view typed, WindowSize size);

  [[nodiscard]] const ApprovalPrompt& prompt() const { return prompt_; }

 private:
  [[nodiscard]] std::vector<std::string> question(WindowSize size) const;
  [[nodiscard]] std::vector<std::string> details(WindowSize size) const;
  [[nodiscard]] std::string footer(WindowSize size, KeysCount keys) const;
  [[nodiscard]] bool is_large_enough(WindowSize size) const;

  ApprovalPrompt prompt_;
  bool viewing_ = false;
  std::size_t first_line_ = 0;  // of the details that is shown
};

}  // namespace bailey::session
