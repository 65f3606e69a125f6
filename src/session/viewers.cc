#include "session/viewers.h"

#include <algorithm>

namespace bailey::session {
namespace {

void call(const std::function<void()>& handler) {
  if (handler) handler();
}

}  // namespace

void Viewers::add(std::unique_ptr<Connection> connection, const Attach& attach) {
  if (viewers_.size() >= viewers_max) {
    (void)connection->send(Failure{"attach to the session", std::to_string(viewers_max) + " viewers are there already",
                                   "detach one of them with ctrl-b d"});
    connection->finish();
    connection->set_handlers({});
    return loop_.dispose(std::move(connection));
  }
  const Position viewer = viewers_.insert(viewers_.end(), Viewer{std::move(connection), attach});
  viewer->connection->set_handlers(
      {.on_message = [this, viewer](Message message) { receive(viewer, std::move(message)); },
       .on_closed = [this, viewer](const std::optional<Error>&) { remove(viewer); },
       .on_drained = [this, viewer] { on_drained(viewer); }});
  if (input_paused_) viewer->connection->pause();
  update_size();
  if (attach.is_tty) redraw(*viewer, false);
  if (exit_) send_exit(*viewer);
  else show_next_prompt(*viewer);
}

void Viewers::output(OutputStream stream, std::string_view bytes) {
  if (bytes.empty()) return;
  std::string frames;
  append_output(frames, stream, bytes);
  for (Viewer& viewer : viewers_) {
    if (viewer.behind || viewer.leaving || viewer.prompt != 0) continue;
    if (viewer.connection->room_bytes() >= frames.size() + control_reserve_bytes) {
      (void)viewer.connection->send_frames(frames);
      continue;
    }
    // For a viewer that must not miss anything this is the end: its source went on although it was told to pause.
    viewer.behind = true;
    viewer.connection->want_drained();
  }
  update_pause();
}

void Viewers::notice(const Message& message) {
  const std::string frames = encode(message);
  for (Viewer& viewer : viewers_) send_notice(viewer, frames);
}

void Viewers::notice_to_bystanders(const Message& message) {
  const std::string frames = encode(message);
  for (Viewer& viewer : viewers_)
    if (!viewer.may_answer()) send_notice(viewer, frames);
}

void Viewers::send_notice(Viewer& viewer, const std::string& frames) {
  if (viewer.leaving) return;
  if (viewer.prompt != 0) {
    if (viewer.held.size() < held_notices_max) viewer.held.push_back(frames);
    return;
  }
  if (viewer.connection->room_bytes() >= frames.size() + control_reserve_bytes / 2)
    (void)viewer.connection->send_frames(frames);
}

bool Viewers::can_ask() const {
  return std::any_of(viewers_.begin(), viewers_.end(), [](const Viewer& viewer) { return viewer.may_answer(); });
}

void Viewers::prompt() {
  for (Viewer& viewer : viewers_)
    if (viewer.prompt == 0 && !viewer.behind) show_next_prompt(viewer);
}

bool Viewers::show_next_prompt(Viewer& viewer) {
  if (!viewer.may_answer() || !handlers_.next_prompt || exit_) return false;
  const auto next = handlers_.next_prompt(viewer.later);
  if (!next) return false;
  const std::string frames = encode(*next);
  if (viewer.connection->room_bytes() < frames.size() + control_reserve_bytes) {
    viewer.connection->want_drained();  // on_drained() asks again
    return false;
  }
  (void)viewer.connection->send_frames(frames);
  viewer.prompt = next->id;
  return true;
}

void Viewers::end_prompt(Viewer& viewer) {
  (void)viewer.connection->send(ApprovalGone{std::exchange(viewer.prompt, 0)});
  if (show_next_prompt(viewer)) return;
  redraw(viewer, true);
  for (const auto& frames : std::exchange(viewer.held, {})) send_notice(viewer, frames);
}

void Viewers::withdraw(std::uint64_t id, const std::string& text) {
  const std::string frames = encode(Notice{text});
  for (Viewer& viewer : viewers_) {
    viewer.later.erase(id);
    if (viewer.prompt != id) continue;
    if (&viewer != answering_) send_notice(viewer, frames);
    end_prompt(viewer);
  }
}

void Viewers::answer(Viewer& viewer, const ApprovalAnswer& answer) {
  // Somebody else was faster, and this one has been told.
  if (answer.id != viewer.prompt || viewer.prompt == 0) return;
  if (answer.choice != ApprovalChoice::later && handlers_.on_answer) {
    answering_ = &viewer;
    const Status done = handlers_.on_answer(answer.id, answer.choice);
    answering_ = nullptr;
    if (done) return;
    send_notice(viewer, encode(Notice{done.error().what + ": " + done.error().why}));
  }
  viewer.later.insert(answer.id);
  if (viewer.prompt == answer.id) end_prompt(viewer);
}

void Viewers::pause_input() {
  input_paused_ = true;
  for (Viewer& viewer : viewers_) viewer.connection->pause();
}

void Viewers::resume_input() {
  input_paused_ = false;
  for (Viewer& viewer : viewers_) viewer.connection->resume();
}

void Viewers::finish(Exit exit) {
  exit_ = std::move(exit);
  for (Viewer& viewer : viewers_) {
    viewer.connection->resume();  // or its end would never be seen
    if (viewer.prompt != 0) end_prompt(viewer);
    send_exit(viewer);
  }
  if (viewers_.empty()) call(handlers_.on_none_left);
}

void Viewers::send_exit(Viewer& viewer) {
  if (viewer.behind || viewer.leaving) return;  // after its redraw
  viewer.leaving = true;
  (void)viewer.connection->send(*exit_);
  viewer.connection->finish();
}

void Viewers::redraw(Viewer& viewer, bool replaces) {
  std::string frames = replaces ? encode(Redraw{}) : "";
  if (handlers_.replay) append_output(frames, OutputStream::out, handlers_.replay());
  viewer.behind = !viewer.connection->send_frames(frames);
  if (viewer.behind) viewer.connection->want_drained();
  else call(handlers_.on_redrawn);
}

void Viewers::on_drained(Position viewer) {
  if (viewer->behind) {
    if (viewer->attach.is_tty) redraw(*viewer, true);
    else return remove(viewer);
    if (exit_) send_exit(*viewer);
  }
  if (viewer->prompt == 0 && !viewer->behind) show_next_prompt(*viewer);
  update_pause();
}

void Viewers::receive(Position viewer, Message message) {
  const bool may_act = !viewer->attach.read_only && !exit_;
  if (auto* input = std::get_if<Input>(&message)) {
    if (may_act && handlers_.on_input) handlers_.on_input(input->bytes);
  } else if (const auto* resize = std::get_if<Resize>(&message)) {
    viewer->attach.size = resize->size;
    update_size();
  } else if (const auto* attach = std::get_if<Attach>(&message)) {
    viewer->attach.size = attach->size;
    update_size();
    if (viewer->attach.is_tty && !viewer->leaving && viewer->prompt == 0) redraw(*viewer, true);
  } else if (const auto* answered = std::get_if<ApprovalAnswer>(&message)) {
    if (may_act && viewer->may_answer()) answer(*viewer, *answered);
  } else if (std::holds_alternative<CloseInput>(message)) {
    if (may_act) call(handlers_.on_close_input);
  } else if (const auto* stop = std::get_if<Stop>(&message)) {
    if (!viewer->attach.read_only && handlers_.on_stop) handlers_.on_stop(stop->mode);
  } else {
    remove(viewer);  // Detach, or what has no place here
  }
}

void Viewers::remove(Position viewer) {
  viewer->connection->set_handlers({});  // messages that were decoded already must not find a viewer that is gone
  loop_.dispose(std::move(viewer->connection));
  viewers_.erase(viewer);
  update_size();
  update_pause();
  if (viewers_.empty()) call(handlers_.on_none_left);
}

void Viewers::update_size() {
  WindowSize smallest{window_cells_max, window_cells_max};
  bool any = false;
  for (const Viewer& viewer : viewers_) {
    if (!viewer.attach.is_tty || viewer.attach.read_only) continue;
    any = true;
    smallest.rows = std::min(smallest.rows, viewer.attach.size.rows);
    smallest.columns = std::min(smallest.columns, viewer.attach.size.columns);
  }
  if (!any || smallest == size_) return;  // nobody: it stays as it was
  size_ = smallest;
  if (handlers_.on_resize) handlers_.on_resize(size_);
}

void Viewers::update_pause() {
  const bool wanted = std::any_of(viewers_.begin(), viewers_.end(), [](const Viewer& viewer) {
    return !viewer.attach.is_tty && !viewer.leaving && viewer.connection->room_bytes() < viewer_queue_bytes_max / 2;
  });
  if (wanted)
    for (Viewer& viewer : viewers_)
      if (!viewer.attach.is_tty) viewer.connection->want_drained();
  if (wanted == paused_) return;
  paused_ = wanted;
  call(wanted ? handlers_.on_pause : handlers_.on_resume);
}

}  // namespace bailey::session
