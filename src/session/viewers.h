// Everybody who watches one terminal (or one pair of pipes): the agent's, or that of an `exec`.
//
// How it works. output() goes to every viewer's own bounded queue. A terminal that can't keep up is "behind": it
// misses output, and when its queue has drained it is drawn anew from the scrollback, so it never slows the agent or
// the other viewers. A viewer that is no terminal must not miss a byte: when its queue is half full, on_pause asks for
// the source not to be read until on_resume, as a pipe would.
//
// A viewer that may type is asked what has to be decided (prompt()), one request at a time. While its prompt is open
// nothing of the agent is sent to it; afterwards it is drawn anew, as one that was behind, and hears the notices that
// were held back.
//
// The window is the smallest of the viewers that may type, in each direction, so that all of them see all of it (like
// tmux with window-size smallest).
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <set>

#include "session/connection.h"

namespace bailey::session {

inline constexpr std::size_t viewers_max = 32;
inline constexpr std::size_t viewer_queue_bytes_max = std::size_t{2} << 20;
inline constexpr std::size_t held_notices_max = 32;  // while a prompt is open; later ones are dropped
inline constexpr std::size_t control_reserve_bytes = std::size_t{32} << 10;  // of the queue, kept for Exit and the like

struct ViewersHandlers {
  std::function<void(std::string_view)> on_input;
  std::function<void()> on_close_input;
  std::function<void(StopMode)> on_stop;
  std::function<void(WindowSize)> on_resize;  // the smallest window has changed
  // A terminal was drawn from `replay`: a full-screen program should draw itself again (SIGWINCH).
  std::function<void()> on_redrawn;
  std::function<std::string()> replay;  // Scrollback::replay(); empty function: nothing to replay
  std::function<void()> on_pause;       // don't call output() until on_resume
  std::function<void()> on_resume;
  std::function<void()> on_none_left;  // the last viewer has gone
  // The next request to ask about that is not in `later`; empty function: nobody is ever asked.
  std::function<std::optional<ApprovalPrompt>(const std::set<std::uint64_t>& later)> next_prompt;
  // approve …, never later. When it succeeds, withdraw() has been called.
  std::function<Status(std::uint64_t id, ApprovalChoice choice)> on_answer;
};

// Outlived by its loop. No handler may destroy it: Loop::dispose() does.
class Viewers {
 public:
  Viewers(event::Loop& loop, ViewersHandlers handlers) : loop_(loop), handlers_(std::move(handlers)) {}
  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  // Takes over the connection and its handlers. Refuses (Failure) beyond viewers_max.
  void add(std::unique_ptr<Connection> connection, const Attach& attach);
  // Filtered, for terminals; raw where the agent has pipes (the client filters then if it must).
  void output(OutputStream stream, std::string_view bytes);
  void notice(const Message& message);  // Notice or Progress, to all that have room
  // There may be something to ask.
  void prompt();
  // It is decided: `text` tells those who were looking at the question and did not answer it.
  void withdraw(std::uint64_t id, const std::string& text);
  // Somebody can be asked here.
  [[nodiscard]] bool can_ask() const;
  // A notice for those who can't be asked.
  void notice_to_bystanders(const Message& message);
  // The agent's input queue is full, or has room again.
  void pause_input();
  void resume_input();
  // Sends the last message to all; each leaves when it has taken everything. on_none_left follows. Viewers that come
  // later get it too.
  void finish(Exit exit);

  [[nodiscard]] std::size_t count() const { return viewers_.size(); }
  [[nodiscard]] bool is_paused() const { return paused_; }

 private:
  struct Viewer {
    std::unique_ptr<Connection> connection;
    Attach attach;
    bool behind = false;
    bool leaving = false;      // Exit was sent
    std::uint64_t prompt = 0;  // that it is shown now; 0: none
    std::set<std::uint64_t> later = {};
    std::vector<std::string> held = {};  // notices, encoded
    [[nodiscard]] bool may_answer() const { return attach.is_tty && !attach.read_only && !leaving; }
  };
  using Position = std::list<Viewer>::iterator;

  void receive(Position viewer, Message message);
  void redraw(Viewer& viewer, bool replaces);
  void on_drained(Position viewer);
  void send_notice(Viewer& viewer, const std::string& frames);
  bool show_next_prompt(Viewer& viewer);
  void end_prompt(Viewer& viewer);
  void answer(Viewer& viewer, const ApprovalAnswer& answer);
  void send_exit(Viewer& viewer);
  void remove(Position viewer);
  void update_size();
  void update_pause();

  event::Loop& loop_;
  ViewersHandlers handlers_;
  std::list<Viewer> viewers_;
  WindowSize size_{0, 0};
  bool paused_ = false;
  bool input_paused_ = false;
  std::optional<Exit> exit_;
  const Viewer* answering_ = nullptr;  // during on_answer
};

}  // namespace bailey::session
